#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# In an object store one name can be a file and a folder. What removes one file never takes what
# lies below it.
. "$(dirname "$0")/lib.sh"
with_flat_stores "$3"

both() { # both STORE FOLDER: x is a file there, and a folder with the file y
  printf 'outer' | "$berth" put - "$1:$2/x"
  printf 'inner' | "$berth" put - "$1:$2/x/y"
}

both a /rm
expect_code 1 "$berth" rm a:/rm/x
expect_line err "remove /rm/x: it is also a folder, which would go with it; rm -r removes both"
expect_text "nothing was removed" "$("$berth" cat a:/rm/x a:/rm/x/y)" "outerinner"
expect_code 0 "$berth" rm a:/rm/x/y
expect_code 0 "$berth" rm a:/rm/x
expect_code 3 "$berth" stat a:/rm/x
both a /rm
expect_code 0 "$berth" rm -r a:/rm/x
expect_code 3 "$berth" stat a:/rm

both a /one
expect_code 1 "$berth" mv a:/one/x b:/one/x
expect_line err "it is also a folder"
expect_text "what lies below stays" "$("$berth" cat a:/one/x/y)" "inner"
both a /tree
expect_code 0 "$berth" mv a:/tree b:/tree
expect_text "both were moved" "$("$berth" cat b:/tree/x b:/tree/x/y)" "outerinner"
expect_code 3 "$berth" stat a:/tree
both a /here
expect_code 0 "$berth" mv a:/here a:/there
expect_text "both were renamed" "$("$berth" cat a:/there/x a:/there/x/y)" "outerinner"
expect_code 3 "$berth" stat a:/here

# The source has the inner file only.
printf 'inner' | "$berth" put - archive:/s/x/y
both b /s
expect_code 0 "$berth" sync --delete --content archive:/s b:/s
expect_line err "removed 1"
expect_text "the source's file stays" "$("$berth" ls -R b:/s)" "x/
x/y"
expect_text "with its content" "$("$berth" cat b:/s/x/y)" "inner"
# The source has neither.
printf 'other' | "$berth" put - archive:/s/z
expect_code 0 "$berth" rm archive:/s/x/y
expect_code 0 "$berth" sync --delete archive:/s b:/s
expect_code 3 "$berth" stat b:/s/x
finish
