#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs every fuzz target of a build a fixed number of times, with its seed inputs and a fixed random seed, so that two
# runs use the same inputs.
#
#   sh tests/fuzz/run.sh BUILD RUNS      e.g. build-asan 20000; built with -Dfuzz=true
set -eu
[ $# = 2 ] || { echo "usage: sh tests/fuzz/run.sh BUILD RUNS"; exit 2; }
build=$1 runs=$2
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

seeds() { # seeds TARGET FOLDER: inputs to start from
  case $1 in
    elf_fuzz) # a plugin from each linker, only small ones: large inputs make the fuzzer slow
      for plugin in "$build"/tests/fakes/linked_*.so "$build"/tests/fakes/abi_v2.so; do
        [ "$(wc -c <"$plugin")" -gt 65536 ] || cp "$plugin" "$2"
      done ;;
    *) [ ! -d "$here/seeds/$1" ] || cp "$here/seeds/$1"/* "$2" ;;
  esac
}

ran=0
for target in "$build"/tests/fuzz/*_fuzz; do
  [ -x "$target" ] || continue
  name=$(basename "$target")
  mkdir "$work/$name"
  seeds "$name" "$work/$name"
  echo "$name: $runs runs from $(ls "$work/$name" | wc -l) seeds"
  "$target" -runs="$runs" -seed=20260 -max_len=65536 -timeout=5 -rss_limit_mb=1024 \
    -artifact_prefix="$work/" -print_final_stats=1 "$work/$name" >"$work/log" 2>&1 || {
    tail -n 40 "$work/log"
    for input in "$work"/crash-* "$work"/timeout-* "$work"/oom-*; do
      [ ! -f "$input" ] || { cp "$input" "$build/"; echo "kept as $build/$(basename "$input")"; }
    done
    echo "$name: failed"
    exit 1
  }
  grep -E 'stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)' "$work/log"
  ran=$((ran + 1))
done
[ "$ran" -gt 0 ] || { echo "run.sh: there is no fuzz target in $build; configure it with -Dfuzz=true"; exit 1; }
echo "$ran fuzz targets passed"
