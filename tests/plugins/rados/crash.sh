#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `berth put` overwrites a file and is killed in the middle, again and again. Each time the old or the new
# bytes are read, whole; and what the killed ones left are orphans, which `berth` lists and removes.
# Usage: crash.sh BERTH PLUGINS
set -euo pipefail
berth=$1 plugins=$2
: "${BERTH_CEPH_CONF:?is not set; start the server first: tests/servers/ceph.sh start, then set what its env prints}"
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
# How long a put takes here and now, to begin with in connecting, tells when to kill one.
begun=$EPOCHREALTIME
"$berth" put "$work/0" s:/d/f
took=$(awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')

# Killed earlier and later, until three have left something.
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
[ $crashes = 3 ] || failed "only $crashes of $round puts were killed half-way"

"$berth" ls lost:/ >"$work/orphans"
[ "$(wc -l <"$work/orphans")" -ge 3 ] || failed "three puts were killed, and these are the orphans: $(cat "$work/orphans")"
while read -r orphan; do "$berth" rm "lost:/${orphan#/}"; done <"$work/orphans"
[ "$(chunks)" = 128 ] || failed "$(chunks) chunks remain, not those of the file"
"$berth" cat s:/d/f | cmp - "$work/now" || failed "the file went with the orphans"
"$berth" rm s:/d/f
[ "$(chunks)" = 0 ] || failed "$(chunks) chunks remain"
echo "$crashes of $((round - 1)) killed puts left $(wc -l <"$work/orphans") orphans"
