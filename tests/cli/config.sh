#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# config check tells everything with its place, show hides secrets, schema knows the drivers.
. "$(dirname "$0")/lib.sh"

expect_code 0 "$berth" config check
expect_code 0 "$berth" config path
expect_text "config path" "$(cat out)" "$dir/berth.json"

cat >bad.json <<END
{
  "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "stores": {
    "a": { "driver": "filesystm" },
    "b": { "driver": "filesystem",
           "parameters": { "rootdirectoy": "/x", "maxthreads": "many" } }
  }
}
END
expect_code 5 "$berth" --config bad.json config check
expect_line out "bad.json:4:22: /stores/a/driver: "
expect_line out 'did you mean "filesystem"?'
expect_line out "bad.json:6:28: /stores/b/parameters/rootdirectoy: "
expect_line out "bad.json:6:50: /stores/b/parameters/maxthreads: "
expect_code 5 "$berth" --config bad.json --json config check
expect_line out '"pointer":"/stores/a/driver","severity":"error"'

cat >both.json <<END
{
  "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "logs": {},
  "stores": {
    "a": { "driver": "filesystem", "parameters": { "rootdirectoy": "/x" } },
    "b": { "driver": "filesystem", "limits": { "parallel": 0 } }
  }
}
END
expect_code 5 "$berth" --config both.json config check
expect_text "one check tells what is wrong with the keys and with the parameters" \
  "$(sed 's|.*/both.json:\([0-9]*\):[0-9]*: \([^:]*\).*|\1 \2|' out)" "3 /logs
5 /stores/a/parameters/rootdirectoy
6 /stores/b/limits/parallel"

# A relative path in a config counts from the config's folder.
mkdir elsewhere nested
cat >nested/relative.json <<END
{ "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "stores": { "r": { "driver": "filesystem", "parameters": { "rootdirectory": "data" } } } }
END
printf x >one
(cd elsewhere && "$berth" --config ../nested/relative.json cp ../one r:/one) || fail "cp failed"
[ -f nested/data/one ] || fail "a relative rootdirectory counts from the config file"

cat >missing.json <<END
{ "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "stores": { "r": { "driver": "filesystem", "parameters": {
    "rootdirectory": { "env": "BERTH_TEST_UNSET" }, "maxthreads": { "file": "gone" } } } } }
END
expect_code 0 "$berth" --config missing.json config check
expect_line out "rootdirectory: warning: parameter rootdirectory: the environment variable BERTH_TEST_UNSET is not set"
expect_line out "maxthreads: warning: parameter maxthreads: the file $dir/gone cannot be opened"

chmod go+w bad.json
expect_code 5 "$berth" --config bad.json ls
expect_line err "may be written by others"

cat >secret.json <<END
{ "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "stores": { "c": { "driver": "unknown", "parameters": { "key": "hunter2", "n": { "env": "N" } } } } }
END
expect_code 0 "$berth" --config secret.json config show
grep -q hunter2 out && fail "a secret is shown"
expect_line out '"env": "N"'

expect_code 0 "$berth" config schema
expect_line out '"rootdirectory"'
expect_line out 'https://json-schema.org/draft/2020-12/schema'
python3 -c 'import json; json.load(open("out"))' || fail "the schema is JSON"

# Of drivers that may be anywhere nothing can be said.
cat >wrong.json <<END
{ "plugin": { "directories": ["$plugins"] }, "stores": { "a": { "driver": "anything" } } }
END
expect_code 5 "$berth" --config wrong.json config check
expect_line out 'did you mean "plugins"?'
expect_text "one mistake is told" "$(grep -c : out)" 1

mkdir none
expect_code 5 "$berth" --plugins none ls
expect_line err "StorageDriver not registered: filesystem"
expect_code 0 "$berth" --plugins none drivers
expect_text "no plugins" "$(cat out)" "No plugin files in $dir/none."

expect_code 0 "$berth" drivers
expect_line out "filesystem  usable"
expect_code 0 "$berth" describe filesystem
expect_line out "rootdirectory"
expect_line out "a local path"
expect_line out "read_ranges"
expect_code 0 "$berth" --json describe filesystem
expect_text "a path is marked in JSON" "$(jq -c '.parameters[] | select(.key == "rootdirectory") | .path' out)" true

expect_code 0 env LD_DEBUG=files "$berth" ls
expect_text "ls loads one plugin" "$(grep -c 'generating link map' err)" \
  "$(env LD_DEBUG=files "$berth" config path 2>&1 | grep -c 'generating link map' |
    awk '{print $1 + 1}')"
finish
