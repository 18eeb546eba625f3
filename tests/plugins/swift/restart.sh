#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The service's proxy is killed and started anew in the middle of an upload and of a download, and both come
# to the right end by the retries that `maxretries` allows; after them no segment remains.
# Usage: restart.sh BERTH PLUGINS SERVER-SCRIPT tempauth|keystone
set -euo pipefail
berth=$1 plugins=$2 server=$3 way=$4
: "${BERTH_SWIFT_AUTH:?is not set; start a service with tests/servers/swift.sh start}"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY BERTH_DRIVER_PATH "${!OS_@}" "${!ST_@}"
umask 077 # the configuration holds passwords
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed() { echo "restart.sh: $*"; exit 1; }
container=restart-$$
case $way in
  tempauth)
    who="\"authurl\": \"$BERTH_SWIFT_AUTH\", \"username\": \"$BERTH_SWIFT_USER\", \"password\": \"$BERTH_SWIFT_PASSWORD\""
    export ST_AUTH=$BERTH_SWIFT_AUTH ST_USER=$BERTH_SWIFT_USER ST_KEY=$BERTH_SWIFT_PASSWORD ;;
  keystone) # the second proxy, which asks Keystone for each token that it sees for the first time
    : "${BERTH_KEYSTONE_AUTH:?is not set; start one with tests/servers/keystone.sh start}"
    : "${BERTH_SWIFT_KEYSTONE_PROXY:?is not set; give BERTH_SWIFT_KEYSTONE to tests/servers/swift.sh start}"
    who="\"authurl\": \"$BERTH_KEYSTONE_AUTH\", \"username\": \"$BERTH_KEYSTONE_USER\", \"password\": \"$BERTH_KEYSTONE_PASSWORD\", \"domain\": \"$BERTH_KEYSTONE_DOMAIN\", \"tenant\": \"$BERTH_KEYSTONE_PROJECT\""
    export OS_AUTH_URL=$BERTH_KEYSTONE_AUTH OS_USERNAME=$BERTH_KEYSTONE_USER OS_PASSWORD=$BERTH_KEYSTONE_PASSWORD
    export OS_USER_DOMAIN_NAME=$BERTH_KEYSTONE_DOMAIN OS_PROJECT_DOMAIN_NAME=$BERTH_KEYSTONE_DOMAIN
    export OS_PROJECT_NAME=$BERTH_KEYSTONE_PROJECT ST_AUTH_VERSION=3 ;;
  *) failed "no such way: $way" ;;
esac
# Of the default's five attempts the last comes after a second, and a proxy may need longer to start: three
# quarters of a minute where other work takes the processors. So many attempts end with the two minutes that
# the driver gives to all of them.
cat >"$work/berth.json" <<E
{ "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "stores": { "store": { "driver": "swift", "parameters": {
    $who, "container": "$container", "chunksize": "4MiB", "maxretries": 60, "proxy": "none" } } } }
E
export BERTH_CONFIG="$work/berth.json"
head -c 80000000 /dev/urandom >"$work/large"
first=11000000

# Segments are in flight when the proxy goes, and more follow while it is away.
{ head -c $first "$work/large"
  bash "$server" restart &
  tail -c +$((first + 1)) "$work/large"; wait $!; } |
  "$berth" put - store:/large || failed "the upload failed"
"$berth" cat store:/large | cmp - "$work/large" || failed "the upload went wrong"

"$berth" cat store:/large | { head -c $first; bash "$server" restart; cat; } >"$work/back" ||
  failed "the download failed"
cmp "$work/back" "$work/large" || failed "the download went wrong"

"$berth" rm store:/large
/usr/bin/python3 "$(command -v swift)" list "$container" >"$work/left"
[ ! -s "$work/left" ] || failed "this remains: $(head "$work/left")"
echo "an upload and a download of $(stat -c %s "$work/large") bytes survived a restart of the proxy each"
