#!/bin/sh
# upgrade.sh: the web server of the new image is started beside the old one, nginx is told to ask the new one only,
# and the old one is stopped when it has ended what it had begun. No request is lost. Run `prepare` first.
set -eu
cd "$(dirname "$0")/.."
# As long as the longest request that nginx may still wait for from the old server.
DRAIN=${DRAIN:-75}
upstream=deploy/nginx/upstream.conf
old=$(docker compose ps -q web)
count=$(echo "$old" | wc -l)
docker compose up -d --no-deps --no-recreate --scale web=$((count * 2)) web
new=$(docker compose ps -q web | grep -v -x -F "$old")
for one in $new; do
  for _try in $(seq 60); do
    [ "$(docker inspect -f '{{.State.Health.Status}}' "$one")" = healthy ] && continue 2
    sleep 2
  done
  echo "The new web server $one does not become healthy. The old one goes on; look at: docker logs $one" >&2
  exit 1
done
for one in $new; do
  echo "server $(docker inspect -f '{{.NetworkSettings.Networks.nudm_front.IPAddress}}' "$one"):8000 max_fails=0;"
done > "$upstream"
docker compose exec -T nginx nginx -s reload
sleep "$DRAIN"
docker stop -t 60 $old
docker rm $old
echo "server web:8000 max_fails=0;" > "$upstream"
docker compose exec -T nginx nginx -s reload
