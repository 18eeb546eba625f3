#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# bench measures each workload, speaks JSON with the promised keys, and leaves nothing behind.
. "$(dirname "$0")/lib.sh"

expect_code 0 "$berth" --json bench archive --small 40 --size 1KiB --large 3MiB --threads 4
expect_text "the workloads in order" "$(sed 's/.*"workload":"\([a-z-]*\)".*/\1/' out | tr '\n' ' ')" \
  "put-small get-small stat list walk write-large read-large delete "
for key in workload ops bytes seconds cpu_seconds max_rss_mib; do
  [ "$(grep -c "\"$key\":" out)" = 8 ] || fail "no $key in each line: $(cat out)"
done
expect_line out '"bytes":3145728'
expect_code 0 "$berth" ls archive:
expect_text "nothing is left" "$(cat out)" ""

expect_code 0 "$berth" --json bench archive --only read-large --large 1MiB
expect_text "one workload" "$(wc -l <out | tr -d ' ')" 1

printf 'mine' | "$berth" put - archive:/bench/mine
expect_code 2 "$berth" bench archive
expect_text "what was there stays" "$("$berth" cat archive:/bench/mine)" "mine"
expect_code 2 "$berth" bench archive:/folder
expect_line err "takes a whole store: archive"
finish
