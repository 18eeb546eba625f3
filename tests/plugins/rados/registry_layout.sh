#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Writes what the registry's rados driver (2.1 to 2.3) left in a pool, with its oddities, by the `rados`
# tool alone, so that no code of Berth judges itself. Chunk size: $CHUNK (default 4194304).
#
#   registry_layout.sh OUT rados -c ceph.conf -n client.x -p pool -N namespace
#
# OUT is a folder that receives the content which a reader must see, as files.
set -euo pipefail
out=$1; shift
rados=("$@")
chunk=${CHUNK:-4194304}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$out"; : >"$work/entered"

r() { "${rados[@]}" "$@"; }

size_attribute() { # the ten bytes of total-size
  local n=$1 i
  for i in 0 1 2 3 4 5 6 7; do printf "\\x$(printf %02x $(((n >> (8 * i)) & 255)))"; done
  printf '\0\0'
}

entry() { # entry DIRECTORY NAME [BLOB]: no blob: a sub-directory
  printf %s "${3:-}" >"$work/value"
  r setomapval "$1" "$2" --input-file "$work/value"
}

parents() { # enters a directory in its parents, up to the root, which enters itself
  local path=$1 parent
  while [ "$path" != / ] && ! grep -qxF "$path" "$work/entered"; do
    echo "$path" >>"$work/entered"
    parent=$(dirname "$path")
    entry "$parent" "$(basename "$path")"
    path=$parent
  done
  entry / /
}

total_size() { size_attribute "$2" | r setxattr "$1-0" total-size; }

uuid() { cat /proc/sys/kernel/random/uuid; }

chunks() { # chunks BLOB FILE
  local k=0 size
  size=$(stat -c %s "$2")
  while [ $((k * chunk)) -lt "$size" ]; do
    tail -c +$((k * chunk + 1)) "$2" | head -c "$chunk" >"$work/piece" || true
    r put "$1-$k" "$work/piece"
    k=$((k + 1))
  done
}

file() { # file PATH: content from stdin
  local path=$1 blob; blob=blob:$(uuid)
  mkdir -p "$out$(dirname "$path")"
  cat >"$out$path"
  chunks "$blob" "$out$path"
  [ -s "$out$path" ] && total_size "$blob" "$(stat -c %s "$out$path")"
  entry "$(dirname "$path")" "$(basename "$path")" "$blob"
  parents "$(dirname "$path")"
  echo "$blob" >"$work/last"
}

v2=/docker/registry/v2
digest=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

# A small link file, a blob of several chunks with an odd tail, and one that ends with a chunk.
printf 'sha256:%s' "$digest" | file $v2/repositories/library/x/_layers/sha256/$digest/link
head -c $((chunk * 2 + chunk / 3 + 1)) /dev/urandom | file $v2/blobs/sha256/e3/$digest/data
head -c $((chunk * 2)) /dev/urandom | file $v2/blobs/sha256/ab/ab$digest/data

# An empty file: an entry, and no object 0.
: | file $v2/repositories/library/x/_uploads/1/startedat

# A shorter rewrite: the blob had three chunks, total-size says less than one, and the rest of the old
# bytes is still there.
printf 'short' | file $v2/repositories/library/x/_manifests/tags/latest/current/link
blob=$(cat "$work/last")
{ printf 'short'; head -c $((chunk - 5)) /dev/zero; } >"$work/piece"; r put "$blob-0" "$work/piece"
total_size "$blob" 5
r put "$blob-1" "$work/piece"; r put "$blob-2" "$work/piece"

# A half-written upload: an ordinary file whose size grows.
head -c $((chunk + 7)) /dev/urandom | file $v2/repositories/library/x/_uploads/1/data

# A chunk that ran past its end: an append at an odd offset puts offset % chunksize bytes in one piece,
# so that chunk 0 is longer than the chunk size; here the whole file still lies in it.
head -c $((chunk + chunk / 4)) /dev/urandom >"$work/long"
mkdir -p "$out/odd"; cp "$work/long" "$out/odd/overrun"
blob=blob:$(uuid); r put "$blob-0" "$work/long"; total_size "$blob" $((chunk + chunk / 4))
entry /odd overrun "$blob"; parents /odd
