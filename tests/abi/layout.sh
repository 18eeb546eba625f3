#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Compares the debug information of driver.h with the one that was committed, and looks for holes.
# There is no suppression file on purpose: the usual one for appended members also hides a changed
# return type. A release that appends members regenerates the description in the same commit:
#
#   sh tests/abi/layout.sh              compare with tests/abi/berth-1.abi
#   sh tests/abi/layout.sh regenerate   write it anew
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
need() { command -v "$1" >/dev/null || { echo "layout.sh: $1 is missing: install the package $2"; exit 1; }; }
need gcc gcc
need abidiff abigail-tools
need pahole dwarves

# -O0 and DWARF 4: what the tools of Debian 12 read without loss.
gcc -std=c11 -g -gdwarf-4 -O0 -fPIC -Isdk/include -c tests/abi/witness.c -o "$work/witness.o"
gcc -shared "$work/witness.o" -o "$work/libwitness.so"

if [ "${1:-}" = regenerate ]; then
  abidw --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed \
    --out-file tests/abi/berth-1.abi "$work/libwitness.so"
  git --no-pager diff --stat -- tests/abi/berth-1.abi 2>/dev/null || true
  exit 0
fi

abidiff tests/abi/berth-1.abi "$work/libwitness.so" ||
  { echo "layout.sh: driver.h no longer has the layout of berth-1.abi (abidiff: exit $?)"; exit 1; }
holes=$(pahole --holes 1 "$work/witness.o")
[ -z "$holes" ] || { printf 'layout.sh: structs with holes:\n%s\n' "$holes"; exit 1; }
described=$(pahole --sizes "$work/witness.o" | grep -c '^berth_') || true
[ "$described" -ge 16 ] || { echo "layout.sh: pahole sees $described structs of 16: nothing was checked"; exit 1; }
echo "layout as committed, no holes in $described structs"
