#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Kills `berth put` while it overwrites a file, again and again. Each time the file has either the old or the new
# bytes. The chunks that the killed processes left are orphans, which `berth` lists and removes.
# Usage: crash.sh BERTH PLUGINS
set -euo pipefail
berth=$1 plugins=$2
: "${BERTH_CEPH_CONF:?is not set; run tests/servers/ceph.sh start, and set the variables that its env prints}"
umask 077
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed() { echo "crash.sh: $*"; exit 1; }
namespace=crash-$$
store() { # store MORE: the parameters
  printf '{ "driver": "rados", "parameters": { "poolname": "%s", "username": "%s", "configfile": "%s",
    "keyring": "%s", "namespace": "%s", %s } }' \
    "$BERTH_CEPH_POOL" "$BERTH_CEPH_USER" "$BERTH_CEPH_CONF" "$BERTH_CEPH_KEYRING" "$namespace" "$1"
}
cat >"$work/berth.json" <<E
{ "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "stores": { "s": $(store '"chunksize": 65536'), "lost": $(store '"view": "orphans", "minage": 0') } }
E
export BERTH_CONFIG="$work/berth.json"
chunks() {
  rados -c "$BERTH_CEPH_CONF" -n "$BERTH_CEPH_USER" -k "$BERTH_CEPH_KEYRING" -p "$BERTH_CEPH_POOL" \
    -N "$namespace" ls | grep -c ^blob: || true
}

bytes=8388608 # 128 chunks
for i in 0 1; do head -c $bytes /dev/urandom >"$work/$i"; done
# The duration of one put, including the connection, determines when the next ones are killed.
begun=$EPOCHREALTIME
"$berth" put "$work/0" s:/d/f
took=$(awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')

# Kills puts earlier and later, until three of them left chunks.
crashes=0
for ((round = 1; crashes < 3 && round <= 100; round++)); do
  before=$(chunks)
  "$berth" put "$work/$((round % 2))" s:/d/f & pid=$!
  sleep "$(awk -v took="$took" -v part=$((5 + round * 7 % 100)) 'BEGIN { print took * part / 100 }')"
  kill -KILL $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
  "$berth" cat s:/d/f >"$work/now" || failed "round $round: the file cannot be read"
  cmp -s "$work/now" "$work/0" || cmp -s "$work/now" "$work/1" || failed "round $round: neither old nor new"
  [ "$(chunks)" -le "$before" ] || crashes=$((crashes + 1))
done
[ $crashes = 3 ] || failed "only $crashes of $round killed puts left chunks"

"$berth" ls lost:/ >"$work/orphans"
[ "$(wc -l <"$work/orphans")" -ge 3 ] || failed "three killed puts left chunks, but these are the orphans: $(cat "$work/orphans")"
while read -r orphan; do "$berth" rm "lost:/${orphan#/}"; done <"$work/orphans"
[ "$(chunks)" = 128 ] || failed "$(chunks) chunks remain instead of the 128 of the file"
"$berth" cat s:/d/f | cmp - "$work/now" || failed "removing the orphans changed the file"
"$berth" rm s:/d/f
[ "$(chunks)" = 0 ] || failed "$(chunks) chunks remain"
echo "$crashes of $((round - 1)) killed puts left $(wc -l <"$work/orphans") orphans"
