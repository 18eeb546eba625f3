#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A driver that walks in another order than it promises: files could be missed, so that every
# command that depends on the order fails, and nothing is removed.
. "$(dirname "$0")/lib.sh"
with_flat_stores "$3"
sed 's|"folder": "'"$dir"'/a"|&, "backwards": true|' berth.json >backwards.json
mv backwards.json berth.json
chmod 600 berth.json

mkdir mirror
for name in a b c; do
  echo $name | "$berth" put - a:/t/$name
  echo old >mirror/$name
done
for command in "sync --delete a:/t mirror" "verify a:/t mirror" "cp -r a:/t mirror" "mv a:/t b:/t"; do
  # shellcheck disable=SC2086
  expect_code 1 "$berth" $command
  expect_line err "order"
done
expect_text "the destination keeps its files" "$(ls mirror)" "a
b
c"
expect_text "the source too" "$("$berth" cat a:/t/a a:/t/b a:/t/c)" "a
b
c"
finish
