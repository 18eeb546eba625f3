#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A registry leaves Swift: what its swift driver wrote is copied by `berth cp -r` to S3 and to a disk, and
# registries over the new places serve the image, digest for digest.
# Usage: registry_copy.sh BERTH PLUGINS SERVER-SCRIPT
set -euo pipefail
berth=$1 plugins=$2 server=$3
: "${BERTH_SWIFT_AUTH:?is not set; start a service with tests/servers/swift.sh start}"
: "${BERTH_CEPH_S3_ENDPOINT:?is not set; start a gateway with tests/servers/ceph.sh start}"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY AWS_CA_BUNDLE BERTH_DRIVER_PATH
umask 077 # the configuration holds passwords
work=$(mktemp -d)
export BERTH_REGISTRY_DIR="$work/registry" BERTH_REGISTRY_PORT=$((${BERTH_REGISTRY_PORT:-18162} + 6))
end() {
  for driver in swift s3 filesystem; do bash "$server" stop "$driver" >/dev/null 2>&1 || true; done
  rm -rf "$work"
}
trap end EXIT
failed() { echo "registry_copy.sh: $*"; exit 1; }
registry() { # registry DRIVER VERB...
  local driver=$1 verb=$2; shift 2
  BERTH_REGISTRY_ROOT=$(root_of "$driver") BERTH_REGISTRY_BUCKET=$(bucket_of "$driver") \
    bash "$server" "$verb" "$driver" "$@" >/dev/null
}
root_of() { if [ "$1" = filesystem ]; then echo "$work/disk"; else echo "moved-$$"; fi; }
bucket_of() { if [ "$1" = swift ]; then echo registry; else echo "${BERTH_CEPH_S3_BUCKET:-}"; fi; }

cat >"$work/berth.json" <<E2
{ "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "stores": {
    "swift": { "driver": "swift", "parameters": {
      "authurl": "$BERTH_SWIFT_AUTH", "username": "$BERTH_SWIFT_USER", "password": "$BERTH_SWIFT_PASSWORD",
      "container": "registry", "prefix": "$(root_of swift)", "proxy": "none" } },
    "s3": { "driver": "s3", "parameters": {
      "regionendpoint": "$BERTH_CEPH_S3_ENDPOINT", "bucket": "$BERTH_CEPH_S3_BUCKET", "proxy": "none",
      "accesskey": "$BERTH_CEPH_S3_ACCESS_KEY", "secretkey": "$BERTH_CEPH_S3_SECRET_KEY",
      "rootdirectory": "$(root_of s3)" } },
    "filesystem": { "driver": "filesystem", "parameters": { "rootdirectory": "$work/disk" } } } }
E2
export BERTH_CONFIG="$work/berth.json"

registry swift start
# The registry adds up the segments that Swift lists, and rejects its own upload where a listing is late.
pushes=1
until registry swift push 2>"$work/told"; do
  tail -n 20 "$work/told" "$work/registry/run/swift.log"
  [ $pushes -lt 3 ] || failed "the registry on Swift takes no image in $pushes attempts"
  pushes=$((pushes + 1))
done
mv "$work/registry/oci" "$work/pushed"
digest=$(jq -r '.manifests[0].digest' "$work/pushed/index.json")
registry swift stop

for place in s3 filesystem; do
  "$berth" cp -r swift:/ "$place:/" 2>"$work/told" || failed "cp to $place: $(cat "$work/told")"
  "$berth" -q sync --delete swift:/ "$place:/" 2>"$work/told" || failed "sync to $place: $(cat "$work/told")"
  "$berth" -q verify swift:/ "$place:/" 2>"$work/told" || failed "verify on $place: $(cat "$work/told")"
  for store in swift "$place"; do
    "$berth" --json ls -R "$store:/" | jq -r 'select(.type == "file") | "\(.path) \(.size)"' |
      sort >"$work/files-$store"
  done
  [ -s "$work/files-swift" ] || failed "nothing is listed on swift"
  cmp "$work/files-swift" "$work/files-$place" || failed "the trees differ"
  registry "$place" start
  registry "$place" pull "$work/pulled-$place" || failed "the registry on $place does not serve the image"
  registry "$place" stop
  pulled=$(jq -r '.manifests[0].digest' "$work/pulled-$place/index.json")
  [ "$pulled" = "$digest" ] || failed "$place serves $pulled, $digest was pushed"
  blobs=0 # the manifest, the configuration and two layers
  for blob in "$work/pulled-$place/blobs/sha256"/*; do
    cmp "$blob" "$work/pushed/blobs/sha256/$(basename "$blob")" || failed "$place serves another blob"
    blobs=$((blobs + 1))
  done
  [ "$blobs" -ge 4 ] || failed "$place serves only $blobs blobs"
done
for store in swift s3; do "$berth" rm -r "$store:/docker"; done
echo "$(wc -l <"$work/files-swift") files were copied to s3 and to a disk, and both serve $digest"
