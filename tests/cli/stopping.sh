#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A signal leaves nothing half-written and exits with 130; a reader that goes away ends the command
# as SIGPIPE does, without a word.
. "$(dirname "$0")/lib.sh"

mkfifo in
# stopped_put ARGUMENT...: once the pipe has taken more than the kernel keeps, the command is
# reading, so it is at work.
stopped_put() {
  "$berth" put "$@" <in 2>err &
  child=$!
  exec 3>in
  head -c 20000000 /dev/zero >&3
  kill -TERM "$child"
  code=0
  wait "$child" || code=$?
  exec 3>&-
  expect_text "exit code after SIGTERM" "$code" 130
}
stopped_put - archive:/half
expect_code 3 "$berth" stat archive:/half
expect_text "nothing is left on the disk" "$(find archive -type f)" ""

printf 'abc' | "$berth" put - archive:/log
stopped_put --append - archive:/log
expect_text "an append is taken back" "$("$berth" cat archive:/log | wc -c)" 3
expect_text "and nothing is to be told" "$(cat err)" ""

# The upload that an append continues would go with it.
with_flat_stores "$3"
mkdir a && printf 'abc' >'a/!up~'
stopped_put --append - a:/up
expect_text "the upload is kept" "$(wc -c <'a/!up~')" 19922947
expect_line err "a:/up: the append ended early; only the first 19922944 of the new bytes were stored"
printf 'abc' | "$berth" put - a:/log
stopped_put --append - a:/log
expect_text "an append is taken back there too" "$("$berth" cat a:/log | wc -c)" 3
[ ! -e 'a/!log~' ] || fail "and leaves no upload"

# What a store lost cannot be said to be in.
printf 'abc' >'a/!gone~'
"$berth" put --append - a:/gone <in 2>err &
child=$!
exec 3>in
head -c 20000000 /dev/zero >&3
mv a 'a moved' && touch a
exec 3>&-
code=0
wait "$child" || code=$?
[ "$code" != 0 ] || fail "an append to a folder that is gone is no success"
expect_line err "the unfinished upload that it resumed no longer exists"
rm a && mv 'a moved' a

# Pipes that nobody reads are waited for, until the command is asked to stop.
mkfifo unread
printf 'abc' | "$berth" put - archive:/short
"$berth" get archive:/short unread 2>err &
child=$!
sleep 0.2
kill -TERM "$child"
code=0
wait "$child" || code=$?
expect_text "exit code after SIGTERM before a pipe" "$code" 130
"$berth" get archive:/short unread &
expect_text "a pipe that is read" "$(cat unread)" "abc"
wait

# Another name of the output is no file to be replaced.
ln -s /proc/self/fd/1 output
"$berth" get archive:/short output >got
expect_text "the output by another name" "$(cat got)" "abc"
[ -L output ] || fail "and the name stays"

head -c 9000000 /dev/zero >big
"$berth" put big archive:/big
for command in "cat archive:/big" "get archive:/big -"; do
  { # shellcheck disable=SC2086
    "$berth" $command 2>err
    echo $? >code
  } | head -c 10 >/dev/null
  expect_text "exit code of $command with no reader" "$(cat code)" 141
  expect_text "nothing is said" "$(cat err)" ""
done
finish
