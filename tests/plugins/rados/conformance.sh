#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# conformance.sh [--shaken|--no-auth] CONFORMANCE OPTIONS...: runs the conformance suite with the driver `rados`
# on the Ceph of tests/servers/ceph.sh, in a namespace of its own. --shaken: runs it once without and once with
# faults; each test must end the same way. The faults, repeated: the OSD is stopped for a fifth of a second; the
# monitor is stopped for a second, then killed and started again. --no-auth: on a second Ceph without
# authentication, with only its address as parameter.
set -euo pipefail
: "${BERTH_CEPH_CONF:?is not set; run tests/servers/ceph.sh start, and set the variables that its env prints}"

way=
case $1 in --*) way=$1; shift ;; esac
program=$1; shift

without_keys() (
  unset CEPH_CONF CEPH_KEYRING BERTH_CEPH_DIR
  export BERTH_CEPH_PORT=$((${BERTH_CEPH_PORT:-17480} + 40)) BERTH_CEPH_AUTH=none BERTH_CEPH_RGW=0
  server=$(dirname "$0")/../../servers/ceph.sh
  "$server" start >/dev/null
  trap '"$server" stop' EXIT
  "$program" rados "{\"poolname\":\"lab\",\"monhost\":\"v2:127.0.0.1:$BERTH_CEPH_PORT\"}" "$@"
)

folder=$(dirname "$BERTH_CEPH_CONF")
ceph() { BERTH_CEPH_DIR=$folder "$(dirname "$0")/../../servers/ceph.sh" "$@"; }
to() { kill "-$1" "$(cat "$folder/run/$2.pid")"; } # to SIGNAL SERVER

suite() { # suite LABEL OPTIONS...
  local namespace=conformance-$1-$$; shift
  "$program" rados "$(printf '{"poolname":"%s","username":"%s","configfile":"%s","keyring":"%s","namespace":"%s"}' \
    "$BERTH_CEPH_POOL" "$BERTH_CEPH_USER" "$BERTH_CEPH_CONF" "$BERTH_CEPH_KEYRING" "$namespace")" "$@"
}

shake_osd() {
  while [ -e "$work/shaking" ]; do sleep 0.7; to STOP osd; sleep 0.2; to CONT osd; done
}
shake_monitor() {
  while [ -e "$work/shaking" ]; do
    sleep 1; to STOP mon; sleep 1; to CONT mon
    sleep 1; ceph crash; sleep 0.5; ceph revive
    echo "the monitor was stopped, killed and started again"
  done
}
results() { awk '$3 ~ /^[0-9.]+$/ && $4 == "s" { print $1, $2 }' "$1"; }

case $way in
  '') suite plain "$@"; exit ;;
  --no-auth) without_keys "$@"; exit ;;
esac
work=$(mktemp -d)
trap 'rm -f "$work/shaking"; wait; rm -rf "$work"' EXIT
suite plain "$@" >"$work/plain" || { cat "$work/plain"; exit 1; }
touch "$work/shaking"
shake_osd & shake_monitor &
suite shaken "$@" | tee "$work/shaken" || true
diff <(results "$work/plain") <(results "$work/shaken")
[ "$(results "$work/shaken" | wc -l)" -gt 0 ]
