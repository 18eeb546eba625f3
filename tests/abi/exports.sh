#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What a build exports: libberth only names of berth::, a plugin only its drivers. A weak symbol of a
# header-only library that leaks here would be shared between plugins that were built apart.
#
#   sh tests/abi/exports.sh LIBBERTH PLUGIN...
set -eu
command -v nm >/dev/null || { echo "exports.sh: nm is missing: install the package binutils"; exit 1; }
failed=0
library=$1
shift

exported() { nm --dynamic --defined-only --demangle "$1" | cut -d' ' -f3-; }
complain() { printf 'exports.sh: %s\n' "$*"; failed=1; }

# lines FILE ALLOWED: what the file exports beside the allowed
others=$(exported "$library" |
  grep -vE '^((typeinfo|typeinfo name|vtable|VTT|guard variable) for |(non-)?virtual thunk to )?berth::' || true)
[ -z "$others" ] || complain "$library exports names of others:
$others"
exported "$library" | grep -q '^berth::' || complain "$library exports nothing of berth::"
nm --dynamic --undefined-only "$library" | grep -E ' (curl_|SSL_|EVP_|RSA_)' &&
  complain "$library uses curl or OpenSSL: it must leave both to the plugins"

for plugin in "$@"; do
  others=$(exported "$plugin" | grep -vE '^berth_driver_v[0-9]+_[a-z][a-z0-9_]*$' || true)
  [ -z "$others" ] || complain "$plugin exports more than its drivers:
$others"
  exported "$plugin" | grep -q '^berth_driver_v1_' || complain "$plugin exports no driver"
  dynamic=$(readelf --dynamic --wide "$plugin")
  echo "$dynamic" | grep -q 'FLAGS_1.*NODELETE' || complain "$plugin is not marked NODELETE"
  echo "$dynamic" | grep -q 'FLAGS.*BIND_NOW\|FLAGS_1.*NOW' || complain "$plugin is bound lazily"
  echo "$dynamic" | grep -q 'TEXTREL' && complain "$plugin has text relocations"
  echo "$dynamic" | grep -E 'R(UN)?PATH' | grep -v '\[\$ORIGIN' && complain "$plugin has a run path"
done
[ "$failed" = 0 ] || exit 1
echo "exports of $library and $# plugins are as they should be"
