#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Names: two spellings of one letter are two files; a name that no store can take costs that file;
# what a terminal would obey is escaped.
. "$(dirname "$0")/lib.sh"

mkdir names
printf 'composed' >"names/$(printf '\303\251')"
printf 'decomposed' >"names/$(printf 'e\314\201')"
printf 'plus' >'names/a+b #1? %41.txt'
expect_code 0 "$berth" cp -r names archive:/n
expect_code 0 "$berth" cp -r archive:/n back
diff -r names back || fail "names come back byte for byte"

printf 'bad' >"names/$(printf 'x\377')"
printf 'bad' >"names/$(printf 'line\nbreak')"
expect_code 1 "$berth" cp -r names archive:/m
expect_line err 'names/x\xff'
expect_line err 'names/line\x0abreak'
expect_line err "copied 3 files"
expect_line err "2 failed"

# The name turns text around (U+202E); script(1) gives the command a terminal.
printf '' | "$berth" put - "archive:/t/$(printf 'a\342\200\256b')"
script -qec "$berth ls archive:/t" /dev/null >out 2>&1 </dev/null
expect_line out 'a\u{202e}b'
"$berth" ls archive:/t >out
expect_text "elsewhere names are as they are" "$(cat out)" "$(printf 'a\342\200\256b')"
finish
