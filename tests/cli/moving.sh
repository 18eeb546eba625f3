#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# mv, and two names of one place: nothing is copied onto itself, and no source is removed that may
# be the object just written.
. "$(dirname "$0")/lib.sh"
with_flat_stores "$3"

put() { printf '%s' "$2" | "$berth" put - "$1"; }

# One place that the driver reports, under two names.
put known:/f precious
expect_code 2 "$berth" mv known:/f known-again:/f
expect_line err "source and destination are the same: known:/f and known-again:/f are one place"
expect_code 2 "$berth" cp known:/f known-again:/f
expect_code 2 "$berth" sync known:/ known-again:/
expect_code 2 "$berth" cp -r known:/ known-again:/below
expect_line err "lies inside the source"
expect_text "nothing was lost" "$("$berth" cat known:/f)" precious

expect_code 0 "$berth" mv known:/f known-again:/d/f
expect_text "a move between two names is a move in one store" "$("$berth" cat known:/d/f)" precious
expect_code 3 "$berth" stat known:/f
expect_code 0 "$berth" mv known:/d known-again:/e
expect_text "and of a folder too" "$("$berth" cat known:/e/f)" precious
expect_code 3 "$berth" stat known:/d

# One place that nobody reports, under two names: the size and time of the destination show it.
put a:/f precious
expect_code 1 "$berth" mv a:/f a-again:/f
expect_line err "seems to be the same object under another name, so the source stays"
expect_text "the object stays" "$("$berth" cat a:/f)" precious
put a:/t/1 one
put a:/t/2 two
expect_code 1 "$berth" mv a:/t a-again:/t
expect_line err "2 failed"
expect_text "a folder stays" "$("$berth" cat a:/t/1 a:/t/2)" onetwo
expect_code 0 "$berth" mv a:/f a-again:/g
expect_text "another name in it is no such case" "$("$berth" cat a:/g)" precious
expect_code 3 "$berth" stat a:/f

# Two places that report the same address.
put tenant:/x theirs
put known:/x mine
expect_code 1 "$berth" mv known:/x tenant:/y
expect_line err "have one address but show different files, so nothing was moved"
expect_text "both keep what they have" "$("$berth" cat known:/x tenant:/x)" minetheirs

# Two places.
expect_code 0 "$berth" mv known:/x b:/x
expect_text "a file is moved from store to store" "$("$berth" cat b:/x)" mine
expect_code 3 "$berth" stat known:/x
put known:/t/1 one
put known:/t/1/below two
expect_code 0 "$berth" mv -j 1 known:/t b:/t
expect_text "with what is below the name of a file" "$("$berth" cat b:/t/1 b:/t/1/below)" onetwo
expect_code 3 "$berth" stat known:/t
expect_code 3 "$berth" mv known:/nothing b:/nothing
expect_code 2 "$berth" mv ./file b:/file
expect_line err "this command works on stores only"
finish
