#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The conformance suite over the driver on a real service.
# Usage: conformance.sh tempauth|registry|keystone|gateway PROGRAM [its options]
#   tempauth, registry: tests/servers/swift.sh, the latter with layout "registry"; keystone: its second proxy,
#   with the application credential of tests/servers/keystone.sh; gateway: tests/servers/ceph.sh
set -euo pipefail
way=$1 program=$2; shift 2
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
more=
case $way in
  tempauth | registry)
    : "${BERTH_SWIFT_AUTH:?is not set; start a service with tests/servers/swift.sh start}"
    who="\"authurl\": \"$BERTH_SWIFT_AUTH\", \"username\": \"$BERTH_SWIFT_USER\", \"password\": \"$BERTH_SWIFT_PASSWORD\""
    [ "$way" != registry ] || more="\"layout\": \"registry\", \"downloadconcurrency\": 3," ;;
  keystone)
    : "${BERTH_KEYSTONE_AUTH:?is not set; start one with tests/servers/keystone.sh start}"
    : "${BERTH_SWIFT_KEYSTONE_PROXY:?is not set; give BERTH_SWIFT_KEYSTONE to tests/servers/swift.sh start}"
    who="\"authurl\": \"$BERTH_KEYSTONE_AUTH\", \"applicationcredentialid\": \"$BERTH_KEYSTONE_APPCRED_ID\", \"applicationcredentialsecret\": \"$BERTH_KEYSTONE_APPCRED_SECRET\", \"region\": \"$BERTH_KEYSTONE_REGION\"" ;;
  gateway)
    : "${BERTH_CEPH_SWIFT_AUTH:?is not set; start a gateway with tests/servers/ceph.sh start}"
    who="\"authurl\": \"$BERTH_CEPH_SWIFT_AUTH\", \"username\": \"$BERTH_CEPH_SWIFT_USER\", \"password\": \"$BERTH_CEPH_SWIFT_KEY\"" ;;
  *) echo "conformance.sh: no such way: $way"; exit 2 ;;
esac
exec "$program" swift "{ $more $who, \"container\": \"conformance\", \"prefix\": \"$way-$$\",
  \"chunksize\": \"1MiB\", \"proxy\": \"none\" }" "$@"
