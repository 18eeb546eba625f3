#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Keys that nobody configured, from the metadata services at the addresses which clouds give them, and with
# no variable that names another: EC2, a container's relative path, ECS, Azure's managed identity.
# Usage: metadata_addresses.sh BERTH PLUGINS
set -euo pipefail
if [ "${1-}" != inside ]; then
  # A network of its own, where these addresses are free.
  [ "$(id -u)" = 0 ] || become_root=--map-root-user
  exec unshare ${become_root-} --net bash "$0" inside "$@"
fi
berth=$2 plugins=$3
here=$(cd "$(dirname "$0")" && pwd)
umask 077
work=$(mktemp -d)
trap '[ -z "${services-}" ] || kill "$services"; rm -rf "$work"' EXIT
failed() { echo "metadata_addresses.sh: $*"; exit 1; }

ip link set lo up
for address in 169.254.169.254 169.254.170.2 100.100.100.200; do ip address add "$address/32" dev lo; done
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$work/key" -out "$work/ca" 2>/dev/null
cat "$work/key" "$work/ca" >"$work/pair"
mkfifo "$work/said"
python3 "$here/metadata_services.py" "$work/pair" >"$work/said" &
services=$!
read -r said <"$work/said"
[ "$said" = ready ] || failed "the services do not start"

cat >"$work/berth.json" <<C
{ "plugins": { "directories": ["$plugins"] },
  "stores": {
    "s3": { "driver": "s3", "parameters": {
      "regionendpoint": "https://127.0.0.1:8443", "bucket": "lab", "cafile": "$work/ca" } },
    "oss": { "driver": "oss", "parameters": {
      "endpoint": "https://127.0.0.1:8443", "bucket": "lab", "region": "oss-cn-hangzhou", "ecsramrole": "auto",
      "cafile": "$work/ca" } },
    "azure": { "driver": "azure", "parameters": {
      "serviceurl": "https://127.0.0.1:8443", "accountname": "lab", "container": "lab",
      "credentials": { "type": "default_credentials" }, "legacyleadingslash": false, "cafile": "$work/ca" } } } }
C
expect() { # expect WANTED STORE [VARIABLE=VALUE...]
  local wanted=$1 store=$2 got; shift 2
  got=$(env -i HOME="$work" PATH="$PATH" "$@" "$berth" --config "$work/berth.json" cat "$store:/file") ||
    failed "$store $*: the file cannot be read"
  [ "$got" = "$wanted" ] || failed "$store $*: signed by \"$got\", not \"$wanted\""
  echo "$store $*: $got"
}
expect "AK instance-session" s3
expect "AK task-session" s3 AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/of-the-task
expect "AK ram-session" oss
expect "Bearer identity-token" azure
