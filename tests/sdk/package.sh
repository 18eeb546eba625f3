#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The installed SDK: installs BUILD into a private folder, builds the template against it with meson and with
# CMake outside this tree, and runs the installed `berth check` on both drivers.
#   package.sh BUILD
set -eu
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

DESTDIR=$work/root meson install -C "$build" --no-rebuild --quiet
prefix=$(find "$work/root" -name berth-driver.pc -printf '%h\n' | sed 's|/lib/.*||')
PKG_CONFIG_PATH=$(find "$prefix" -name pkgconfig -type d)
PATH=$prefix/bin:$PATH
LD_LIBRARY_PATH=$(dirname "$(find "$prefix" -name 'libberth.so.0' | head -n 1)")
export PKG_CONFIG_PATH PATH LD_LIBRARY_PATH

cp -r "$source/sdk/template" "$work/meson"
cp -r "$source/sdk/template" "$work/cmake"

meson setup "$work/meson/build" "$work/meson" -Dwerror=true
meson test -C "$work/meson/build" --print-errorlogs
cmake -S "$work/cmake" -B "$work/cmake/build" -DCMAKE_C_FLAGS=-Werror -DCMAKE_CXX_FLAGS=-Werror
cmake --build "$work/cmake/build"
ctest --test-dir "$work/cmake/build" --output-on-failure

# The first commands of the SDK's README, which are run in the parent folder of sdk/.
mkdir "$work/sdk"
cp -r "$source/sdk/template" "$work/sdk/template"
awk '/^```$/ && lines { exit } lines { print } /^```sh$/ { lines = 1 }' "$source/sdk/README.md" >"$work/lines"
grep -q 'describe mine' "$work/lines"
(cd "$work" && sh -eu lines)

# Each plugin exports only its entry point, and a program finds libberth through berth.pc.
for plugin in "$work"/meson/build/starter*.so "$work"/cmake/build/starter*.so; do
  exported=$(nm -D --defined-only "$plugin" | sed 's/.* //')
  [ "$exported" = "berth_driver_v1_$(basename "$plugin" .so)" ] || { echo "$plugin: expected the only export berth_driver_v1_$(basename "$plugin" .so), got: $exported"; exit 1; }
done
printf '#include <berth/berth.hpp>\nint main() { return berth::factory::scan().empty(); }\n' >"$work/app.cpp"
# shellcheck disable=SC2046
g++ -std=c++20 "$work/app.cpp" -o "$work/app" $(pkg-config --cflags --libs berth)
BERTH_DRIVER_PATH=$work/cmake/build "$work/app"
echo "the SDK package works"
