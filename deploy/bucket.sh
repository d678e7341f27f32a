#!/bin/sh
# Makes the bucket `nudm` and the key `nudm-tracker`, which may read and write that bucket and nothing else. Safe
# to run again; a new STORAGE_PASSWORD is taken over. Runs in the storage's own image (docker-compose.yml, bucket).
set -eu
mc alias set storage http://storage:9000 root "$ROOT_PASSWORD" >/dev/null
mc mb --ignore-existing storage/nudm
mc admin policy create storage nudm /bucket.json
mc admin user add storage nudm-tracker "$STORAGE_PASSWORD"
# It says so when the key has the policy already.
mc admin policy attach storage nudm --user nudm-tracker || mc admin user info storage nudm-tracker | grep -q nudm
