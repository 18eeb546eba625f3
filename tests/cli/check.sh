#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# check runs each test of the conformance suite in a child: a driver that crashes costs one test, is
# reported with the signal, the operation and the command that repeats the test, and the next test runs.
. "$(dirname "$0")/lib.sh"
fakes=$3

expect_code 0 "$berth" check --list
expect_line out "basic/"

expect_code 0 "$berth" check archive --quick --only basic/
expect_line out "ok    basic/"
expect_line out " 0 failed"
expect_code 0 "$berth" ls archive:
expect_text "nothing is left" "$(cat out)" ""

expect_code 0 "$berth" check --quick --only basic/ --plugin "$plugins/inmemory.so" --json
expect_line out '"status":"passed"'

expect_code 1 "$berth" check --quick --only basic/ --plugin "$fakes/crash_put.so"
expect_line out "crashed: SIGABRT (Aborted)"
expect_line out 'in put of "/conformance-'
[ "$(grep -c '^FAIL' out)" -gt 1 ] || fail "the tests behind a crash run: $(cat out)"

# The command of a failure repeats that one test in its own process: here it crashes.
run "$berth" check --quick --seed 7 --only basic/round-trip --plugin "$fakes/crash_put.so"
repeat=$(sed -n 's/^ *to repeat: berth //p' out)
expect_text "the command that repeats the test" "$repeat" \
  "check --plugin $fakes/crash_put.so --seed 7 --quick --one basic/round-trip"
run sh -c "exec '$berth' $repeat"
expect_text "the exit code of the test that was repeated" "$code" 134
expect_code 0 "$berth" check archive --quick --one basic/round-trip
expect_text "the result of one test" "$(cat out)" "ok    basic/round-trip"
expect_code 1 "$berth" check --quick --only basic/round-trip --plugin "$fakes/crash_put.so" --json
expect_line out '"repeat":"berth '
mkdir folder # the fake reports no times
expect_code 1 "$berth" check --quick --only basic/stat-file --plugin "$fakes/flat.so" \
  --parameters "{\"folder\": \"$dir/folder\"}"
expect_line out " --parameters ... --seed 1"

# What a driver borrowed for a call is gone when the call returned: here it is used afterwards.
expect_code 1 "$berth" check --quick --only writer/size --plugin "$fakes/keeps_call.so"
expect_line out 'crashed: SIGSEGV (Segmentation fault) in writer_write of "/conformance-'
expect_line out ": the driver used a berth_call or berth_error after its call had returned"
run "$berth" check --quick --one writer/size --plugin "$fakes/keeps_call.so"
expect_text "the exit code of a crash" "$code" 139
expect_line err "the driver used a berth_call or berth_error after its call had returned"

# Standard output belongs to the program, the result of the test goes elsewhere.
expect_code 1 "$berth" check --quick --only basic/root-exists --plugin "$fakes/prints.so"
expect_line out 'basic/root-exists: the driver wrote 20 bytes to standard output'
expect_line out '"the fake was opened"'
expect_code 1 "$berth" check --quick --only basic/round-trip --plugin "$fakes/exits.so"
expect_line out 'the process exited with code 0 in put of "/conformance-'

# Names that break the path grammar are stored by a command of the driver's author.
mkdir planted
plant="mkdir -p \"$dir/planted\${1%/*}\" && cat >\"$dir/planted\$1\""
in_planted="{\"rootdirectory\": \"$dir/planted\"}"
expect_code 0 "$berth" check --quick --only names/unnameable --plugin "$plugins/filesystem.so" \
  --parameters "$in_planted" --plant "$plant"
expect_line out "2 passed, 0 failed, 0 skipped"
expect_code 0 "$berth" check --quick --only names/unnameable --plugin "$plugins/filesystem.so" \
  --parameters "$in_planted" --plant "exit 77"
expect_line out "the service cannot store names that break the path grammar"
expect_code 1 "$berth" check --quick --only names/unnameable --plugin "$plugins/filesystem.so" \
  --parameters "$in_planted" --plant "echo no access; exit 3"
expect_line out "the plant command exited with code 3 for "
expect_line out "no access"
expect_line out " --plant ... "
expect_code 0 "$berth" check archive --quick --only names/unnameable
expect_line out "berth check needs --plant COMMAND"

# How a plugin is linked is a test too, of its file.
expect_code 0 "$berth" check --list --plugin "$plugins/inmemory.so" --only plugin/
expect_line out "plugin/linking: "
for plugin in "$plugins"/*.so; do
  expect_code 0 "$berth" check --only plugin/ --plugin "$plugin"
  expect_line out "ok    plugin/linking"
done
expect_code 1 "$berth" check --only plugin/ --plugin "$fakes/careless.so"
expect_line out "it exports careless_helper (1 in all) beside its driver"
expect_line out "it can be unloaded while its threads run: link it with -Wl,-z,nodelete"
expect_line out "it looks for its libraries in /opt/careless/lib,"
expect_code 1 "$berth" check --only plugin/ --plugin "$fakes/static_tls.so"
expect_line out "(DF_STATIC_TLS)"
expect_code 2 "$berth" check archive --only plugin/

expect_code 5 "$berth" check --plugin "$plugins/filesystem.so" --parameters '{"rootdirectoy": "x"}'
expect_line err 'did you mean "rootdirectory"?'
expect_code 2 "$berth" check --plugin "$plugins/filesystem.so" --parameters '{bad'
expect_line err "--parameters is not JSON: "
expect_code 2 "$berth" check
expect_code 2 "$berth" check archive --only nonsense
expect_code 5 "$berth" check nonsense
expect_code 2 "$berth" check archive:/folder
expect_line err "takes a whole store: archive"
finish
