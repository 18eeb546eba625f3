#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Compiles the SDK's headers, and drivers that use them, with every compiler and language standard
# that they promise, with warnings as errors. -Wpadded: no struct of the ABI may have a hole.
#
#   sh tests/abi/compile.sh
set -u
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiled=0 failed=0
warnings="-Wall -Wextra -Wpedantic -Werror"

run() { # run COMMAND...: must succeed
  compiled=$((compiled + 1))
  "$@" >"$work/log" 2>&1 && return
  failed=$((failed + 1))
  printf 'failed: %s\n' "$*"
  head -n 20 "$work/log"
}

refuse() { # refuse COMMAND...: must fail
  compiled=$((compiled + 1))
  ! "$@" >"$work/log" 2>&1 && return
  failed=$((failed + 1))
  printf 'compiled, and should not: %s\n' "$*"
}

printf '#include <berth/driver.h>\n' >"$work/alone.c"
cp "$work/alone.c" "$work/alone.cpp"
printf '#include <berth/driver.hpp>\n' >"$work/alone_layer.cpp"

for compiler in gcc clang; do
  command -v "$compiler" >/dev/null || { echo "compile.sh: $compiler is missing: install the package $compiler"; exit 1; }
  for standard in c11 c17; do
    c="$compiler -std=$standard $warnings -Wpadded -Isdk/include -c -o $work/out.o"
    run $c -fno-short-enums "$work/alone.c"
    run $c -fshort-enums tests/abi/layout.c
    run $c -D_FILE_OFFSET_BITS=64 -D_FORTIFY_SOURCE=2 -O2 tests/abi/after_system_headers.c
    run $c tests/abi/layout.c
    run $c tests/abi/types.c
    run $c tests/abi/witness.c
    run $c -Wno-unused-function -Wno-missing-field-initializers tests/fakes/good.c
    run $c -Wno-missing-field-initializers tests/abi/old/mem_1_0.c
  done
  for standard in c++11 c++14 c++17 c++20; do
    cpp="$compiler -x c++ -std=$standard $warnings -Isdk/include -c -o $work/out.o"
    run $cpp -Wpadded "$work/alone.cpp"
    run $cpp -Wpadded tests/abi/driver.cpp
    case $standard in
      c++11 | c++14) run $cpp -DTHROWING tests/abi/driver.cpp ;;
      *)
        refuse $cpp -DTHROWING tests/abi/driver.cpp
        run $cpp "$work/alone_layer.cpp"
        run $cpp -Itests -fvisibility=hidden tests/abi/layer.cpp ;;
    esac
  done
done
echo "$compiled compilations, $failed wrong"
[ "$failed" = 0 ]
