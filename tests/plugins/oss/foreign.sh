#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The official ali-oss client reads what the driver wrote, and the driver what the client wrote, with
# signatures of both versions; see foreign.js. Usage: foreign.sh BERTH PLUGINS
set -euo pipefail
berth=$1 plugins=$2
umask 077
: "${BERTH_OSS_ENDPOINT:?is not set; start a server with tests/servers/oss.sh start}"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cat >"$work/berth.json" <<C
{ "plugins": { "directories": ["$plugins"] },
  "stores": { "v1": $(for v in v1 v4; do [ $v = v1 ] || printf ',\n"v4": '; cat <<S
{ "driver": "oss", "parameters": {
    "endpoint": "$BERTH_OSS_ENDPOINT", "region": "$BERTH_OSS_REGION", "bucket": "$BERTH_OSS_BUCKET",
    "accesskeyid": { "env": "BERTH_OSS_ACCESS_KEY_ID" },
    "accesskeysecret": { "env": "BERTH_OSS_ACCESS_KEY_SECRET" },
    "signatureversion": "$v", "rootdirectory": "foreign-$v-$$", "chunksize": "5MiB", "proxy": "none" } }
S
done) } }
C
export BERTH=$berth BERTH_CONFIG=$work/berth.json WORK=$work ROOT_SUFFIX=$$
NODE_PATH=$BERTH_OSS_NODE_MODULES exec node "$(dirname "$0")/foreign.js"
