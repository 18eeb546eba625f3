#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# ls, stat, tree, du show what was put, on a terminal-free output, and as JSON.
. "$(dirname "$0")/lib.sh"

printf 'hello' | "$berth" put - archive:/d/a
printf 'hello, world' | "$berth" put - archive:/d/b/c
printf '' | "$berth" put - archive:/d-e

expect_code 0 "$berth" ls
expect_text "ls without a place is the default store" "$(cat out)" "d/
d-e"

expect_code 0 "$berth" ls archive:/d
expect_text "ls of a folder" "$(cat out)" "a
b/"

expect_code 0 "$berth" ls archive:/d/a
expect_text "ls of a file is that file" "$(cat out)" "/d/a"

expect_code 0 "$berth" ls -R archive:
expect_text "ls -R is in walk order" "$(cat out)" "d-e
d/
d/a
d/b/
d/b/c"

expect_code 0 "$berth" ls -l archive:/d
expect_line out "             5  20"

expect_code 0 "$berth" --json ls -R archive:/d
expect_line out '"path":"/d/b/c","size":12,"type":"file"}'
[ "$(wc -l <out)" = 3 ] || fail "one JSON object a line: $(cat out)"

expect_code 0 "$berth" ls --json archive:/d/a
expect_line out '"path":"/d/a"' # global options may follow the command

expect_code 0 "$berth" stat archive:/d/b/c
expect_line out "  size      12 (12 B)"

expect_code 0 "$berth" du -d 1 archive:
expect_text "du sums folders" "$(cat out)" "      17 B        3 files  archive:/
      17 B        2 files  archive:/d"

expect_code 0 "$berth" tree archive:
expect_text "tree draws" "$(cat out)" "archive:/
├── d-e
└── d/
    ├── a
    └── b/
        └── c

2 directories, 3 files"

expect_code 0 "$berth" tree -L 1 archive:
expect_text "tree stops at a depth" "$(cat out)" "archive:/
├── d-e
└── d/

1 directory, 1 file"

# What a listing has to leave out is named and counted, and makes it a failure.
printf 'x' >"archive/d/$(printf 'caf\351')"
printf 'x' >"archive/d/$(printf 'two\nlines')"
for command in "ls" "ls -R" "du" "tree"; do
  # shellcheck disable=SC2086
  expect_code 1 "$berth" $command archive:/d
  expect_line err 'archive:/d/caf\xe9: no path can express this name'
  expect_line err 'archive:/d/two\x0alines: no path can express this name'
  expect_line err "the listing is incomplete: 2 failures"
done
expect_line out "b/"
finish
