#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A local folder in the root of a store, and a store in the root of another, are recognised.
. "$(dirname "$0")/lib.sh"
cat >berth.json <<END
{
  "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "stores": {
    "archive": { "driver": "filesystem",
                 "parameters": { "rootdirectory": "$dir/archive", "fsync": false } },
    "again":   { "driver": "filesystem",
                 "parameters": { "rootdirectory": "$dir/link", "fsync": false } },
    "inner":   { "driver": "filesystem",
                 "parameters": { "rootdirectory": "$dir/archive/d", "fsync": false } }
  }
}
END
mkdir -p archive/d
ln -s archive link
printf 'precious' | "$berth" put - archive:/d/f

expect_code 2 "$berth" mv archive:/d/f again:/d/f
expect_line err "archive:/d/f and again:/d/f are one place"
expect_code 2 "$berth" mv archive:/d/f inner:/f
expect_code 2 "$berth" cp archive:/d/f link/d/f
expect_code 2 "$berth" sync --delete archive/d archive:/
expect_line err "from where it would be removed"
expect_code 2 "$berth" sync archive:/ archive/d/copy
expect_line err "lies inside the source"
expect_code 2 "$berth" put --append archive/d/f inner:/f
expect_code 2 "$berth" get inner:/f archive/d/f
expect_text "nothing was lost" "$("$berth" cat inner:/f)" precious

expect_code 0 "$berth" mv archive:/d/f inner:/g
expect_text "a move into the inner store" "$("$berth" cat archive:/d/g)" precious
expect_code 3 "$berth" stat inner:/f
expect_code 0 "$berth" mv inner:/g archive:/h
expect_text "and out of it" "$("$berth" cat archive:/h)" precious
expect_code 3 "$berth" stat inner:/g
finish
