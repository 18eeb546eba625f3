#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A store that delivers fewer bytes than the object has: nothing is published, and the old content
# stays.
. "$(dirname "$0")/lib.sh"
with_flat_stores "$3"
sed 's|"folder": "'"$dir"'/a"|&, "missing": 2|' berth.json >short.json
mv short.json berth.json
chmod 600 berth.json

mkdir a here there
printf 'hello' >'a/!t!f'
printf 'old' >here/f
expect_code 1 "$berth" cp a:/t/f here/f
expect_line err "the store delivered 3 bytes where 5 were expected"
expect_code 1 "$berth" get a:/t/f here/f
expect_code 1 "$berth" sync a:/t here
expect_text "the old content stays" "$(cat here/f)" "old"
expect_code 1 "$berth" cat a:/t/f
expect_code 1 "$berth" cp a:/t/f archive:/f
expect_code 3 "$berth" stat archive:/f
printf 'hel' >there/f
expect_code 1 "$berth" verify a:/t there
finish
