#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Berth in one command, on a fresh Debian 12: installs the packages that are missing, builds the command
# and two drivers, copies a real tree into a store, proves the copy, and adds a driver to a program that
# keeps running. Safe to run again.
#
#   sh examples/quickstart.sh [TREE]        TREE: what to copy, default /usr/share/doc
#
# Root is needed only when packages are missing; then the script uses sudo.
set -eu
umask 022 # a plugin that others may write to is refused
cd "$(dirname "$0")/.."
tree=${1:-/usr/share/doc}
work=${TMPDIR:-/tmp}/berth-quickstart-$(id -u)
berth=build/core/cli/berth

step() { printf '\n--- %s\n' "$*"; }
run() { printf '$ %s\n' "$(printf '%s' "$*" | sed "s|build/core/cli/||; s|$work|\$WORK|g")"; "$@"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || { echo "quickstart: only root can install these packages, and there is no sudo:$missing"; exit 1; }
  sudo "$@"
}

step "1. Install what the build needs"
missing=""
for package in $(cat examples/packages.txt); do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  echo "apt-get install$missing"
  as_root apt-get update -qq
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "all packages are there"
fi

step "2. Build the command berth and the drivers filesystem and inmemory (1 to 3 minutes on two cores)"
started=$(date +%s)
[ -f build/build.ninja ] || meson setup build -Dtests=false >/dev/null
ninja -C build --quiet core/cli/berth plugins/filesystem.so plugins/inmemory.so sdk/starter.so examples/embed
echo "built in $(($(date +%s) - started)) s; the other drivers: ninja -C build"

rm -rf "$work"
mkdir -p "$work/plugins" "$work/archive"
chmod 700 "$work"
cp build/plugins/filesystem.so build/plugins/inmemory.so "$work/plugins/"
cp examples/stores.json "$work/"
export BERTH_CONFIG="$work/stores.json" BERTH_ARCHIVE="$work/archive"
echo "the config is a copy of examples/stores.json; WORK=$work"

step "3. Which drivers does the plugin folder hold?"
run $berth drivers

step "4. Copy $tree into the store \"archive\""
run $berth cp -r "$tree" archive:/doc 2>"$work/messages"
tail -n 1 "$work/messages"
run $berth ls archive:/doc | head -n 5
echo "..."
run $berth du archive:/doc

step "5. Read one back, and prove that the copy is equal, byte by byte"
sample=$(cd "$tree" && find . -type f -size +0 | sort | head -n 1 | sed 's|^\./||')
$berth cat "archive:/doc/$sample" >"$work/sample"
cmp "$tree/$sample" "$work/sample" && echo "archive:/doc/$sample reads back equal"
run $berth cp -r archive:/doc "$work/back" 2>"$work/messages"
tail -n 1 "$work/messages"
(cd "$tree" && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$work/expected"
(cd "$work/back" && sha256sum --quiet -c "$work/expected") &&
  echo "$(wc -l <"$work/expected") files, all equal"

step "6. Add a driver while a program runs"
build/examples/embed "$work/stores.json" starter &
embed=$!
sleep 1
echo "\$ cp build/sdk/starter.so \$WORK/plugins/   (the starter driver of sdk/template)"
cp build/sdk/starter.so "$work/plugins/.starter.so.new"
mv "$work/plugins/.starter.so.new" "$work/plugins/starter.so"
wait "$embed"
run $berth drivers

step "Done"
echo "The store is an ordinary folder: $work/archive/doc. Remove $work when you have seen enough."
