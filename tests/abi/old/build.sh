#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the frozen plugin of a release, with the flags that the SDK gives to drivers. Run once when
# the release is tagged, and commit the file.
#
#   sh tests/abi/old/build.sh 1.0.0      writes tests/abi/old/x86_64/1.0.0/mem.so
set -eu
[ $# = 1 ] || { echo "usage: sh tests/abi/old/build.sh RELEASE"; exit 2; }
cd "$(dirname "$0")/../../.."
out=tests/abi/old/$(uname -m)/$1
mkdir -p "$out"
gcc -std=c11 -O2 -fPIC -fvisibility=hidden -Wall -Wextra -Werror -Wno-missing-field-initializers \
  -ffile-prefix-map="$PWD"=. -Isdk/include tests/abi/old/mem_1_0.c \
  -shared -s -o "$out/mem.so" \
  -Wl,--build-id=none,--hash-style=gnu,-z,defs,-z,nodelete,-z,now,-z,noseparate-code \
  -Wl,--version-script=sdk/berth-driver.map
chmod 755 "$out/mem.so"
ls -l "$out/mem.so"
