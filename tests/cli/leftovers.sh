#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The temporary file of a download whose process was killed is never taken for a file, and the next
# run removes it. That of a process at work stays.
. "$(dirname "$0")/lib.sh"
leftover=.berth-download.0123456789abcdef0123456789abcdef

printf 'one' | "$berth" put - archive:/t/one
mkdir down

# killed: as if a download had been killed.
killed() {
  rm -f down/.berth-download.*
  echo half >down/$leftover
}

killed
expect_code 0 "$berth" sync down archive:/up
expect_line err "down/$leftover is part of an unfinished download"
expect_line err "synced 0 files"
expect_code 0 "$berth" cp -r down archive:/up
expect_line err "skipped 1"
expect_code 3 "$berth" stat archive:/up

expect_code 0 "$berth" sync --delete archive:/t down
expect_text "sync removes it" "$(ls -A down)" "one"
killed
expect_code 0 "$berth" sync --delete archive:/t down # which copies nothing into the folder
expect_text "also without a copy" "$(ls -A down)" "one"
for command in "cp -r archive:/t down" "cp archive:/t/one down" "get archive:/t/one down"; do
  killed
  # shellcheck disable=SC2086
  expect_code 0 "$berth" $command
  expect_text "$command removes it" "$(ls -A down)" "one"
done

# flock(1) holds the lock as a download does.
killed
expect_code 0 flock down/$leftover "$berth" sync --delete archive:/t down
expect_code 0 flock down/$leftover "$berth" cp archive:/t/one down
expect_text "that of a process at work stays" "$(ls -A down)" "$leftover
one"
expect_code 0 flock down/$leftover "$berth" verify archive:/t down

# A file of nearly the same name is a file.
rm down/.berth-*
echo mine >down/.berth-download.mine
expect_code 0 "$berth" sync down archive:/mine
expect_text "and is copied" "$("$berth" cat archive:/mine/.berth-download.mine)" "mine"
finish
