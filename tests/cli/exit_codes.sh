#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The exit codes that --help promises.
. "$(dirname "$0")/lib.sh"

printf 'x' | "$berth" put - archive:/x

expect_code 0 "$berth" --help
expect_line out "Exit codes:"
expect_code 0 "$berth" --version
expect_code 0 "$berth" cp --help
grep -q "Exit codes:" out && fail "the help of a command repeats the help of the whole"
mkfifo pipe
expect_code 1 "$berth" cp pipe archive:/pipe
expect_line err "it is a pipe, not a file"
expect_code 0 "$berth" rm -f archive:/nowhere

expect_code 1 "$berth" stat archive:/x archive:/nowhere
expect_line out "size      1 (1 B)"
expect_code 1 "$berth" url archive:/x
expect_line err "filesystem: url /x: this driver does not support URLs"

expect_code 2 "$berth"
expect_line err "no command given; see berth --help"
expect_code 2 "$berth" config
expect_line err "no command given; see berth config --help"
expect_code 2 "$berth" config nonsense
expect_line err 'unknown command "config nonsense"; see berth config --help'
expect_code 2 "$berth" --nonsense
expect_line err "unknown option --nonsense; see berth --help"
expect_code 2 "$berth" --config
expect_line err "--config"
expect_code 2 "$berth" nonsense
expect_line err 'unknown command "nonsense"; see berth --help'
expect_code 2 "$berth" ls --nonsense
expect_line err "--nonsense"
expect_code 2 "$berth" rm x
expect_code 2 "$berth" stat archive:x
expect_line err 'write archive:/x or ./archive:x'
expect_code 2 "$berth" stat archive:/a//b
expect_code 2 "$berth" rm archive:/
expect_code 2 "$berth" bench --only nonsense archive

expect_code 3 "$berth" stat archive:/nowhere
expect_code 3 "$berth" cat archive:/nowhere
expect_code 3 "$berth" ls archive:/nowhere
expect_code 3 "$berth" rm archive:/nowhere
expect_code 3 "$berth" cp ./nowhere archive:/y
expect_text "a path is said once" "$(head -n 1 err)" "berth: ./nowhere: Path not found"
printf 'x' | "$berth" put - archive:/d/f
expect_code 2 "$berth" get archive:/d
expect_line err "archive:/d is a folder; fetch it with cp -r"
expect_code 2 "$berth" cat archive:/d
expect_line err "archive:/d is a folder"
expect_code 2 "$berth" tree archive:/x
expect_line err "archive:/x is a file"
expect_code 2 "$berth" verify archive:/x archive:/d
expect_line err "archive:/x is a file; verify works on folders"
expect_code 2 "$berth" verify archive:/d archive:/x
expect_line err "archive:/x is a file; verify works on folders"
printf 'x' >file
expect_code 1 "$berth" get archive:/x file/x
expect_line err "write file/x: a file lies where a folder is needed"
expect_code 3 "$berth" --json stat archive:/nowhere
expect_line out '"exit":3'

ln -s /etc archive/outside
expect_code 4 "$berth" cat archive:/outside/passwd
expect_line err "leads out of the root directory through a symbolic link"
rm archive/outside

# Port 1 of this machine: nobody listens there. A build may leave out the drivers that need a network.
if [ -f "$plugins/s3.so" ]; then
cat >away.json <<END
{ "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "stores": { "away": { "driver": "s3", "parameters": {
    "regionendpoint": "http://127.0.0.1:1", "bucket": "b", "accesskey": "a",
    "secretkey": { "env": "AWAY_SECRET" }, "proxy": "none", "maxretries": 0 } } } }
END
expect_code 6 env AWAY_SECRET=s "$berth" --config ./away.json stat away:/x
expect_line err "cannot connect to 127.0.0.1:1: Connection refused"
expect_code 5 env -u AWAY_SECRET "$berth" --config ./away.json stat away:/x
expect_line err "AWAY_SECRET"
fi

expect_code 5 "$berth" ls archiv:
expect_line err 'did you mean "archive"?'
expect_code 5 "$berth" describe nonsense
expect_code 5 "$berth" --config ./nowhere.json ls
expect_code 5 env -u BERTH_CONFIG XDG_CONFIG_HOME="$dir/none" "$berth" ls
expect_line err "no config file"
finish
