#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Berth in one command, on a fresh Debian 12: installs missing packages, builds the command and two drivers, copies a
# real folder into a store, checks the copy byte by byte, and adds a driver to a running program. It can be run again.
#
#   sh examples/quickstart.sh [FOLDER]        FOLDER: the folder to copy, default /usr/share/doc
#
# Only the installation of packages needs root: a user needs sudo for it.
set -eu
umask 022 # plugins that other users may replace are rejected
cd "$(dirname "$0")/.."
folder=${1:-/usr/share/doc}
work=${TMPDIR:-/tmp}/berth-quickstart-$(id -u)
berth=build/core/cli/berth

step() { printf '\n--- %s\n' "$*"; }
run() { printf '$ %s\n' "$(printf '%s' "$*" | sed "s|build/core/cli/||; s|$work|\$WORK|g")"; "$@"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

can_be_root() { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo true; }; }

step "1. Install the packages that the build needs"
missing=""
for package in $(cat examples/packages.txt); do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  can_be_root || { echo "quickstart: packages are missing, and this user cannot install them (no root, no sudo); run as root:" \
    "apt-get install --no-install-recommends$missing"; exit 1; }
  echo "apt-get install$missing"
  as_root apt-get update -qq
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "all packages are installed"
fi

step "2. Build the command berth and the drivers filesystem and inmemory (1 to 3 minutes on two cores)"
started=$(date +%s)
[ -f build/build.ninja ] || meson setup build -Dtests=false >/dev/null
ninja -C build --quiet core/cli/berth plugins/filesystem.so plugins/inmemory.so sdk/starter.so examples/embed
echo "built in $(($(date +%s) - started)) s; ninja -C build builds the other drivers"

rm -rf "$work"
mkdir -p "$work/plugins" "$work/archive"
chmod 700 "$work"
cp build/plugins/filesystem.so build/plugins/inmemory.so "$work/plugins/"
cp examples/stores.json "$work/"
export BERTH_CONFIG="$work/stores.json" BERTH_ARCHIVE="$work/archive"
echo "the config is a copy of examples/stores.json; WORK=$work"

step "3. List the drivers in the plugin folder"
run $berth drivers

step "4. Copy $folder into the store \"archive\""
run $berth cp -r "$folder" archive:/doc 2>"$work/messages"
tail -n 1 "$work/messages"
run $berth ls archive:/doc | head -n 5
echo "..."
run $berth du archive:/doc

step "5. Read one file back, and compare the whole copy byte by byte"
sample=$(cd "$folder" && find . -type f -size +0 | sort | head -n 1 | sed 's|^\./||')
$berth cat "archive:/doc/$sample" >"$work/sample"
cmp "$folder/$sample" "$work/sample" && echo "archive:/doc/$sample is equal to the original"
run $berth cp -r archive:/doc "$work/back" 2>"$work/messages"
tail -n 1 "$work/messages"
(cd "$folder" && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$work/expected"
(cd "$work/back" && sha256sum --quiet -c "$work/expected") &&
  echo "$(wc -l <"$work/expected") files are equal to the originals"

step "6. Add a driver to a running program"
build/examples/embed "$work/stores.json" starter &
embed=$!
sleep 1
echo "\$ cp build/sdk/starter.so \$WORK/plugins/   (the starter driver of sdk/template)"
cp build/sdk/starter.so "$work/plugins/.starter.so.new"
mv "$work/plugins/.starter.so.new" "$work/plugins/starter.so"
wait "$embed"
run $berth drivers

step "Done"
echo "The store is an ordinary folder: $work/archive/doc. Remove $work when you no longer need it."
