#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# put, cat and get carry bytes from and to files and pipes, whole or not at all.
. "$(dirname "$0")/lib.sh"

head -c 5000000 /dev/urandom >big

expect_code 0 "$berth" put big archive:/x/
"$berth" cat archive:/x/big | cmp - big || fail "cat gives back what was put"

expect_code 0 "$berth" get archive:/x/big copy
cmp big copy || fail "get gives back what was put"
mkdir folder
expect_code 0 "$berth" get archive:/x/big folder
cmp big folder/big || fail "get into a folder"
"$berth" get archive:/x/big - | cmp - big || fail "get to the output"

"$berth" put - archive:/piped <big
"$berth" cat archive:/piped | cmp - big || fail "put from a pipe"

printf 'abc' | "$berth" put - archive:/log
printf 'def' | "$berth" put --append - archive:/log
mkfifo fifo
"$berth" put fifo archive:/fifo &
cat big >fifo
wait $! || fail "put from a named pipe"
"$berth" cat archive:/fifo | cmp - big || fail "put waits for the end of a named pipe"
for name in /dev/stdin /dev/fd/0 /proc/self/fd/0; do
  printf 'abc' | "$berth" put "$name" archive:/descriptor
  expect_text "put from $name" "$("$berth" cat archive:/descriptor)" "abc"
done
expect_code 2 "$berth" put folder archive:/folder
expect_line err "folder is a folder; store it with cp -r"

expect_text "append adds" "$("$berth" cat archive:/log)" "abcdef"
expect_text "offset and length" "$("$berth" cat --offset 2 --length 3 archive:/log)" "cde"

expect_code 0 "$berth" -v cat archive:/log archive:/piped archive:/log
expect_text "a store is opened once for all places" "$(grep -c 'filesystem.open(' err)" 1

expect_code 1 "$berth" put --create-only big archive:/log
expect_text "create-only leaves what is there" "$("$berth" cat archive:/log)" "abcdef"

# Attributes and conditions: what the store cannot keep or check is refused, and nothing is written.
expect_code 1 "$berth" put --metadata owner=ci big archive:/attributes
expect_code 1 "$berth" put --header 'Cache-Control: no-cache' big archive:/attributes
expect_code 1 "$berth" put --if-match '"e"' big archive:/attributes
expect_code 3 "$berth" stat archive:/attributes
expect_code 0 "$berth" put --metadata owner=ci --metadata Name=' two ' --header 'Content-Type: text/plain' big memory:/x
expect_code 2 "$berth" put --header 'X-Odd: 1' big memory:/x
expect_line err "for other names use --metadata"
expect_code 2 "$berth" put --header 'no colon' big memory:/x
expect_code 2 "$berth" put --metadata owner big memory:/x
expect_code 2 "$berth" put --metadata Content-Type=text/plain big memory:/x
expect_line err "content-type is a header; use --header"
expect_code 2 "$berth" put --content-type text/plain --header 'content-type: text/html' big memory:/x
expect_line err 'the attribute "content-type" is given twice'

expect_code 3 "$berth" get archive:/nowhere kept
[ ! -e kept ] || fail "a failed get leaves no file"
printf 'old' >kept
expect_code 3 "$berth" get archive:/nowhere kept
expect_text "a failed get leaves the old file" "$(cat kept)" "old"
[ -z "$(ls -A | grep '^\.berth-')" ] || fail "temporary files stay: $(ls -A)"

# The kernel reports the size of such a file as 0.
expect_code 0 "$berth" put /proc/version archive:/version
"$berth" cat archive:/version | cmp - /proc/version || fail "put of a file without a size"
expect_code 0 "$berth" cp /proc/version archive:/copied
"$berth" cat archive:/copied | cmp - /proc/version || fail "cp of a file without a size"

expect_code 2 "$berth" put - archive:/folder/

limited() { # with files of at most 1 MB
  (ulimit -f 2000 && exec "$@")
}
expect_code 1 limited "$berth" put big archive:/limited
expect_line err "File too large"
[ -z "$(find archive -name '.berth~*')" ] || fail "a put that was too large leaves no file"
expect_code 1 limited "$berth" get archive:/x/big limited
expect_line err "File too large"
for command in "get archive:/x/big kept" "cp archive:/x/big kept" "sync archive:/x into"; do
  mkdir -p into && printf 'old' >into/big && printf 'old' >kept
  # shellcheck disable=SC2086
  expect_code 1 limited "$berth" $command
  expect_text "$command leaves the old file" "$(cat kept into/big)" "oldold"
done
[ -z "$(find . -name '.berth-*')" ] || fail "a download that was too large leaves no file"

mkfifo pipe
cat pipe >through &
expect_code 0 "$berth" get archive:/x/big pipe
[ -p pipe ] && wait || kill $! # a reader of a pipe that is gone waits for ever
[ -p pipe ] || fail "a pipe stays a pipe"
cmp big through || fail "get into a pipe"
printf 'old' >real && ln -s real link
expect_code 0 "$berth" get archive:/log link
expect_text "a link is replaced, not followed" "$(cat real) $(cat link)" "old abcdef"
finish
