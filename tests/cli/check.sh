#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# check runs each test of the conformance suite in a child: a driver that crashes costs one test,
# is told with the signal's name, and the next test runs.
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
[ "$(grep -c '^FAIL' out)" -gt 1 ] || fail "the tests behind a crash run: $(cat out)"

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
expect_code 2 "$berth" check archive --only plugin/

expect_code 5 "$berth" check --plugin "$plugins/filesystem.so" --parameters '{"rootdirectoy": "x"}'
expect_line err 'did you mean "rootdirectory"?'
expect_code 2 "$berth" check --plugin "$plugins/filesystem.so" --parameters '{bad'
expect_line err "--parameters is not JSON: "
expect_code 2 "$berth" check
expect_code 2 "$berth" check archive --only nonsense
expect_code 5 "$berth" check nonsense
expect_code 2 "$berth" check archive:/folder
expect_line err "takes a whole one: archive"
finish
