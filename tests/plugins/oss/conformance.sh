#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The conformance suite over the driver on the server of BERTH_OSS_*.
# Usage: conformance.sh v1|v4|ranges PROGRAM [its options]
set -euo pipefail
way=$1 program=$2; shift 2
: "${BERTH_OSS_ENDPOINT:?is not set; start a server with tests/servers/oss.sh start}"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
version=$way more=
if [ "$way" = ranges ]; then
  version=v4
  more='"chunksize": "5MiB", "downloadconcurrency": 4, "multipartcopythresholdsize": "1MiB", "multipartcopychunksize": "1MiB",'
fi
exec "$program" oss "{ $more
  \"endpoint\": \"$BERTH_OSS_ENDPOINT\", \"region\": \"$BERTH_OSS_REGION\", \"bucket\": \"$BERTH_OSS_BUCKET\",
  \"accesskeyid\": \"$BERTH_OSS_ACCESS_KEY_ID\", \"accesskeysecret\": \"$BERTH_OSS_ACCESS_KEY_SECRET\",
  \"signatureversion\": \"$version\", \"proxy\": \"none\", \"rootdirectory\": \"conformance-$way-$$\" }" "$@"
