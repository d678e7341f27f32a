#!/bin/sh
# backup.sh FOLDER [COPY]: one more backup in FOLDER, the old ones thinned out, the rest copied to COPY by rsync.
# Kept: every one of the last two days, then the first of each day, none after 35 days. COPY keeps its own time.
set -eu
folder=$1
each=$(date -d '2 days ago' +%Y%m%d)
none=$(date -d '35 days ago' +%Y%m%d)
there() { find "$folder" -maxdepth 1 -name '20??-??-??-????' | sort; }
umask 077
mkdir -p "$folder"
# What a backup that was killed left behind.
find "$folder" -maxdepth 1 -name '*.part-*' -mmin +60 -exec rm -r {} +
last=$(there | tail -1)
"${PYTHON:-.venv/bin/python}" manage.py backup --out "$folder/$(date +%Y-%m-%d-%H%M)" ${last:+--after "$last"}
before=""
for one in $(there); do
  day=$(basename "$one" | cut -c1-10 | tr -d -)
  if [ "$day" -lt "$none" ] || { [ "$day" -lt "$each" ] && [ "$day" = "$before" ]; }; then rm -r "$one"; fi
  before=$day
done
[ -z "${2:-}" ] || rsync -aH "$folder/" "$2/"
