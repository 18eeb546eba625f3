#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cp and mv carry trees in every direction; what is no file is skipped, told and counted.
. "$(dirname "$0")/lib.sh"

mkdir -p tree/sub/deep tree/empty
for i in 1 2 3 4 5 6 7 8 9; do echo "file $i" >"tree/sub/f$i"; done
head -c 3000000 /dev/urandom >tree/sub/deep/big
: >tree/nothing

expect_code 0 "$berth" cp -r tree archive:/t
expect_code 0 "$berth" cp -r archive:/t back
rmdir tree/empty # no store that we have here keeps an empty folder by copying
diff -r tree back || fail "a tree there and back is the same"

expect_code 0 "$berth" cp -r archive:/t other:/t
expect_code 0 "$berth" cp -r other:/t back2
diff -r tree back2 || fail "a tree from store to store is the same"

expect_code 0 "$berth" cp -r tree archive:/in/
expect_line err "copied 11 files"
expect_code 0 "$berth" stat archive:/in/tree/sub/f1

expect_code 0 "$berth" cp -r archive:/t/sub other:/
expect_code 0 "$berth" stat other:/sub/f1
expect_code 0 "$berth" cp -r archive:/t/sub other:
expect_code 0 "$berth" stat other:/f1
expect_code 0 "$berth" rm -r other:/
expect_code 0 "$berth" cp -r archive:/ other:/ # of a root only the content can be meant
expect_code 0 "$berth" verify archive: other:
expect_code 0 "$berth" mv other:/t/sub other:/
expect_code 0 "$berth" stat other:/sub/f1

expect_code 0 "$berth" cp archive:/t/sub/f1 archive:/t/sub/f2 here/
expect_text "several files into a folder" "$(cat here/f1 here/f2)" "file 1
file 2"
expect_code 0 "$berth" cp tree/sub/f3 archive:/t/sub
expect_code 0 "$berth" stat archive:/t/sub/f3

expect_code 2 "$berth" cp tree archive:/x
expect_line err "is a folder; copy it with -r"
expect_code 2 "$berth" cp -r archive:/t archive:/t/sub/again
expect_line err "lies inside the source"
expect_code 2 "$berth" cp :/t/nothing archive:/t/nothing
expect_line err "source and destination are the same"
expect_code 2 "$berth" cp -r :/t archive:/t/sub/again
expect_line err "lies inside the source"
for file in p/p/p/y p/p/y; do echo "$file" | "$berth" put - "other:/$file"; done
for command in "mv" "cp -r" "sync"; do
  # shellcheck disable=SC2086
  expect_code 2 "$berth" $command other:/p/p other:/p
done
expect_line err "would be copied into the source itself"
expect_text "and nothing was lost" "$("$berth" cat other:/p/p/y)" "p/p/y"
expect_code 0 "$berth" mv other:/p/p/p other:/p
expect_text "a folder moves up" "$("$berth" cat other:/p/y)" "p/p/p/y"
expect_code 0 "$berth" rm -r other:/p
expect_code 0 "$berth" cp -r archive:/t archive:/t2 # a name that only begins the same
expect_code 2 "$berth" cp -r tree elsewhere
expect_line err "both places are local files"

mkfifo tree/pipe
ln -s sub/f1 tree/link
ln -s . tree/loop
expect_code 0 "$berth" cp -r tree archive:/special
expect_line err "tree/pipe is a pipe"
expect_line err "tree/link is a symbolic link"
expect_line err "skipped 3"
expect_code 0 "$berth" cp -r --follow tree archive:/followed
expect_line err "skipped 2"
expect_text "a link to a file is followed" "$("$berth" cat archive:/followed/link)" "file 1"

expect_code 0 "$berth" --json cp -r archive:/t/sub other:/json
expect_line out '"event":"summary"'
expect_line out '"destination":"other:/json/f1"'

expect_code 0 "$berth" mv archive:/t archive:/moved
expect_code 3 "$berth" stat archive:/t
expect_code 0 "$berth" stat archive:/moved/sub/deep/big
expect_code 0 "$berth" mv archive:/moved other:/moved
expect_code 3 "$berth" stat archive:/moved
expect_code 0 "$berth" stat other:/moved/sub/deep/big
finish
