#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# azure and oss on the servers of tests/servers/azurite.sh and oss.sh, against bare curl with a URL
# that is signed, and for azure against rclone: azure.sh azure|oss [WHAT...], WHAT being large, small
# or list. One line each: wall seconds, the client's processor seconds (user and system), peak MiB.
#
#   BUILD=build LARGE_MIB=256 OBJECTS=2000      the defaults
#
# Downloads go to /dev/null, since a file's pages would cost more than all else. Both servers run in
# node, in one thread: wall time is mostly theirs, processor time is ours.
set -euo pipefail
service=${1:-azure}; shift || true
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${BUILD:-$here/../../build}" && pwd)
large_mib=${LARGE_MIB:-256} objects=${OBJECTS:-2000}
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
umask 077
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"

if [ "$service" = azure ]; then
  : "${BERTH_AZURITE_URL:?is not set; start a server with tests/servers/azurite.sh start}"
  parameters="\"serviceurl\": \"$BERTH_AZURITE_URL\", \"accountname\": \"$BERTH_AZURITE_ACCOUNT\",
    \"accountkey\": \"$BERTH_AZURITE_KEY\", \"container\": \"bench\", \"createcontainer\": true"
else
  : "${BERTH_OSS_ENDPOINT:?is not set; start a server with tests/servers/oss.sh start}"
  parameters="\"endpoint\": \"$BERTH_OSS_ENDPOINT\", \"region\": \"$BERTH_OSS_REGION\",
    \"bucket\": \"$BERTH_OSS_BUCKET\", \"accesskeyid\": \"$BERTH_OSS_ACCESS_KEY_ID\",
    \"accesskeysecret\": \"$BERTH_OSS_ACCESS_KEY_SECRET\""
fi
cat >berth.json <<C
{ "plugins": { "directories": ["$build/plugins"] },
  "stores": { "s": { "driver": "$service", "parameters": { $parameters, "proxy": "none" } } } }
C
export BERTH_CONFIG=$work/berth.json RCLONE_CONFIG=/dev/null
berth() { "$build/core/cli/berth" "$@"; }
# rclone 1.60 knows no emulator at another port, but takes a SAS URL of the container.
container_url() {
  python3 - <<'PYTHON'
import base64, hashlib, hmac, os, urllib.parse
account, key = os.environ["BERTH_AZURITE_ACCOUNT"], os.environ["BERTH_AZURITE_KEY"]
query = {"sp": "racwdl", "se": "2099-01-01T00:00:00Z", "spr": "https,http", "sv": "2020-10-02", "sr": "c"}
text = "\n".join([query["sp"], "", query["se"], f"/blob/{account}/bench", "", "", query["spr"],
                  query["sv"], query["sr"], "", "", "", "", "", ""])
digest = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
query["sig"] = base64.b64encode(digest).decode()
print(os.environ["BERTH_AZURITE_URL"] + "/bench?" + urllib.parse.urlencode(query))
PYTHON
}
rclone_blob=
[ "$service" = oss ] || rclone_blob=":azureblob,sas_url='$(container_url)':bench"

timed() { # timed LABEL COMMAND...
  python3 - "$@" <<'PYTHON'
import os, subprocess, sys, time
start = time.monotonic()
child = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
errors = child.stderr.read()
_, status, usage = os.wait4(child.pid, 0)
if status != 0:
    sys.exit(sys.argv[1] + " failed: " + errors.decode()[-500:])
print("%-34s %7.2f s %7.2f cpu %7.1f MiB" % (sys.argv[1], time.monotonic() - start,
      usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), flush=True)
PYTHON
}

large() {
  head -c "${large_mib}M" /dev/urandom >blob
  local type=() tool="$build/core/cli/berth" label="$large_mib MiB"
  [ "$service" = oss ] || type=(-H 'x-ms-blob-type: BlockBlob')
  berth put blob s:/large/ours >/dev/null
  berth cat s:/large/ours | cmp -s - blob || { echo "the bytes differ"; exit 1; }
  for _ in 1 2 3; do
    timed "upload $label, berth" "$tool" put blob s:/large/ours
    timed "upload $label, curl" curl -sSf -T blob "${type[@]}" -o /dev/null "$(berth url --method PUT s:/large/curl)"
    timed "download $label, berth" "$tool" cat s:/large/ours
    timed "download $label, curl" curl -sSf -o /dev/null "$(berth url s:/large/ours)"
    [ "$service" = oss ] || {
      timed "upload $label, rclone" rclone copyto -q --ignore-times blob "$rclone_blob/large/rclone"
      timed "download $label, rclone" rclone cat -q "$rclone_blob/large/rclone"
    }
  done
  berth rm -r s:/large >/dev/null
}

small() {
  mkdir files
  for ((i = 0; i < objects; ++i)); do head -c 4096 /dev/zero >"files/object-$i"; done
  for threads in 1 16; do
    berth bench s --threads "$threads" --small "$objects" --only put-small
    berth bench s --threads "$threads" --small "$objects" --only get-small
    timed "put $objects, berth cp, $threads at once" "$build/core/cli/berth" cp -r -j "$threads" files s:/small
    rm -rf back
    timed "get $objects, berth cp, $threads at once" "$build/core/cli/berth" cp -r -j "$threads" s:/small back
    [ "$service" = oss ] || {
      timed "put $objects, rclone, $threads at once" rclone copy -q --ignore-times --transfers "$threads" files "$rclone_blob/small"
      rm -rf back
      timed "get $objects, rclone, $threads at once" rclone copy -q --ignore-times --transfers "$threads" "$rclone_blob/small" back
    }
  done
}

list() {
  [ -d files ] || small
  for _ in 1 2 3; do
    timed "list $objects, berth" "$build/core/cli/berth" ls s:/small
    [ "$service" = oss ] || timed "list $objects, rclone" rclone lsf -q "$rclone_blob/small"
  done
  timed "remove $objects, berth" "$build/core/cli/berth" rm -r s:/small
}

for what in "${@:-large}"; do "$what"; done
