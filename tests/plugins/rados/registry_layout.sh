#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Writes a pool as the registry's rados driver (2.1 to 2.3) does, with its oddities, using the `rados` tool
# alone, so that the tests do not depend on Berth's own code. Chunk size: $CHUNK (default 4194304).
#
#   registry_layout.sh OUT rados -c ceph.conf -n client.x -p pool -N namespace
#
# OUT is a directory; it receives, as files, the contents that a reader must see.
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

entry() { # entry DIRECTORY NAME [BLOB]: without BLOB: a subdirectory
  printf %s "${3:-}" >"$work/value"
  r setomapval "$1" "$2" --input-file "$work/value"
}

parents() { # adds a directory to its parents, up to the root, which has an entry for itself
  local path=$1 parent
  while [ "$path" != / ] && ! grep -qxF "$path" "$work/entered"; do
    echo "$path" >>"$work/entered"
    parent=$(dirname "$path")
    entry "$parent" "$(basename "$path")"
    path=$parent
  done
  grep -qxF / "$work/entered" || { entry / /; echo / >>"$work/entered"; }
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

stream() { # stream BLOB OFFSET FILE: how the registry writes into an existing blob
  local at=$2 from=0 size piece
  size=$(stat -c %s "$3")
  while [ $from -lt "$size" ]; do
    piece=$((at % chunk == 0 ? chunk : at % chunk))
    tail -c +$((from + 1)) "$3" | head -c "$piece" >"$work/piece" || true
    piece=$(stat -c %s "$work/piece")
    r put "$1-$((at / chunk))" "$work/piece" --offset $((at % chunk))
    at=$((at + piece)) from=$((from + piece))
  done
}

by_chunk() { # by_chunk BLOB SIZE: prints what a registry reads
  local k
  for ((k = 0; k * chunk < $2; k++)); do
    r get "$1-$k" "$work/read"; head -c "$chunk" "$work/read"
  done | head -c "$2"
}

enter_odd() { # enter_odd PATH BLOB
  mkdir -p "$out$(dirname "$1")"
  entry "$(dirname "$1")" "$(basename "$1")" "$2"
  parents "$(dirname "$1")"
  echo "$2" >"$work/last"
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

# A small link file, a blob of several chunks with a partial last one, and one of whole chunks.
printf 'sha256:%s' "$digest" | file $v2/repositories/library/x/_layers/sha256/$digest/link
head -c $((chunk * 2 + chunk / 3 + 1)) /dev/urandom | file $v2/blobs/sha256/e3/$digest/data
head -c $((chunk * 2)) /dev/urandom | file $v2/blobs/sha256/ab/ab$digest/data

# An empty file: an entry without object 0.
: | file $v2/repositories/library/x/_uploads/1/startedat

# A shorter rewrite: the blob had three chunks, total-size says less than one, and the rest of the old bytes
# still exists.
printf 'short' | file $v2/repositories/library/x/_manifests/tags/latest/current/link
blob=$(cat "$work/last")
{ printf 'short'; head -c $((chunk - 5)) /dev/zero; } >"$work/piece"; r put "$blob-0" "$work/piece"
total_size "$blob" 5
r put "$blob-1" "$work/piece"; r put "$blob-2" "$work/piece"

# A half-written upload: an ordinary file whose size grows.
head -c $((chunk + 7)) /dev/urandom | file $v2/repositories/library/x/_uploads/1/data

# Overrun chunks. An append takes offset % chunksize bytes as its first piece, and not the rest of the chunk, so
# chunk 0 gets longer than the chunk size. In one file all bytes are in chunk 0; in the other, more follow in
# chunk 1, at the offset that a reader by chunk expects.
appended() { # appended PATH FIRST SECOND: two requests of so many bytes
  local blob; blob=blob:$(uuid)
  head -c $(($2 + $3)) /dev/urandom >"$work/all"
  head -c "$2" "$work/all" >"$work/first"; tail -c "$3" "$work/all" >"$work/second"
  stream "$blob" 0 "$work/first"; stream "$blob" "$2" "$work/second"
  total_size "$blob" $(($2 + $3))
  enter_odd "$1" "$blob"
}
appended /odd/overrun $((chunk * 5 / 8)) $((chunk * 5 / 8))
cp "$work/all" "$out/odd/overrun"
appended /odd/overrun-and-on $((chunk * 5 / 8)) $((chunk * 2))
by_chunk "$(cat "$work/last")" $((chunk * 21 / 8)) >"$out/odd/overrun-and-on"

# Bytes after the end of the file: the gap is filled with whole chunks of zeros that start at any offset, so each
# of them overruns.
blob=blob:$(uuid)
head -c $((chunk * 3 / 4)) /dev/urandom >"$work/first"; head -c $((chunk / 2)) /dev/urandom >"$work/second"
stream "$blob" 0 "$work/first"
head -c "$chunk" /dev/zero >"$work/zeros"
for ((at = chunk * 3 / 4; at < chunk * 7 / 2; at += chunk)); do
  r put "$blob-$((at / chunk))" "$work/zeros" --offset $((at % chunk))
done
stream "$blob" $((chunk * 7 / 2)) "$work/second"
total_size "$blob" $((chunk * 4))
enter_odd /odd/gap "$blob"
{ cat "$work/first"; head -c $((chunk * 11 / 4)) /dev/zero; cat "$work/second"; } >"$out/odd/gap"
