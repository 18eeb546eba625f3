#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The conformance suite with the driver and the gateway of BERTH_CEPH_*.
# Usage: conformance.sh http|https|key|ranges PROGRAM [its options], or, through a proxy that breaks one in a
# hundred requests: conformance.sh shaken FAULT-PROXY PROGRAM [its options]
set -euo pipefail
way=$1 program=$2; shift 2
if [ "$way" = shaken ] && [ -z "${FAULT_PROXY:-}" ]; then
  exec "$program" "${BERTH_CEPH_S3_ENDPOINT#http://}" 10 "$0" shaken "$@"
fi
: "${BERTH_CEPH_S3_ENDPOINT:?is not set; start a gateway with tests/servers/ceph.sh start}"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY AWS_CA_BUNDLE
endpoint=$BERTH_CEPH_S3_ENDPOINT more=
case $way in
  shaken) endpoint=$FAULT_PROXY ;;
  https) export CURL_CA_BUNDLE=$BERTH_CEPH_CA # of the curl that fetches signed URLs
    endpoint=$BERTH_CEPH_S3_ENDPOINT_TLS more="\"cafile\": \"$BERTH_CEPH_CA\"," ;;
  key) endpoint=$BERTH_CEPH_S3_ENDPOINT_TLS # every request has a customer's key
    more="\"cafile\": \"$BERTH_CEPH_CA\", \"customerkey\": \"$(openssl rand -base64 32)\", \"chunksize\": \"5MiB\"," ;;
  ranges) more='"chunksize": "5MiB", "downloadconcurrency": 4, "checksum": "md5", "multipartcopythresholdsize": "5MiB", "multipartcopychunksize": "5MiB",' ;;
esac
exec "$program" s3 "{ $more
  \"regionendpoint\": \"$endpoint\", \"bucket\": \"$BERTH_CEPH_S3_BUCKET\", \"proxy\": \"none\",
  \"accesskey\": \"$BERTH_CEPH_S3_ACCESS_KEY\", \"secretkey\": \"$BERTH_CEPH_S3_SECRET_KEY\",
  \"rootdirectory\": \"conformance-$way-$$\" }" "$@"
