#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Without a thread or memory to be had, a command ends with a message and exit code 1, never with a
# signal, and what it wrote is whole or not there.
. "$(dirname "$0")/lib.sh"
head -c 3000000 /dev/urandom >big
"$berth" put big archive:/big

# no_signal LIMIT COMMAND...: neither killed nor aborted. 127: the program could not be loaded.
no_signal() {
  limit=$1
  shift
  code=0
  (ulimit -c 0; eval "$limit"; exec "$@") >out 2>err || code=$?
  case $code in
    0 | 1 | 127) ;;
    *) fail "exit code $code of $* under $limit: $(cat err)" ;;
  esac
}

for kib in 4000 12000 20000 24000 28000 32000 40000 60000 100000 200000; do
  no_signal "ulimit -v $kib" "$berth" ls archive:/
  no_signal "ulimit -v $kib" "$berth" --json ls archive:/
  no_signal "ulimit -v $kib" "$berth" cp big archive:/copy
  if "$berth" get archive:/copy copy 2>err; then
    cmp -s big copy || fail "a copy under $kib KiB is not whole"
  fi
done

# The limit of processes counts those of a user, and root has none.
if [ "$(id -u)" = 0 ] && command -v setpriv prlimit >/dev/null; then
  chmod -R a+rwX "$dir"
  chown 65534 berth.json
  code=0
  setpriv --reuid 65534 --regid 65534 --clear-groups prlimit --nproc=1 "$berth" ls archive:/ \
    >out 2>err || code=$?
  expect_text "exit code without a thread" "$code" 1
  expect_line err "berth: cannot start a thread; see ulimit -u and pids.max"
fi
finish
