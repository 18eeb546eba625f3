# SPDX-License-Identifier: Apache-2.0
#
# Shared by the server scripts of this folder, which source it with $dir set to their private folder.
# Every server has a pid file $dir/run/NAME.pid and a log $dir/run/NAME.log.

# Reads the process state because `kill -0` also succeeds for a zombie.
running() { grep -q "^State:[[:space:]]*[^ZX[:space:]]" "/proc/$1/status" 2>/dev/null; }

# The process of a pid file is our server only if its arguments or environment contain our folder.
alive() { # alive NAME
  [ -s "$dir/run/$1.pid" ] || return 1
  local pid; pid=$(cat "$dir/run/$1.pid")
  running "$pid" && grep -qsF -- "$dir" "/proc/$pid/cmdline" "/proc/$pid/environ"
}

launch() { # launch NAME COMMAND...
  local name=$1; shift
  mkdir -p "$dir/run"
  BERTH_SERVER_DIR=$dir setsid "$@" >"$dir/run/$name.log" 2>&1 </dev/null &
  local pid=$! i
  echo "$pid" >"$dir/run/$name.pid"
  # Before exec, the process does not look like our server to alive(), so wait for that.
  for ((i = 0; i < 500; i++)); do
    if alive "$name" || ! running "$pid"; then break; fi
    sleep 0.01
  done
}

wait_http() { # wait_http NAME URL [CODE]: until the URL answers (with CODE), 2 min at most
  local name=$1 url=$2 want=${3:-} code end=$((SECONDS + 120))
  while [ $SECONDS -lt $end ]; do
    code=$(curl -sk -m 2 -o /dev/null -w '%{http_code}' "$url" || true)
    [ "$code" != 000 ] && [ "$code" = "${want:-$code}" ] && return 0
    alive "$name" || break
    sleep 0.05
  done
  echo "$(basename "$0"): $name does not answer at $url (last HTTP status: $code); the end of its log:" >&2
  tail -n 15 "$dir/run/$name.log" >&2
  return 1
}

stop_server() { # stop_server NAME: TERM, after 5 s KILL
  local name=$1 pid i
  if alive "$name"; then
    pid=$(cat "$dir/run/$name.pid")
    kill "$pid" 2>/dev/null || true
    for ((i = 0; i < 250; i++)); do running "$pid" || break; sleep 0.02; done
    running "$pid" && kill -9 "$pid" 2>/dev/null
  fi
  rm -f "$dir/run/$name.pid"
}
