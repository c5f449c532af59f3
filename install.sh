#!/bin/sh
# Installs 3cx-relay on this machine, from a release or a checkout. All flags: ./install.sh --help
set -eu

here=$(dirname -- "$(readlink -f -- "$0")")
NEEDED_MIB=600

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

tree=$here
if [ -d "$here/src" ]; then
  # A checkout: what 'npm run release' made of it.
  version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$here/package.json")
  tree=$here/release/3cx-relay-$version-linux-x64
  [ -d "$tree" ] || fail "This is a checkout. First run: npm ci && npm run release"
fi
for file in bin/3cx-relay runtime/bin/node; do
  [ -x "$tree/$file" ] || fail "$tree is not whole: $file is missing. Unpack the release again."
done

# What only shows or tries needs no rights; the program itself asks for what it needs.
live=yes
for word in "$@"; do
  case $word in
    --help | -h) exec "$tree/bin/3cx-relay" install --help ;;
    --root | --root=*) live=no ;;
  esac
done

if [ "$live" = yes ]; then
  [ "$(id -u)" = 0 ] || fail "This needs root. Try: sudo $0 $*"
  [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || fail "This is $(uname -s)-$(uname -m); the release is for Linux-x86_64."
  system=unknown
  # shellcheck source=/dev/null
  [ ! -r /etc/os-release ] || system=$(. /etc/os-release && echo "${ID:-}-${VERSION_ID:-}")
  case $system in
    debian-12 | debian-13) ;;
    *) fail "This is $system; it must be Debian 12 or 13." ;;
  esac
  room=$(df -Pm /opt 2> /dev/null || df -Pm /)
  room=$(echo "$room" | awk 'NR == 2 { print $4 }')
  [ "$room" -ge "$NEEDED_MIB" ] || fail "Only $room MiB are free for /opt; $NEEDED_MIB are needed."
fi

exec "$tree/bin/3cx-relay" install "$@"
