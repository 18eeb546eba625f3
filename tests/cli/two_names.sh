#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Two names of the config for one place on a real service: mv and sync notice, and no object is lost.
# Usage: two_names.sh BERTH PLUGINS s3|azure|oss|rados|swift
set -euo pipefail
berth=$1 plugins=$2 driver=$3
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
umask 077
work=$(mktemp -d)
root=two-names-$$
export BERTH_CONFIG=$work/berth.json
failures=0
fail() { echo "FAIL: $driver: $*: $(cat "$work/err")" >&2; failures=$((failures + 1)); }

# parameters ROOT [SECOND]: those of a store; SECOND spells the service in another way.
case $driver in
  s3)
    : "${BERTH_CEPH_S3_ENDPOINT:?is not set; start a gateway with tests/servers/ceph.sh start}"
    parameters() {
      local endpoint=${BERTH_CEPH_S3_ENDPOINT}
      [ -z "${2:-}" ] || endpoint=${endpoint/127.0.0.1/LOCALHOST}
      echo "\"regionendpoint\": \"$endpoint\", \"bucket\": \"$BERTH_CEPH_S3_BUCKET\",
        \"accesskey\": \"$BERTH_CEPH_S3_ACCESS_KEY\", \"secretkey\": \"$BERTH_CEPH_S3_SECRET_KEY\",
        \"rootdirectory\": \"$1\", \"proxy\": \"none\""
    } ;;
  azure)
    : "${BERTH_AZURITE_URL:?is not set; start a server with tests/servers/azurite.sh start}"
    parameters() {
      echo "\"serviceurl\": \"$BERTH_AZURITE_URL\", \"accountname\": \"$BERTH_AZURITE_ACCOUNT\",
        \"accountkey\": \"$BERTH_AZURITE_KEY\", \"container\": \"two-names\", \"createcontainer\": true,
        \"rootdirectory\": \"$1\", \"proxy\": \"none\""
    } ;;
  oss)
    : "${BERTH_OSS_ENDPOINT:?is not set; start a server with tests/servers/oss.sh start}"
    parameters() {
      echo "\"endpoint\": \"$BERTH_OSS_ENDPOINT\", \"region\": \"$BERTH_OSS_REGION\",
        \"bucket\": \"$BERTH_OSS_BUCKET\", \"accesskeyid\": \"$BERTH_OSS_ACCESS_KEY_ID\",
        \"accesskeysecret\": \"$BERTH_OSS_ACCESS_KEY_SECRET\", \"rootdirectory\": \"$1\", \"proxy\": \"none\""
    } ;;
  rados)
    : "${BERTH_CEPH_CONF:?is not set; start the server with tests/servers/ceph.sh start}"
    parameters() {
      echo "\"poolname\": \"$BERTH_CEPH_POOL\", \"username\": \"$BERTH_CEPH_USER\",
        \"configfile\": \"$BERTH_CEPH_CONF\", \"keyring\": \"$BERTH_CEPH_KEYRING\",
        \"namespace\": \"two-names\", \"rootdirectory\": \"/$1\""
    } ;;
  swift)
    : "${BERTH_SWIFT_AUTH:?is not set; start a service with tests/servers/swift.sh start}"
    parameters() {
      # The path of files in a store with the prefix PREFIX/files is /files/... of the outer store.
      echo "\"authurl\": \"$BERTH_SWIFT_AUTH\", \"username\": \"$BERTH_SWIFT_USER\",
        \"password\": \"$BERTH_SWIFT_PASSWORD\", \"container\": \"two-names\",
        \"prefix\": \"${1/\/in/\/files\/in}\", \"proxy\": \"none\""
    } ;;
esac
inner=/in
[ "$driver" != swift ] || inner=/in/files

cat >"$BERTH_CONFIG" <<C
{ "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "stores": { "one":   { "driver": "$driver", "parameters": { $(parameters "$root") } },
              "two":   { "driver": "$driver", "parameters": { $(parameters "$root" second) } },
              "inner": { "driver": "$driver", "parameters": { $(parameters "$root/in") } } } }
C
trap '"$berth" -q rm -rf one:/ || true; rm -rf "$work"' EXIT

# ends CODE COMMAND...
ends() {
  local wanted=$1 code=0; shift
  "$berth" "$@" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = "$wanted" ] || fail "exit code $code instead of $wanted of $*"
}
holds() { # holds PLACE BYTES
  local got
  got=$("$berth" cat "$1" 2>"$work/err") || fail "cat $1"
  [ "$got" = "$2" ] || fail "$1 holds \"$got\" instead of \"$2\""
}

printf precious | "$berth" put - one:/d/f
ends 2 mv one:/d/f two:/d/f
grep -q "are one place" "$work/err" || fail "mv does not say why"
ends 2 mv one:/d two:/d
ends 2 sync --delete one:/d two:/
holds one:/d/f precious
ends 0 mv one:/d/f two:/e/f
holds one:/e/f precious
ends 3 stat one:/d/f
ends 0 mv one:/e two:/g
holds one:/g/f precious
ends 3 stat one:/e/f

printf inside | "$berth" put - inner:/f
ends 2 mv inner:/f "one:$inner/f"
ends 0 mv inner:/f one:/out
holds one:/out inside
ends 3 stat inner:/f
ends 0 mv one:/out inner:/back
holds "one:$inner/back" inside
ends 3 stat one:/out

# The same bucket by another port, which no address shows.
if [ "$driver" = s3 ] && [ -n "${BERTH_CEPH_S3_ENDPOINT_TLS:-}" ]; then
  cat >"$BERTH_CONFIG" <<C
{ "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "stores": { "one": { "driver": "s3", "parameters": { $(parameters "$root") } },
    "tls": { "driver": "s3", "parameters": { "cafile": "$BERTH_CEPH_CA",
      $(BERTH_CEPH_S3_ENDPOINT=$BERTH_CEPH_S3_ENDPOINT_TLS parameters "$root") } } } }
C
  for round in 1 2 3 4 5; do # in some of them within one second of the clock, in some not
    printf 'precious %s' "$round" | "$berth" put - "one:/t/$round"
    ends 1 mv "one:/t/$round" "tls:/t/$round"
    holds "one:/t/$round" "precious $round"
  done
  ends 1 mv one:/t tls:/t
  holds one:/t/1 "precious 1"
  ends 0 mv one:/t/1 tls:/u/1
  holds one:/u/1 "precious 1"
  ends 3 stat one:/t/1
fi
[ "$failures" = 0 ]
