#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A signal leaves nothing half-written and exits with 130; a reader that goes away ends the command
# as SIGPIPE does, without a word.
. "$(dirname "$0")/lib.sh"

# Once the pipe has taken more than the kernel keeps, the command is reading, so it is at work.
mkfifo in
"$berth" put - archive:/half <in &
child=$!
exec 3>in
head -c 9000000 /dev/zero >&3
kill -TERM "$child"
code=0
wait "$child" || code=$?
exec 3>&-
expect_text "exit code after SIGTERM" "$code" 130
expect_code 3 "$berth" stat archive:/half
expect_text "nothing is left on the disk" "$(find archive -type f)" ""

head -c 9000000 /dev/zero >big
"$berth" put big archive:/big
for verb in "cat archive:/big" "get archive:/big -"; do
  { # shellcheck disable=SC2086
    "$berth" $verb 2>err
    echo $? >code
  } | head -c 10 >/dev/null
  expect_text "exit code of $verb with no reader" "$(cat code)" 141
  expect_text "nothing is said" "$(cat err)" ""
done
finish
