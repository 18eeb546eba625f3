#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sync --delete: old content stays until the new is there, and nothing goes when a copy failed.
. "$(dirname "$0")/lib.sh"
bad=$(printf 'line\nbreak') # a local name that no store takes

# A file was renamed to a name that cannot be copied.
mkdir tree
echo precious >tree/old
expect_code 0 "$berth" sync --delete tree archive:/m
mv tree/old "tree/$bad"
echo other >tree/other
expect_code 1 "$berth" sync --delete tree archive:/m
expect_line err "archive:/m: nothing was removed: not every file could be copied"
expect_text "the old name stays" "$("$berth" cat archive:/m/old)" "precious"
mv "tree/$bad" tree/new
expect_code 0 "$berth" sync --delete tree archive:/m
expect_text "the old name goes with the next run" "$("$berth" ls archive:/m)" "new
other"

# The root of the source is gone, or empty.
mkdir empty
expect_code 1 "$berth" sync --delete empty archive:/m
expect_line err "nothing was removed: the source has no files"
expect_code 3 "$berth" sync --delete missing archive:/m
expect_code 3 "$berth" sync --delete other:/missing archive:/m
expect_text "nothing was removed" "$("$berth" ls archive:/m)" "new
other"
for source in empty missing other:/missing; do
  echo new | "$berth" put - archive:/m/new
  echo other | "$berth" put - archive:/m/other
  expect_code 0 "$berth" sync --delete --allow-empty $source archive:/m
  expect_line err "removed 2"
  expect_code 3 "$berth" stat archive:/m/new
  expect_code 3 "$berth" stat archive:/m/other
done
expect_code 0 "$berth" sync --delete empty archive:/m # nothing there, nothing to refuse
expect_code 0 "$berth" sync empty other:/m

# changed SOURCE DESTINATION: a file becomes a folder and the reverse.
changed() {
  rm -rf tree && mkdir -p tree/folder/deep && echo file >tree/x
  echo a >tree/folder/a && echo b >tree/folder/deep/b
  expect_code 0 "$berth" sync --delete tree "$1"
  expect_code 0 "$berth" sync --delete "$1" "$2"
  rm -r tree/x tree/folder && mkdir -p tree/x/deep
  echo y >tree/x/y && echo z >tree/x/deep/z && echo 'now a file' >tree/folder
  expect_code 0 "$berth" sync --delete tree "$1"
  expect_code 0 "$berth" sync --delete "$1" "$2"
  expect_line err "removed 3"
  expect_code 0 "$berth" verify "$1" "$2"
  expect_code 0 "$berth" verify tree "$2"
}
changed archive:/c other:/c
changed archive:/d mirror
[ -z "$(find mirror archive other -name '.berth-*')" ] || fail "nothing is left of the old content"

# An empty folder is in the place of a file.
rm mirror/folder && mkdir -p mirror/folder/empty
expect_code 0 "$berth" sync --delete archive:/d mirror
expect_text "the file is there" "$(cat mirror/folder)" "now a file"

# The new content cannot be completed: all of the old is there again.
rm -rf tree && mkdir -p tree/folder && echo file >tree/x && echo a >tree/folder/a
echo extra | "$berth" put - archive:/e/extra
expect_code 0 "$berth" sync tree archive:/e
rm -r tree/x tree/folder && mkdir tree/x
echo y >tree/x/y && echo bad >"tree/x/$bad" && echo 'now a file' >tree/folder
expect_code 1 "$berth" sync --delete tree archive:/e
expect_text "the old content is back" "$("$berth" ls -R archive:/e)" "extra
folder/
folder/a
x"
expect_text "with its bytes" "$("$berth" cat archive:/e/x archive:/e/folder/a)" "file
a"
rm "tree/x/$bad"
expect_code 0 "$berth" sync --delete tree archive:/e
expect_code 0 "$berth" verify tree archive:/e

# Other things than files are in the way in a local folder.
rm -rf there && mkdir -p there/folder && ln -s x there/folder/link && echo a >there/folder/a
expect_code 1 "$berth" sync --delete archive:/e there
expect_text "they stay" "$(ls there/folder)" "a
link"

# What the source has as a link or pipe may be the content that the destination keeps.
rm -rf tree && mkdir -p tree/sub && echo x >tree/x && echo y >tree/sub/y && echo z >tree/z
expect_code 0 "$berth" sync --delete tree archive:/l
mv tree/x elsewhere && ln -s ../elsewhere tree/x
mv tree/sub elsewhere.d && ln -s ../elsewhere.d tree/sub
expect_code 0 "$berth" sync --delete tree archive:/l
expect_line err "skipped 2"
expect_text "it stays" "$("$berth" cat archive:/l/x archive:/l/sub/y)" "x
y"
rm tree/x tree/sub
expect_code 0 "$berth" sync --delete tree archive:/l
expect_line err "removed 2"

# An object store can have both, so that they change in two steps there.
with_flat_stores "$3"
rm -rf tree && mkdir -p tree/folder && echo file >tree/x && echo a >tree/folder/a
expect_code 0 "$berth" sync --delete tree a:/f
rm -r tree/x tree/folder && mkdir tree/x && echo y >tree/x/y && echo 'now a file' >tree/folder
expect_code 0 "$berth" sync --delete tree a:/f
expect_text "the flat store has the new content only" "$("$berth" ls -R a:/f)" "folder
x/
x/y"
finish
