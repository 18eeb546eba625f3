#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# swift and rclone read what the driver wrote, and write what it reads, byte for byte, with names that
# need encoding and with large objects of either kind; removing leaves no segments behind, and URLs are
# answered. Usage: foreign.sh SWIFT-TOOL
set -euo pipefail
tool=$(readlink -f "$1")
: "${BERTH_SWIFT_AUTH:?is not set; start a service with tests/servers/swift.sh start}"
for client in swift rclone curl; do
  command -v "$client" >/dev/null || { echo "foreign.sh: $client is missing"; exit 1; }
done
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
export CONTAINER="foreign-$$" HOME="$work" no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
unset "${!OS_@}" "${!ST_@}"
export ST_AUTH=$BERTH_SWIFT_AUTH ST_USER=$BERTH_SWIFT_USER ST_KEY=$BERTH_SWIFT_PASSWORD
python_swift() { /usr/bin/python3 "$(command -v swift)" -q "$@" >/dev/null; }
swift_put() { python_swift upload --use-slo --object-name "$1" --segment-size 3000000 "$CONTAINER" "$2"; }
swift_dynamic_put() { python_swift upload --object-name "$1" --segment-size 3000000 "$CONTAINER" "$2"; }
swift_get() { python_swift download -o "$2" "$CONTAINER" "$1"; }

export RCLONE_CONFIG="$work/rclone.conf" RCLONE_CONFIG_SW_TYPE=swift RCLONE_CONFIG_SW_AUTH=$BERTH_SWIFT_AUTH
export RCLONE_CONFIG_SW_USER=$BERTH_SWIFT_USER RCLONE_CONFIG_SW_KEY=$BERTH_SWIFT_PASSWORD
export RCLONE_CONFIG_SW_AUTH_VERSION=1 RCLONE_CONFIG_SW_CHUNK_SIZE=3Mi
: >"$RCLONE_CONFIG"
rclone_put() { rclone -q copyto "$2" "sw:$CONTAINER/$1"; }
rclone_get() { rclone -q copyto "sw:$CONTAINER/$1" "$2"; }

keys=('plain' 'a+b/c++.txt' '50%.jpg' 'x%2By' 'd/ü c++ #1.bin' "q'&<>;=@,\$.txt" 'two  blanks' '😀')
failures=0
bad() { echo "$*"; failures=$((failures + 1)); }
same() { cmp -s content "$2" || bad "differs: $1"; } # same WHAT FILE: FILE is what was written

clients=(swift swift_dynamic rclone)
head -c 8582929 /dev/urandom >large
for key in "${keys[@]}" large; do
  if [ "$key" = large ]; then cp large content; else printf 'content of %s' "$key" >content; fi
  size=$(stat -c %s content)
  "$tool" put "/ours/$key" <content
  LAYOUT=registry "$tool" put "/dynamic/$key" <content
  for client in "${clients[@]}"; do
    [ "$client" = swift_dynamic ] || for ours in ours dynamic; do # swift reads both kinds by itself
      rm -f got
      "${client}_get" "files/$ours/$key" got || { bad "$client cannot read $ours/$key"; continue; }
      same "$client reads $ours/$key" got
    done
    "${client}_put" "files/$client/$key" content || { bad "$client cannot write $key"; continue; }
    "$tool" get "/$client/$key" >back
    same "driver reads $key of $client" back
    [ "$("$tool" size "/$client/$key")" = "$size" ] || bad "the size of $key of $client is wrong"
  done
  curl -sSf "$("$tool" url-GET "/ours/$key")" >back || bad "the URL of $key is refused"
  same "the URL of $key" back
done

curl -sSf -T large "$("$tool" url-PUT /ours/url)" -o /dev/null || bad "the URL for PUT is refused"
"$tool" get /ours/url | cmp -s - large || bad "what the URL wrote differs"
curl -sSfI "$("$tool" url-HEAD /ours/large)" -o /dev/null || bad "the URL for HEAD is refused"
"$tool" rm /ours/url

"$tool" files /ours >ours.names
for client in "${clients[@]}"; do
  "$tool" files "/$client" | sed "s|^/$client|/ours|" | cmp -s - ours.names ||
    bad "the list of what $client wrote differs"
done

# An upload that was not committed goes too.
"$tool" keep /ours/unfinished <large
for name in ours dynamic "${clients[@]}"; do "$tool" rm "/$name" || bad "/$name cannot be removed"; done
/usr/bin/python3 "$(command -v swift)" list "$CONTAINER" >left
[ ! -s left ] || { bad "this remains:"; head left; }
echo "$((${#keys[@]} + 1)) objects, 3 clients, both ways, and URLs: $failures failures"
[ "$failures" = 0 ]
