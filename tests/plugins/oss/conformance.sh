#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The conformance suite with the driver and the server of BERTH_OSS_*.
# Usage: conformance.sh v1|v4|ranges PROGRAM [its options], or, through a proxy that breaks one in a
# hundred requests: conformance.sh shaken-v1|shaken-v4 FAULT-PROXY PROGRAM [its options]
set -euo pipefail
way=$1 program=$2; shift 2
: "${BERTH_OSS_ENDPOINT:?is not set; start a server with tests/servers/oss.sh start}"
if [ "${way%-*}" = shaken ] && [ -z "${FAULT_PROXY:-}" ]; then
  exec "$program" "${BERTH_OSS_ENDPOINT#http://}" 10 "$0" "$way" "$@"
fi
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
version=${way#shaken-} more= endpoint=${FAULT_PROXY:-$BERTH_OSS_ENDPOINT}
if [ "$way" = ranges ]; then
  version=v4
  more='"chunksize": "5MiB", "downloadconcurrency": 4, "multipartcopythresholdsize": "1MiB", "multipartcopychunksize": "1MiB",'
fi
exec "$program" oss "{ $more
  \"endpoint\": \"$endpoint\", \"region\": \"$BERTH_OSS_REGION\", \"bucket\": \"$BERTH_OSS_BUCKET\",
  \"accesskeyid\": \"$BERTH_OSS_ACCESS_KEY_ID\", \"accesskeysecret\": \"$BERTH_OSS_ACCESS_KEY_SECRET\",
  \"signatureversion\": \"$version\", \"proxy\": \"none\", \"rootdirectory\": \"conformance-$way-$$\" }" "$@"
