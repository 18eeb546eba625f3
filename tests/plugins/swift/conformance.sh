#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The conformance suite over the driver on a real service.
# Usage: conformance.sh tempauth|registry|revoked|keystone|gateway PROGRAM [its options]
#   tempauth, registry: tests/servers/swift.sh, the latter with layout "registry"; revoked: the same, which
#   forgets all its tokens every second; keystone: its second proxy,
#   with the application credential of tests/servers/keystone.sh; gateway: tests/servers/ceph.sh
# Or, through a proxy that harms one in a hundred requests:
#   conformance.sh shaken|shaken-registry FAULT-PROXY PROGRAM [its options]
set -euo pipefail
way=$1 program=$2; shift 2
if [ "${way%-*}" = shaken ] && [ -z "${FAULT_PROXY:-}" ]; then
  : "${BERTH_SWIFT_AUTH:?is not set; start a service with tests/servers/swift.sh start}"
  service=${BERTH_SWIFT_AUTH#http://}
  exec "$program" "${service%%/*}" 10 "$0" "$way" "$@"
fi
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
more=
case $way in
  tempauth | registry | revoked | shaken | shaken-registry)
    : "${BERTH_SWIFT_AUTH:?is not set; start a service with tests/servers/swift.sh start}"
    # The service tells its URL by the Host of the login, so the requests go through the proxy too.
    auth=${FAULT_PROXY:+$FAULT_PROXY/auth/v1.0}
    who="\"authurl\": \"${auth:-$BERTH_SWIFT_AUTH}\", \"username\": \"$BERTH_SWIFT_USER\", \"password\": \"$BERTH_SWIFT_PASSWORD\""
    [ "${way#shaken-}" != registry ] || more="\"layout\": \"registry\", \"downloadconcurrency\": 3," ;;
  keystone)
    : "${BERTH_KEYSTONE_AUTH:?is not set; start one with tests/servers/keystone.sh start}"
    : "${BERTH_SWIFT_KEYSTONE_PROXY:?is not set; give BERTH_SWIFT_KEYSTONE to tests/servers/swift.sh start}"
    who="\"authurl\": \"$BERTH_KEYSTONE_AUTH\", \"applicationcredentialid\": \"$BERTH_KEYSTONE_APPCRED_ID\", \"applicationcredentialsecret\": \"$BERTH_KEYSTONE_APPCRED_SECRET\", \"region\": \"$BERTH_KEYSTONE_REGION\"" ;;
  gateway)
    : "${BERTH_CEPH_SWIFT_AUTH:?is not set; start a gateway with tests/servers/ceph.sh start}"
    who="\"authurl\": \"$BERTH_CEPH_SWIFT_AUTH\", \"username\": \"$BERTH_CEPH_SWIFT_USER\", \"password\": \"$BERTH_CEPH_SWIFT_KEY\"" ;;
  *) echo "conformance.sh: no such way: $way"; exit 2 ;;
esac
suite() {
  "$program" swift "{ $more $who, \"container\": \"conformance\", \"prefix\": \"$way-$$\",
    \"chunksize\": \"1MiB\", \"proxy\": \"none\" }" "$@"
}
[ "$way" = revoked ] || { suite "$@"; exit; }

# Tempauth's tokens are in memcached only: the user's under this key, by which it is known to have logged in again.
key=$(printf 'AUTH_/user/%s' "$BERTH_SWIFT_USER" | md5sum | cut -d' ' -f1)
memcached() ( # memcached COMMAND: the first line of its answer, nothing where there is none
  exec 3<>"/dev/tcp/127.0.0.1/$BERTH_SWIFT_MEMCACHED_PORT" || exit 0
  printf '%s\r\n' "$1" >&3 || exit 0
  read -r -t 5 -u 3 line || exit 0
  echo "${line%$'\r'}"
)
revoked=$(mktemp)
while sleep 1; do
  held=$(memcached "mg $key")
  [ "$(memcached flush_all)" = OK ] || { echo "conformance.sh: memcached does not answer" >&2; continue; }
  [ "$held" != HD ] || echo >>"$revoked"
done &
revoker=$!
trap 'kill $revoker; rm "$revoked"' EXIT
# A part of the suite may be over before five tokens were taken back.
for round in 1 2 3 4 5; do
  suite "$@"
  count=$(wc -l <"$revoked")
  echo "round $round: a token in use was taken back $count times"
  [ "$count" -lt 5 ] || exit 0
done
echo "conformance.sh: too few tokens were taken back to tell anything" >&2
exit 1
