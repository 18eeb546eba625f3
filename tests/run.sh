#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs the packages that are missing on Debian 12, builds, and runs every test: unit tests, the sanitizer
# builds, each driver on its real server, the installed SDK, the examples. The last line is
# "N passed, N failed"; above it is a table of what each stage took. Packages are installed with sudo unless
# root runs the script. Some tests of the filesystem driver need root (mounts, limits).
#
#   sh tests/run.sh                   what CI runs: format unit asan tsan fuzz sdk examples server
#   sh tests/run.sh unit asan ...     only these stages, in this order
#   sh tests/run.sh full              the whole conformance suite on every driver, without and with injected faults
#   sh tests/run.sh sanitizers        the unit tests of every driver in both sanitizer builds
#   sh tests/run.sh tidy              clang-tidy on the files that changed, before a merge
#   sh tests/run.sh tidy_all          clang-tidy on every file
set -u
umask 022 # plugins that other users may replace are rejected
cd "$(dirname "$0")/.." || exit 2
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
# A proxy or CA bundle of the user must not be used for servers on loopback.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY AWS_CA_BUNDLE

passed=0 failed=0 failures=""

say() { printf '\n== %s\n' "$*"; }
pass() { passed=$((passed + 1)); }
fail() { # fail WHAT
  failed=$((failed + 1)) failures="$failures  $1
"
  printf 'FAILED: %s\n' "$1"
}
check() { # check WHAT COMMAND...: one test; its output is shown only if it fails
  what=$1; shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then pass; printf 'ok: %s\n' "$what"; else tail -n 60 "$log"; fail "$what"; fi
  rm -f "$log"
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

can_be_root() { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo true; }; }

install_packages() {
  missing=""
  for package in $(cat examples/packages.txt tests/packages.txt); do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  can_be_root || { echo "run.sh: packages are missing, and this user cannot install them (no root, no sudo); run as root:" \
    "apt-get install --no-install-recommends$missing"; exit 2; }
  say "installing$missing"
  # The packages must not start daemons: the tests start their own servers, on loopback.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod +x /usr/sbin/policy-rc.d
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  log=$(mktemp)
  # shellcheck disable=SC2086
  { as_root apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1 ||
    { tail -n 20 "$log"; echo "run.sh: apt-get could not install the packages:$missing"; exit 2; }
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

configure() { # configure DIRECTORY meson-options...: turns the tests on in the build folder of the quickstart
  directory=$1; shift
  [ -f "$directory/build.ninja" ] || { meson setup "$directory" "$@"; return; }
  meson introspect "$directory" --buildoptions |
    jq -e 'any(.[]; .name == "tests" and .value)' || meson configure "$directory" -Dtests=true
}

meson_tests() { # meson_tests DIRECTORY SUITE [meson-test-options...]: counts every test of the suite
  directory=$1 suite=$2; shift 2
  rm -f "$directory/meson-logs/testlog.json"
  meson test -C "$directory" --no-rebuild --suite "$suite" --print-errorlogs "$@" 2>&1 |
    grep -vE '^(ninja:|\[)' | tail -n 400
  [ -s "$directory/meson-logs/testlog.json" ] || { fail "suite $suite in $directory: no test ran"; return; }
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

every_plugin() { # every_plugin DIRECTORY: it contains a plugin for each driver of the source tree
  for folder in plugins/*/; do
    name=$(basename "$folder")
    case $name in common | bucket) continue ;; esac # shared code, no drivers
    [ -f "$1/plugins/$name.so" ] || { echo "$1/plugins/$name.so is missing"; return 1; }
  done
}

# The naming rules and the bug checks of .clang-tidy, on the C++ files that differ from the main branch; on the main
# branch, from the commit before. $BERTH_TIDY_BASE is another commit to compare with. About 4 s per file.
stage_tidy() {
  main=$(git merge-base HEAD main 2>/dev/null)
  [ "$main" != "$(git rev-parse HEAD)" ] || main=$(git rev-parse -q --verify HEAD~1)
  base=${BERTH_TIDY_BASE:-$main}
  [ -n "$base" ] || { stage_tidy_all; return; }
  say "clang-tidy: the files that changed since $(git rev-parse --short "$base")"
  # Of a changed header, the source of the same name.
  clang_tidy "$(git diff --name-only --diff-filter=d "$base" -- '*.cpp' '*.hpp' | sed 's/\.hpp$/.cpp/' | sort -u)"
}

stage_tidy_all() { # about 15 minutes on two cores
  say "clang-tidy: every file"
  clang_tidy "$(git ls-files '*.cpp')"
}

clang_tidy() { # clang_tidy FILES: those that are compiled in the folder build
  build build || return
  printf '%s\n' "$1" | sort >build/changed-files
  jq -r '.[].file' build/compile_commands.json | sed 's|^\.\./||' | sort -u | comm -12 - build/changed-files >build/tidy-files
  check "clang-tidy, $(wc -l <build/tidy-files) files" \
    xargs -r -a build/tidy-files -P "$(nproc)" -n 1 clang-tidy -p build --quiet
}

# Only the local drivers, which is quick; stage_sanitizers has every driver.
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
  # A fork takes the locks of all drivers; the deadlock detector aborts when one thread holds more than 64.
  TSAN_OPTIONS=halt_on_error=1:detect_deadlocks=0 meson_tests "$directory" unit --timeout-multiplier 8
}

stage_fuzz() {
  say "fuzz targets, 20000 runs each"
  build build-asan && check "fuzz" sh tests/fuzz/run.sh build-asan 20000
}

servers="ceph keystone swift azurite oss"

stage_server() { on_servers server; }
stage_full() {
  export BERTH_SWIFT_TOKEN_CACHE=60 # Keystone takes 0.1 s to validate a token
  on_servers full
}

on_servers() { # on_servers SUITE
  # Swift gets a second proxy, which authenticates with Keystone.
  export BERTH_SWIFT_KEYSTONE=http://127.0.0.1:18090
  say "real servers"
  build build || return
  for server in $servers; do
    script=tests/servers/$server.sh
    [ -f "$script" ] || continue
    if bash "$script" start >/dev/null && bash "$script" env >build/server.env; then
      set -a; . ./build/server.env; set +a
    else
      fail "start of the server $server"
    fi
  done
  meson_tests build "$1" --timeout-multiplier 3
  for server in $servers; do
    [ ! -f "tests/servers/$server.sh" ] || bash "tests/servers/$server.sh" stop >/dev/null
  done
}

stage_sdk() {
  say "the installed SDK, outside this tree"
  check "installed SDK" sh tests/sdk/package.sh build
}

stage_examples() {
  say "the examples"
  check "quickstart" sh examples/quickstart.sh
  check "quickstart, a second time" sh examples/quickstart.sh
}

stages=${*:-format unit asan tsan fuzz sdk examples server}
for stage in $stages; do
  command -v "stage_$stage" >/dev/null && continue
  echo "run.sh: there is no stage \"$stage\"; the stages are:" $(sed -n 's/^stage_\([a-z_]*\)().*/\1/p' tests/run.sh)
  exit 2
done
started=$(date +%s)
install_packages
table=""
for stage in $stages; do
  begun=$(date +%s) before_passed=$passed before_failed=$failed
  "stage_$stage" || true
  table="$table$(printf '%-12s %5s s %6s passed %4s failed' "$stage" "$(($(date +%s) - begun))" \
    "$((passed - before_passed))" "$((failed - before_failed))")
"
done

printf '\n'
[ "$failed" = 0 ] || printf 'failed:\n%s' "$failures"
printf '%s%-12s %5s s\n' "$table" total "$(($(date +%s) - started))"
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
