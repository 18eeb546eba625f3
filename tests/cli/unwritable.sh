#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Output that cannot be written ends every subcommand with one message and exit code 1, never with a
# signal, and leaves nothing half-written. A stderr that cannot be written changes nothing.
. "$(dirname "$0")/lib.sh"
mkdir -p tree/sub
printf 'one' >tree/1
printf 'two' >tree/sub/2
"$berth" -q cp -r tree archive:/t
"$berth" -q cp -r tree other:/t
printf 'hi' | "$berth" put - archive:/f

message="berth: cannot write the output: No space left on device"

# full ARGUMENT...: with an output that is full.
full() {
  code=0
  "$berth" "$@" >/dev/full 2>err || code=$?
  expect_text "exit code of: $* >/dev/full" "$code" 1
  expect_text "message of: $* >/dev/full" "$(grep -v '^berth: \(moved\|copied\|synced\|[0-9]* files are\)' err)" "$message"
}

for arguments in --help --version "cp --help" drivers "describe filesystem" "ls archive:/t" \
  "ls -lR archive:/" "stat archive:/f" "tree archive:/" "du archive:/" "cat archive:/f" \
  "get archive:/f -" "config path" "config check" "config show" "config schema" \
  "check --list" \
  "--json drivers" "--json describe filesystem" "--json ls archive:/t" "--json ls -R archive:/" \
  "--json stat archive:/f" "--json tree archive:/" "--json du archive:/" \
  "--json put tree/1 archive:/put" "--json get archive:/f got" \
  "--json cp archive:/f archive:/cp" "--json cp -r tree archive:/cp2" \
  "--json cp -r archive:/t other:/cp2" "--json sync tree archive:/sync" "--json sync tree other:/t" \
  "--json verify tree archive:/t" "--json mv archive:/f archive:/mv" \
  "--json mv archive:/mv other:/mv" "--json rm archive:/cp" "--json rm -r archive:/cp2" \
  "--json config path" "--json config schema" "--json check --list" \
  "--json bench --small 1 --large 1 --only stat archive"; do
  # shellcheck disable=SC2086
  full $arguments
done
printf 'three' >tree/3
full verify tree archive:/t

# Failures whose report in JSON cannot be written: their own message comes first.
for arguments in "stat archive:/nowhere" "cp archive:/nowhere archive:/x" "rm archive:/nowhere" \
  "stat archive:/f archive:/nowhere"; do
  code=0
  # shellcheck disable=SC2086
  "$berth" --json $arguments >/dev/full 2>err || code=$?
  expect_text "exit code of: --json $arguments >/dev/full" "$code" 1
  expect_line err "$message"
done

expect_text "what was put is whole" "$("$berth" cat archive:/put)" one
expect_text "what was fetched is whole" "$(cat got)" hi
expect_text "what was moved is whole" "$("$berth" cat other:/mv)" hi
expect_text "nothing is left of a copy" "$(find . -name '.berth*' -o -name '*.tmp')" ""

# No descriptor at all. A file that the command opens must not get its number.
code=0
"$berth" ls archive:/t >&- 2>err || code=$?
expect_text "exit code with a closed output" "$code" 1
expect_line err "cannot write the output: Bad file descriptor"
"$berth" cp archive:/put copied >&- 2>&- <&- || fail "a copy needs none of the descriptors"
expect_text "and no output gets into the file" "$(cat copied)" one
code=0
"$berth" put - archive:/none <&- 2>err || code=$?
expect_text "exit code with a closed input" "$code" 1
expect_code 3 "$berth" stat archive:/none

# stderr.
for arguments in "stat archive:/put" "cp archive:/put archive:/put2" "-v cp archive:/put archive:/put3" \
  "sync tree archive:/sync2"; do
  code=0
  # shellcheck disable=SC2086
  "$berth" $arguments >out 2>/dev/full || code=$?
  expect_text "exit code of: $arguments 2>/dev/full" "$code" 0
done
code=0
"$berth" stat archive:/nowhere >out 2>/dev/full || code=$?
expect_text "a failure keeps its exit code without stderr" "$code" 3

# A reader that leaves early.
for arguments in "ls -R archive:/many" "--json ls -R archive:/many" "--json cp -r tree-many archive:/again"; do
  if [ ! -d tree-many ]; then
    mkdir tree-many
    for i in $(seq 2000); do : >"tree-many/a-file-with-a-name-that-is-rather-long-$i"; done
    "$berth" -q cp -r tree-many archive:/many
  fi
  { # shellcheck disable=SC2086
    "$berth" -q $arguments 2>err
    echo $? >code
  } | head -n 1 >/dev/null
  expect_text "exit code of $arguments with no reader" "$(cat code)" 141
  expect_text "$arguments is quiet then" "$(cat err)" ""
done
finish
