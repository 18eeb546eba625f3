#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sync copies what differs and nothing else; verify reports every difference.
. "$(dirname "$0")/lib.sh"

mkdir -p tree/sub
echo one >tree/a
echo two >tree/sub/b
echo three >tree/sub-c
touch -d 2020-01-01 tree/a tree/sub/b tree/sub-c

expect_code 0 "$berth" sync tree archive:/t
expect_line err "synced 3 files"
expect_code 0 "$berth" verify tree archive:/t
expect_line err "3 files are the same, 0 differ"

expect_code 0 "$berth" sync tree archive:/t
expect_line err "synced 0 files"
expect_line err "3 were the same"

echo ONE >tree/a # the same size, and newer
printf 'extra' | "$berth" put - archive:/t/extra
expect_code 1 "$berth" verify tree archive:/t
expect_text "each difference is told" "$(sort out)" "a: the content differs
extra: only in archive:/t"
expect_code 1 "$berth" verify --size-only tree archive:/t
expect_text "sizes alone" "$(cat out)" "extra: only in archive:/t"

touch -d 2020-01-01 tree/a # a change that keeps the size, with an older time
expect_code 0 "$berth" sync --size-only tree archive:/t
expect_line err "synced 0 files"
expect_code 2 "$berth" sync --size-only --content tree archive:/t
expect_code 0 "$berth" sync --delete tree archive:/t
expect_line err "synced 1 file"
expect_line err "removed 1"
expect_code 0 "$berth" verify tree archive:/t

# The times of the services decide nothing, so a tree that goes down and up is copied once.
for round in 1 2; do
  expect_code 0 "$berth" sync archive:/t down
  [ "$round" = 1 ] || expect_line err "synced 0 files"
  expect_code 0 "$berth" sync down archive:/t
  expect_line err "synced 0 files"
done
touch -d 2001-01-01 down/a
expect_code 0 "$berth" sync --content down archive:/t
expect_line err "synced 0 files"
expect_code 0 "$berth" cp archive:/t/a dated
expect_text "a local file gets the time of its source" "$(stat -c %Y dated)" \
  "$(date -d "$("$berth" stat archive:/t/a | sed -n 's/  modified  //p')" +%s)"

expect_code 0 "$berth" sync archive:/t other:/t
expect_code 0 "$berth" verify archive:/t other:/t
expect_code 0 "$berth" sync other:/t here
diff -r tree here || fail "a tree that went round is the same"

expect_code 3 "$berth" sync archive:/nowhere other:/t
expect_code 3 "$berth" verify archive:/t other:/nowhere
expect_code 2 "$berth" sync tree elsewhere

expect_code 2 "$berth" sync --delete archive:/t archive:/
expect_line err "the source archive:/t lies inside the destination archive:/, from where it would"
expect_code 0 "$berth" verify tree archive:/t
expect_code 2 "$berth" sync archive:/ archive:/t
expect_line err "the destination archive:/t lies inside the source archive:/"
expect_code 2 "$berth" sync :/t archive:/t
expect_line err "source and destination are the same: archive:/t"
expect_code 0 "$berth" sync archive:/t/sub archive:/t
expect_code 0 "$berth" sync --delete archive:/t other:/
finish
