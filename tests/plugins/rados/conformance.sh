#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# conformance.sh [--shaken] CONFORMANCE OPTIONS...: the suite over the driver `rados` on the Ceph of
# tests/servers/ceph.sh, in a namespace of its own. --shaken: meanwhile the OSD is stopped for a fifth of a
# second again and again.
set -euo pipefail
: "${BERTH_CEPH_CONF:?is not set; start the server first: tests/servers/ceph.sh start, then set what its env prints}"

shaken=no
if [ "$1" = --shaken ]; then shaken=yes; shift; fi
program=$1; shift

parameters=$(printf '{"poolname":"%s","username":"%s","configfile":"%s","keyring":"%s","namespace":"conformance-%s"}' \
  "$BERTH_CEPH_POOL" "$BERTH_CEPH_USER" "$BERTH_CEPH_CONF" "$BERTH_CEPH_KEYRING" $$)

osd=$(cat "$(dirname "$BERTH_CEPH_CONF")/run/osd.pid")
shake() {
  while sleep 0.7 && kill -STOP "$osd"; do sleep 0.2; kill -CONT "$osd"; done
}
shaker=
trap '[ -z "$shaker" ] || { kill "$shaker" || true; wait "$shaker" || true; kill -CONT "$osd"; }' EXIT
if [ $shaken = yes ]; then shake & shaker=$!; fi
"$program" rados "$parameters" "$@"
