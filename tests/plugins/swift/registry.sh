#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The registry itself (2.8, its swift driver) over the same service: the driver lists and reads what it
# wrote, with true sizes, and finds every blob's digest right, goes on with an upload that it left, and it
# serves what the driver copied. Usage: registry.sh SWIFT-TOOL SERVER-SCRIPT
set -euo pipefail
tool=$1 server=$2
: "${BERTH_SWIFT_AUTH:?is not set; start a service with tests/servers/swift.sh start}"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
work=$(mktemp -d)
export BERTH_REGISTRY_DIR="$work/registry" BERTH_REGISTRY_PORT=${BERTH_REGISTRY_PORT:-18164}
end() { bash "$server" stop swift >/dev/null 2>&1 || true; rm -rf "$work"; }
trap end EXIT
failed() { echo "registry.sh: $*"; exit 1; }
address="http://127.0.0.1:$((BERTH_REGISTRY_PORT + 1))"
first="registry-$$" second="registry-copy-$$"

export BERTH_REGISTRY_ROOT=$first ROOT=$first CONTAINER=registry BERTH_REGISTRY_BUCKET=registry
bash "$server" start swift >/dev/null
bash "$server" push swift >/dev/null

# Every blob is what its path says, and as large as the walk says.
"$tool" files / >"$work/files"
blobs=0
while read -r path size; do
  want=$(basename "$(dirname "$path")")
  "$tool" get "$path" >"$work/one"
  have=$(sha256sum <"$work/one" | cut -d' ' -f1)
  [ "$want" = "$have" ] || failed "$path has digest $have"
  [ "$size" = "$(stat -c %s "$work/one")" ] || failed "$path was listed with $size bytes"
  blobs=$((blobs + 1))
done < <(grep '/blobs/sha256/.*/data ' "$work/files")
[ "$blobs" -ge 3 ] || failed "only $blobs blobs were found"

# Uploads that the registry left: the size it told is the size to go on from, in either layout.
for size in 100 2500000; do
  for layout in auto registry; do
    head -c "$size" /dev/urandom >"$work/upload"
    location=$(curl -sSf -o /dev/null -D - -X POST "$address/v2/berth/image/blobs/uploads/" |
      tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
    uuid=$(sed -E 's|.*/uploads/([^?]+).*|\1|' <<<"$location")
    curl -sSf -o /dev/null -X PATCH -H 'Content-Type: application/octet-stream' \
      --data-binary "@$work/upload" "$location"
    path=/docker/registry/v2/repositories/berth/image/_uploads/$uuid/data
    there=$(printf more | LAYOUT=$layout "$tool" append "$path")
    [ "$there" = "$size" ] || failed "the registry left $size bytes, the driver found $there"
    printf more >>"$work/upload"
    "$tool" get "$path" | cmp -s - "$work/upload" || failed "an upload of $size bytes went wrong"
  done
done

# A copy of the tree, made by the driver, is served.
grep -v /_uploads/ "$work/files" | while read -r path size; do
  "$tool" get "$path" >"$work/one"
  ROOT=$second LAYOUT=registry "$tool" put "$path" <"$work/one"
done
bash "$server" stop swift >/dev/null
export BERTH_REGISTRY_ROOT=$second
bash "$server" start swift >/dev/null
bash "$server" pull swift "$work/pulled" >/dev/null || failed "the registry does not serve the copy"
[ -s "$work/pulled/index.json" ] || failed "nothing was pulled"
"$tool" rm /docker
[ -z "$("$tool" files /)" ] || failed "files remain after the removal"
echo "$blobs blobs verified, 4 uploads continued, the copy was pulled"
