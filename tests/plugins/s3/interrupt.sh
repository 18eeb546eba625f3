#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A command that is interrupted in the middle of an upload leaves neither an object nor an upload, which
# would be billed. Usage: interrupt.sh BERTH PLUGINS S3-TOOL
set -euo pipefail
berth=$1 plugins=$2 tool=$3
umask 077
: "${BERTH_CEPH_S3_ENDPOINT:?is not set; start a gateway with tests/servers/ceph.sh start}"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY AWS_CA_BUNDLE
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed() { echo "interrupt.sh: $*"; exit 1; }
export ROOT="interrupt-$$" BERTH_CONFIG="$work/berth.json"
cat >"$BERTH_CONFIG" <<C
{ "plugins": { "directories": ["$plugins"] },
  "stores": { "s3": { "driver": "s3", "parameters": {
    "regionendpoint": "$BERTH_CEPH_S3_ENDPOINT", "bucket": "$BERTH_CEPH_S3_BUCKET",
    "accesskey": { "env": "BERTH_CEPH_S3_ACCESS_KEY" }, "secretkey": { "env": "BERTH_CEPH_S3_SECRET_KEY" },
    "rootdirectory": "$ROOT", "chunksize": "5MiB", "proxy": "none" } } } }
C

# Once the pipe has taken three parts, the upload is begun.
mkfifo "$work/in"
env --default-signal=INT "$berth" put - s3:/half <"$work/in" &
child=$!
exec 3>"$work/in"
head -c 16000000 /dev/zero >&3
kill -INT "$child"
code=0; wait "$child" || code=$?
exec 3>&-
[ "$code" = 130 ] || failed "the exit code is $code, not 130"

# An append would go on with an upload, had one been left.
code=0; more=$("$tool" append /half </dev/null 2>&1) || code=$?
[ "$code" = 3 ] || failed "an append does not find nothing, but ends with $code: $more"
echo "nothing is left of an interrupted upload"
