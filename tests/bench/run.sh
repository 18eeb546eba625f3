#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Compares the local drivers with what they are built on: run.sh [DIRECTORY...], by default on tmpfs and disk.
# Prints one JSON line per measurement, then a table with the speed of the store relative to the baseline (1.00: equally
# fast), as medians over the runs of wall and of CPU time. On a busy machine, trust the CPU time, and run it again.
#
#   BUILD=build RUNS=5 SMALL=20000 SYNCED=2000 LARGE_MIB=1024 WALK=100000 THREADS=16   the defaults
#   (SYNCED: number of small objects where each one is synced to the disk)
#
# The baselines: raw-files for filesystem with and without fsync, dd for its large files, find for a walk, raw-memory
# for inmemory with 1 and with THREADS threads. Then it runs abi-overhead and scan_bench.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${BUILD:-$here/../../build}" && pwd)
runs=${RUNS:-5} small=${SMALL:-20000} synced=${SYNCED:-2000} large_mib=${LARGE_MIB:-1024}
walk=${WALK:-100000}
threads=${THREADS:-16}
[ $# -gt 0 ] || set -- /dev/shm "${TMPDIR:-/tmp}"

scratch=$(mktemp -d) made=()
trap 'rm -rf "$scratch" "${made[@]}"' EXIT
lines=$scratch/lines

# label WHERE WHO COMPARISON RUN: adds these fields to the JSON lines of its input, prints and keeps them.
label() {
  sed "s|^{|{\"where\":\"$1\",\"who\":\"$2\",\"comparison\":\"$3\",\"run\":$4,|" | tee -a "$lines"
}

# timed WORKLOAD OPS BYTES COMMAND...: times a program and prints the same JSON line for it.
timed() {
  python3 - "$@" <<'PYTHON'
import json, os, subprocess, sys, time
workload, ops, size, command = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
start = time.monotonic()
child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
seconds = time.monotonic() - start
if status != 0:
    sys.exit(" ".join(command) + " failed")
print(json.dumps({"workload": workload, "ops": ops, "bytes": size, "seconds": round(seconds, 6),
                  "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 6),
                  "max_rss_mib": usage.ru_maxrss / 1024}, separators=(",", ":")))
PYTHON
}

store() {
  local name=$1
  shift
  "$build/core/cli/berth" --config "$scratch/berth.json" --json bench "$name" "$@"
}

# configure ROOT: the stores fast (without fsync), safe (with) and memory.
configure() {
  cat > "$scratch/berth.json" <<JSON
{ "plugins": { "directories": ["$build/plugins"] },
  "stores": {
    "fast": { "driver": "filesystem", "parameters": { "rootdirectory": "$1/store", "fsync": false } },
    "safe": { "driver": "filesystem", "parameters": { "rootdirectory": "$1/store", "fsync": true } },
    "tree": { "driver": "filesystem", "parameters": { "rootdirectory": "$1/tree" } },
    "memory": { "driver": "inmemory" } } }
JSON
}

# plant ROOT: creates empty files in 16 folders, for the walk.
plant() {
  for i in 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f; do
    mkdir -p "$1/tree/bench/$i"
    (cd "$1/tree/bench/$i" && seq -f 'object-%07.0f' $((walk / 16)) | xargs touch)
  done
}

compare_files() {  # WHERE ROOT RUN
  local large=$((large_mib << 20)) raw=("$build/tests/bench/raw-files" "$2/raw" --large $((large_mib << 20)))
  "${raw[@]}" --objects "$small" | label "$1" raw "filesystem" "$3"
  store fast --threads 1 --small "$small" --large "$large" | label "$1" store "filesystem" "$3"
  "${raw[@]}" --objects "$synced" --fsync | label "$1" raw "filesystem fsync" "$3"
  store safe --threads 1 --small "$synced" --large "$large" | label "$1" store "filesystem fsync" "$3"

  timed write-large 1 "$large" dd if=/dev/zero of="$2/blob" bs=1M count="$large_mib" |
    label "$1" raw "dd" "$3"
  timed read-large 1 "$large" dd if="$2/blob" of=/dev/null bs=1M | label "$1" raw "dd" "$3"
  rm "$2/blob"
  store fast --threads 1 --large "$large" --only write-large | label "$1" store "dd" "$3"
  store fast --threads 1 --large "$large" --only read-large | label "$1" store "dd" "$3"

  timed walk "$walk" 0 find "$2/tree" -printf %s | label "$1" raw "find" "$3"
  timed walk "$walk" 0 "$build/core/cli/berth" --config "$scratch/berth.json" du tree:/bench |
    label "$1" store "find" "$3"
}

compare_memory() {  # RUN
  for t in 1 "$threads"; do
    "$build/tests/bench/raw-memory" --objects "$small" --threads "$t" |
      label memory raw "inmemory x$t" "$1"
    store memory --threads "$t" --small "$small" --large "${large_mib}MiB" |
      label memory store "inmemory x$t" "$1"
  done
}

table() {
  python3 - "$lines" <<'PYTHON'
import collections, json, statistics, sys
found = collections.defaultdict(lambda: collections.defaultdict(list))
for line in open(sys.argv[1]):
    m = json.loads(line)
    found[m["where"], m["comparison"], m["workload"]][m["who"]].append(m)

def median(rows, key):
    return statistics.median(row[key] for row in rows)

form = "{:12} {:20} {:12} {:>10} {:>10} {:>7} {:>10} {:>10} {:>7} {:>9}"
print(form.format("WHERE", "COMPARISON", "WORKLOAD", "RAW S", "STORE S", "SHARE",
                  "RAW CPU", "STORE CPU", "SHARE", "PEAK MIB"))
for key, who in found.items():
    if "store" not in who:
        continue
    cells = []
    for unit in ("seconds", "cpu_seconds"):
        store = median(who["store"], unit)
        raw = median(who["raw"], unit) if "raw" in who else None
        cells += ["-" if raw is None else f"{raw:.4f}", f"{store:.4f}",
                  "-" if not raw or not store else f"{raw / store:.2f}"]
    print(form.format(*key, *cells, f"{median(who['store'], 'max_rss_mib'):.1f}"))
PYTHON
}

for where in "$@"; do
  root=$(mktemp -d "$where/berth-bench.XXXXXX")
  made+=("$root")
  configure "$root"
  plant "$root"
  for ((run = 1; run <= runs; ++run)); do compare_files "$where" "$root" "$run"; done
  rm -rf "$root"
done
for ((run = 1; run <= runs; ++run)); do compare_memory "$run"; done
"$build/tests/bench/abi-overhead"
"$build/tests/bench/scan_bench" "$build/plugins/inmemory.so"
echo "load: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors, $runs runs"
table
