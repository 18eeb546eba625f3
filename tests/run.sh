#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what a fresh Debian 12 lacks, builds, and runs every test: unit tests, the sanitizer builds,
# the conformance suite of each driver on its real server, the SDK outside this tree, the examples.
# Ends with one line: "N passed, N failed". Uses sudo where packages are missing and it is not run by root;
# some tests of the filesystem driver need root (mounts, limits).
#
#   sh tests/run.sh                   everything but full and sanitizers
#   sh tests/run.sh unit asan ...     only these stages, in this order; see the end of the file
#   sh tests/run.sh full              the conformance suite in full of every driver, plain and through faults
#   sh tests/run.sh sanitizers        the unit tests of every driver in both sanitizer builds
set -u
umask 022 # a plugin that others may write to is refused
cd "$(dirname "$0")/.." || exit 2
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
# A proxy or CA set for the desk must not reach servers on loopback.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY AWS_CA_BUNDLE

passed=0 failed=0 failures=""

say() { printf '\n== %s\n' "$*"; }
pass() { passed=$((passed + 1)); }
fail() { # fail WHAT
  failed=$((failed + 1)) failures="$failures  $1
"
  printf 'FAILED: %s\n' "$1"
}
check() { # check WHAT COMMAND...: one test, its output shown only when it fails
  what=$1; shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then pass; printf 'ok: %s\n' "$what"; else tail -n 60 "$log"; fail "$what"; fi
  rm -f "$log"
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_packages() {
  missing=""
  for package in $(cat examples/packages.txt tests/packages.txt); do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "installing$missing"
  as_root true || { echo "run.sh: only root can install these packages:$missing"; exit 2; }
  # No package may start a daemon of its own: the tests start theirs on loopback.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod +x /usr/sbin/policy-rc.d
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  log=$(mktemp)
  # shellcheck disable=SC2086
  { as_root apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1 ||
    { tail -n 20 "$log"; echo "run.sh: the packages could not be installed"; exit 2; }
  rm -f "$log"
}

build() { # build DIRECTORY meson-options...
  directory=$1; shift
  configure "$directory" "$@" >/dev/null || { fail "configure $directory"; return 1; }
  log=$(mktemp)
  if ninja -C "$directory" >"$log" 2>&1; then rm -f "$log"; pass; return 0; fi
  grep -E 'error|warning|FAILED' "$log" | head -n 40; rm -f "$log"
  fail "build $directory"; return 1
}

configure() { # configure DIRECTORY meson-options...: a folder of the quickstart has no tests yet
  directory=$1; shift
  [ -f "$directory/build.ninja" ] || { meson setup "$directory" "$@"; return; }
  meson introspect "$directory" --buildoptions |
    jq -e 'any(.[]; .name == "tests" and .value)' || meson configure "$directory" -Dtests=true
}

meson_tests() { # meson_tests DIRECTORY SUITE [meson-test-options...]: counts each test
  directory=$1 suite=$2; shift 2
  rm -f "$directory/meson-logs/testlog.json"
  meson test -C "$directory" --no-rebuild --suite "$suite" --print-errorlogs "$@" 2>&1 |
    grep -vE '^(ninja:|\[)' | tail -n 400
  [ -s "$directory/meson-logs/testlog.json" ] || { fail "$directory: suite $suite ran no test"; return; }
  ok=$(jq -r .result "$directory/meson-logs/testlog.json" | grep -cE '^(OK|EXPECTEDFAIL)$')
  all=$(jq -r .result "$directory/meson-logs/testlog.json" | wc -l)
  passed=$((passed + ok)) failed=$((failed + all - ok))
  failures="$failures$(jq -r --arg d "$directory" 'select(.result != "OK" and .result != "EXPECTEDFAIL") |
    "  \($d): \(.name) (\(.result))\n"' "$directory/meson-logs/testlog.json")"
}

# ---- Stages --------------------------------------------------------------------------------------

stage_format() {
  say "formatting"
  # shellcheck disable=SC2046
  check "clang-format" clang-format --dry-run -Werror $(git ls-files '*.cpp' '*.hpp' '*.h' '*.c')
}

stage_unit() {
  say "gcc: build and unit tests"
  build build || return
  check "every driver is built by default" every_plugin build
  meson_tests build unit
}

every_plugin() { # every_plugin DIRECTORY: each driver's folder has become a plugin there
  for folder in plugins/*/; do
    name=$(basename "$folder")
    case $name in common | bucket) continue ;; esac # shared code, no drivers
    [ -f "$1/plugins/$name.so" ] || { echo "$1/plugins/$name.so is missing"; return 1; }
  done
}

# The local drivers only, which is quick; stage_sanitizers takes every driver.
stage_asan() { address_sanitizer build-asan -Ddrivers=inmemory,filesystem; }
stage_tsan() { thread_sanitizer build-tsan -Ddrivers=inmemory,filesystem; }

stage_sanitizers() {
  address_sanitizer build-asan-all
  thread_sanitizer build-tsan-all
}

address_sanitizer() { # address_sanitizer DIRECTORY meson-options...
  say "clang, AddressSanitizer and UndefinedBehaviorSanitizer"
  directory=$1; shift
  CC=clang CXX=clang++ build "$directory" -Doptimization=1 -Ddebug=true -Db_sanitize=address,undefined \
    -Db_lundef=false -Dfuzz=true -Dexamples=false -Dcommand=false "$@" || return
  UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 meson_tests "$directory" unit --timeout-multiplier 5
}

thread_sanitizer() { # thread_sanitizer DIRECTORY meson-options...
  say "clang, ThreadSanitizer"
  directory=$1; shift
  CC=clang CXX=clang++ build "$directory" -Doptimization=1 -Ddebug=true -Db_sanitize=thread \
    -Db_lundef=false -Dexamples=false -Dcommand=false "$@" || return
  # Before a fork all locks of all drivers are taken; the deadlock detector fails at the 65th of a thread.
  TSAN_OPTIONS=halt_on_error=1:detect_deadlocks=0 meson_tests "$directory" unit --timeout-multiplier 8
}

stage_fuzz() {
  say "fuzz targets, a fixed number of runs"
  build build-asan && check "fuzz" sh tests/fuzz/run.sh build-asan 20000
}

servers="ceph keystone swift azurite oss"

stage_server() { on_servers server; }
stage_full() {
  export BERTH_SWIFT_TOKEN_CACHE=60 # Keystone needs a tenth of a second to look at a token
  on_servers full
}

on_servers() { # on_servers SUITE
  # Swift with a second proxy that trusts Keystone.
  export BERTH_SWIFT_KEYSTONE=http://127.0.0.1:18090
  say "real servers"
  build build || return
  for server in $servers; do
    script=tests/servers/$server.sh
    [ -f "$script" ] || continue
    if bash "$script" start >/dev/null && bash "$script" env >build/server.env; then
      set -a; . ./build/server.env; set +a
    else
      fail "start of the $server server"
    fi
  done
  meson_tests build "$1" --timeout-multiplier 3
  for server in $servers; do
    [ ! -f "tests/servers/$server.sh" ] || bash "tests/servers/$server.sh" stop >/dev/null
  done
}

stage_sdk() {
  say "the SDK as a package, outside this tree"
  check "installed SDK" sh tests/sdk/package.sh build
}

stage_examples() {
  say "the examples"
  check "quickstart" sh examples/quickstart.sh
  check "quickstart, a second time" sh examples/quickstart.sh
}

started=$(date +%s)
install_packages
times=""
for stage in ${*:-format unit asan tsan fuzz sdk examples server}; do
  begun=$(date +%s)
  "stage_$stage" || true
  times="$times, $stage $(($(date +%s) - begun))"
done

printf '\n'
[ "$failed" = 0 ] || printf 'failed:\n%s' "$failures"
printf 'took %s s%s\n' "$(($(date +%s) - started))" "$times"
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
