#!/bin/sh
# Installs the system packages that are missing, when it may; says what to install when it may not.
set -eu
need=""
want() { command -v "$1" >/dev/null 2>&1 || need="$need $2"; }
file() { ls $1 >/dev/null 2>&1 || need="$need $2"; }
want msgfmt gettext
file "/usr/lib/*/libpangoft2-1.0.so.0" "libpango-1.0-0 libpangoft2-1.0-0"
file "/usr/lib/*/libharfbuzz-subset.so.0" libharfbuzz-subset0
file "/usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular.ttf" fonts-noto-core
if [ "${1:-run}" = test ]; then
  want redis-server redis-server
  want chromium chromium
  want pdftotext poppler-utils
  file "/usr/lib/postgresql/*/bin/initdb" postgresql
  file /usr/sbin/clamd clamav-daemon
  file /usr/sbin/nginx nginx-light
  want openssl openssl
  want cc "gcc libc6-dev"
fi
[ -z "$need" ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "Missing system packages (their Debian names):$need. Install them, then run make again." >&2; exit 1
fi
if [ "$(id -u)" = 0 ]; then root=""
elif sudo -n true 2>/dev/null; then root="sudo"
else echo "Missing system packages. Run: sudo apt-get install$need   then run make again." >&2; exit 1; fi
echo "Installing system packages:$need"
$root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends $need >/dev/null
