#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The official client of the service reads what the driver wrote, and writes what it reads: names that
# need encoding, several blocks, both types of blobs and both forms of names, as registries 2.x and 3.x
# would have left them, with an upload under way. Usage: foreign.sh AZURE-TOOL FOREIGN.JS
set -euo pipefail
tool=$(readlink -f "$1") script=$2
: "${BERTH_AZURITE_URL:?is not set; start a server with tests/servers/azurite.sh start}"
command -v node >/dev/null || { echo "foreign.sh: node is missing"; exit 1; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1 CONTAINER="foreign-$$"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
client() { node "$script" "$@"; }
failures=0
fail() { echo "failed: $*"; failures=$((failures + 1)); }
gives() { # gives WHAT FILE COMMAND...: the command succeeds, and prints what FILE holds
  local what=$1 file=$2; shift 2
  "$@" >got || { fail "$what fails"; return; }
  cmp -s got "$file" || fail "$what differs"
}
gone() { # gone PATTERN: the client sees no such name
  client list >names || fail "the client's list"
  ! grep -q "$1" names || fail "something is left of $1"
}

# Names and sizes, both ways.
client create >/dev/null
printf 'sha256:%064d' 0 >link
head -c 3000000 /dev/urandom >large
names=('plain' 'a+b/c++.txt' '50%.jpg' 'x%2By' 'aG59()*&^#@$?' "q'&<>\";=@,\$.txt" 'd/ü #1.bin' 'two  blanks' '😀')
for name in "${names[@]}" large; do
  if [ "$name" = large ]; then cp large content; else printf 'content of %s' "$name" >content; fi
  "$tool" put "/ours/$name" <content || fail "the driver cannot write $name"
  gives "the client's read of $name" content client get "ours/$name"
  for way in put blocks append; do
    client "$way" "$way/$name" <content >/dev/null || fail "the client cannot $way $name"
    gives "the driver's read of $name by $way" content "$tool" get "/$way/$name"
  done
done
"$tool" list /ours | sort >ours.names
for way in put blocks append; do
  "$tool" list "/$way" | sed "s|^/$way|/ours|" | sort | cmp -s - ours.names || fail "the list of $way"
done
for way in put blocks append; do
  { cat large; printf more; } >wanted
  printf more | "$tool" append "/$way/large" || fail "append to a blob made by $way"
  gives "the client's read after an append to $way" wanted client get "$way/large"
  "$tool" move "/$way/large" "/moved/$way" || fail "the move of $way"
  gives "the read after the move of $way" wanted "$tool" get "/moved/$way"
done
[ "$(client type moved/append)" = AppendBlob ] || fail "the type after a move"
"$tool" put /moved/append <content && [ "$(client type moved/append)" = BlockBlob ] || fail "an append blob is not replaced"
"$tool" remove /ours || fail "the removal of /ours"
gone '^ours/'

# An upload that one process began and another ends.
head -c 1000000 large | "$tool" begin /two/processes || fail "the beginning of an upload"
client get two/processes >got 2>/dev/null && fail "an upload without a commit is seen"
tail -c +1000001 large | "$tool" append /two/processes || fail "the end of an upload"
gives "the read of an upload by two processes" large client get two/processes

# A folder of a hierarchical namespace is a directory, and goes with what it holds.
client folder tree >/dev/null; client folder tree/branch >/dev/null; client put tree/branch/leaf <link >/dev/null
[ "$("$tool" walk /tree | tr '\n' ' ')" = '/tree/branch/ /tree/branch/leaf ' ] || fail "the walk over folders"
"$tool" get /tree/branch >got 2>/dev/null && fail "a folder is read as a file"
"$tool" remove /tree || fail "the removal of folders"
gone '^tree'

# A registry's container, in the form of names of 2.x, then of 3.x.
digest=$(sha256sum <large | cut -d' ' -f1)
for slash in / ''; do
  CONTAINER="registry-$$-$([ -n "$slash" ] && echo two || echo three)"
  client create >/dev/null
  base=docker/registry/v2 layer="blobs/sha256/${digest:0:2}/$digest/data"
  client append "$slash$base/$layer" <large
  printf 'sha256:%s' "$digest" >link
  client put "$slash$base/repositories/lab/img/_layers/sha256/$digest/link" <link >/dev/null
  client put "$slash$base/repositories/lab/img/_uploads/u1/startedat" <link >/dev/null
  head -c 1000000 large | client append "$slash$base/repositories/lab/img/_uploads/u1/data"
  gives "the layer ($CONTAINER)" large "$tool" get "/$base/$layer"
  gives "the link" link "$tool" get "/$base/repositories/lab/img/_layers/sha256/$digest/link"
  [ "$("$tool" walk "/$base/repositories/lab/img/_uploads" | wc -l)" = 3 ] || fail "the walk ($CONTAINER)"
  tail -c +1000001 large | "$tool" append "/$base/repositories/lab/img/_uploads/u1/data" || fail "the upload ($CONTAINER)"
  "$tool" move "/$base/repositories/lab/img/_uploads/u1/data" "/$base/blobs/sha256/00/1/data"
  "$tool" remove "/$base/repositories/lab/img/_uploads/u1"
  gives "the pushed layer ($CONTAINER)" large client get "$slash$base/blobs/sha256/00/1/data"
  gone _uploads
done
# Both forms in one container: which is meant must be told.
export CONTAINER="mixed-$$"
client create >/dev/null
printf two | client put /docker/a >/dev/null; printf three | client put docker/a >/dev/null
"$tool" get /docker/a >got 2>told && fail "a container with both forms is read"
grep -q 'say with legacyleadingslash' told || fail "what to do about both forms: $(cat told)"
[ "$(LEADING_SLASH=true "$tool" get /docker/a)" = two ] || fail "the name with a leading slash"
[ "$(LEADING_SLASH=false "$tool" get /docker/a)" = three ] || fail "the name without"

echo "$((${#names[@]} + 1)) objects in 3 ways, 2 registries: $failures failures"
[ "$failures" = 0 ]
