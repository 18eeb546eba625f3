#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A registry with the same gateway: the driver lists and reads what the registry wrote and verifies the digest
# of every blob, resumes an upload that the registry left, and the registry serves what the driver copied.
# Usage: registry.sh S3-TOOL SERVER-SCRIPT
set -euo pipefail
tool=$1 server=$2
: "${BERTH_CEPH_S3_ENDPOINT:?is not set; start a gateway with tests/servers/ceph.sh start}"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY AWS_CA_BUNDLE
work=$(mktemp -d)
export BERTH_REGISTRY_DIR="$work/registry" BERTH_REGISTRY_PORT=${BERTH_REGISTRY_PORT:-18160}
end() { bash "$server" stop s3 >/dev/null 2>&1 || true; rm -rf "$work"; }
trap end EXIT
failed() { echo "registry.sh: $*"; exit 1; }
address="http://127.0.0.1:$((BERTH_REGISTRY_PORT + 2))"
first="registry-$$" second="registry-copy-$$"

export BERTH_REGISTRY_ROOT=$first ROOT=$first
bash "$server" start s3 >/dev/null
bash "$server" push s3 >/dev/null

# Every blob is what its path says.
"$tool" files / >"$work/files"
blobs=0
while read -r path; do
  want=$(basename "$(dirname "$path")")
  have=$("$tool" get "$path" | sha256sum | cut -d' ' -f1)
  [ "$want" = "$have" ] || failed "$path has digest $have"
  blobs=$((blobs + 1))
done < <(grep '/blobs/sha256/.*/data$' "$work/files")
[ "$blobs" -ge 3 ] || failed "only $blobs blobs were found"

# Uploads that the registry left: the size it told is the size to go on from.
for size in 100 6291556 10485760; do
  head -c "$size" /dev/urandom >"$work/upload"
  location=$(curl -sSf -o /dev/null -D - -X POST "$address/v2/berth/image/blobs/uploads/" |
    tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
  uuid=$(sed -E 's|.*/uploads/([^?]+).*|\1|' <<<"$location")
  curl -sSf -o /dev/null -X PATCH -H 'Content-Type: application/octet-stream' \
    --data-binary "@$work/upload" "$location"
  path=/docker/registry/v2/repositories/berth/image/_uploads/$uuid/data
  there=$(printf more | "$tool" append "$path")
  [ "$there" = "$size" ] || failed "the registry left $size bytes, the driver found $there"
  printf more >>"$work/upload"
  "$tool" get "$path" | cmp -s - "$work/upload" || failed "an upload of $size bytes went wrong"
done

# A copy of the tree, made by the driver, is served.
grep -v /_uploads/ "$work/files" | while read -r path; do
  "$tool" get "$path" >"$work/one"
  ROOT=$second "$tool" put "$path" <"$work/one"
done
bash "$server" stop s3 >/dev/null
export BERTH_REGISTRY_ROOT=$second
bash "$server" start s3 >/dev/null
bash "$server" pull s3 "$work/pulled" >/dev/null || failed "the registry does not serve the copy"
[ -s "$work/pulled/index.json" ] || failed "nothing was pulled"
echo "$blobs blobs verified, 3 uploads continued, the copy was pulled"
