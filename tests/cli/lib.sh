# SPDX-License-Identifier: Apache-2.0
#
# Sourced by each script of this folder, which is called with the command and the folder of the
# plugins: a private folder, a config with three stores, and checks that say what was expected.
set -u
berth=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
plugins=$2
dir=$(mktemp -d "${TMPDIR:-/tmp}/berth-cli-XXXXXX")
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 99
umask 022
cat >berth.json <<END
{ // two stores on the disk, one that forgets
  "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "default": "archive",
  "stores": {
    "archive": { "driver": "filesystem",
                 "parameters": { "rootdirectory": "$dir/archive", "fsync": false } },
    "other":   { "driver": "filesystem",
                 "parameters": { "rootdirectory": "$dir/other", "fsync": false } },
    "memory":  { "driver": "inmemory" }
  }
}
END
export BERTH_CONFIG="$dir/berth.json"
unset BERTH_DRIVER_PATH
failures=0

# with_flat_stores FAKES: archive as before, and on the driver flat of the tests
#   a, b, a-again      places that the driver does not report; a and a-again are one folder
#   known, known-again one folder, reported as one place
#   tenant             another folder, reported as that place
with_flat_stores() {
  mkdir flat && cp "$1/flat.so" flat/
  cat >berth.json <<END
{
  "plugins": { "directories": ["$plugins", "$dir/flat"], "allowuntrusted": true },
  "stores": {
    "a": { "driver": "flat", "parameters": { "folder": "$dir/a" } },
    "b": { "driver": "flat", "parameters": { "folder": "$dir/b" } },
    "a-again": { "driver": "flat", "parameters": { "folder": "$dir/a" } },
    "known": { "driver": "flat", "parameters": { "folder": "$dir/k", "address": "flat://k" } },
    "known-again": { "driver": "flat", "parameters": { "folder": "$dir/k", "address": "flat://k" } },
    "tenant": { "driver": "flat", "parameters": { "folder": "$dir/t", "address": "flat://k" } },
    "archive": { "driver": "filesystem",
                 "parameters": { "rootdirectory": "$dir/archive", "fsync": false } }
  }
}
END
}

fail() {
  echo "FAIL: $*" >&2
  failures=$((failures + 1))
}

# run COMMAND...: leaves its output in `out` and `err`, its exit code in $code.
run() {
  code=0
  "$@" >out 2>err || code=$?
}

# expect_code CODE COMMAND...
expect_code() {
  wanted=$1
  shift
  run "$@"
  [ "$code" = "$wanted" ] || fail "exit code $code instead of $wanted: $*: $(cat err)"
}

# expect_text WHAT ACTUAL WANTED
expect_text() {
  [ "$2" = "$3" ] || fail "$1
--- wanted
$3
--- got
$2"
}

# expect_line FILE TEXT: a line of the file holds the text.
expect_line() {
  grep -qF -- "$2" "$1" || fail "no line with \"$2\" in $1: $(cat "$1")"
}

# The last command of a script.
finish() {
  [ "$failures" = 0 ] || exit 1
}
