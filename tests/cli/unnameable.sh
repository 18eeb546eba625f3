#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Stored names that no path can express are failures of every command that walks: they are named
# and counted, and sync --delete removes nothing.
. "$(dirname "$0")/lib.sh"

mkdir -p archive/odd mirror
printf 'precious' >"archive/odd/$(printf 'caf\351.txt')"
printf 'precious' >"archive/odd/$(printf 'two\nlines')"
printf 'x' >archive/odd/ok
cp -a archive/odd/. mirror/

named() { # named FILE
  expect_line "$1" 'archive:/odd/caf\xe9.txt: no path can express this name'
  expect_line "$1" 'archive:/odd/two\x0alines: no path can express this name'
}

expect_code 1 "$berth" cp -r archive:/odd copied
named err
expect_line err "copied 1 file"
expect_line err "2 failed"

expect_code 1 "$berth" verify archive:/odd copied
named out
expect_line err "2 differ"

expect_code 1 "$berth" sync --delete archive:/odd mirror
named err
expect_line err "mirror: nothing was removed: a name could not be read or expressed"
expect_text "the good copies stay" "$(find mirror -type f -printf x)" xxx

# The destination has them: what is there is not known, so nothing goes.
mkdir tree && echo new >tree/new
expect_code 1 "$berth" sync --delete tree archive:/odd
named err
expect_text "the file that is not in the source stays" "$("$berth" cat archive:/odd/ok)" "x"
expect_text "and the new one is there" "$("$berth" cat archive:/odd/new)" "new"

expect_code 1 "$berth" mv archive:/odd archive:/even
named err
expect_line err "moved 2 files"

# The root of a store stays, so each child is removed by its path.
printf 'precious' >"archive/$(printf 'caf\351')"
printf 'x' >archive/zz
expect_code 1 "$berth" rm -r archive:/
expect_line err 'archive:/caf\xe9: no path can express this name, so it was not removed'
expect_code 3 "$berth" stat archive:/zz
rm -r archive && mkdir archive

# Local names that no store can take.
mkdir local && cp -a mirror/. local/
expect_code 1 "$berth" sync --delete local other:/l
expect_line err 'local/caf\xe9.txt: '
expect_line err 'local/two\x0alines: '
expect_line err "synced 1 file"
expect_line err "2 failed"
finish
