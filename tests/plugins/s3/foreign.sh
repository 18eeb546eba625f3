#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# aws, rclone and s3cmd read what the driver wrote, and write what it reads, byte for byte, with keys
# that need encoding and with an object of several parts; curl uses its signed URLs. Usage: foreign.sh S3-TOOL
set -euo pipefail
tool=$(realpath "$1")
: "${BERTH_CEPH_S3_ENDPOINT:?is not set; start a gateway with tests/servers/ceph.sh start}"
for client in aws rclone s3cmd; do
  command -v "$client" >/dev/null || { echo "foreign.sh: $client is missing"; exit 1; }
done
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
export ROOT="foreign-$$" HOME="$work" no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY AWS_CA_BUNDLE
bucket=$BERTH_CEPH_S3_BUCKET

export AWS_ACCESS_KEY_ID=$BERTH_CEPH_S3_ACCESS_KEY AWS_SECRET_ACCESS_KEY=$BERTH_CEPH_S3_SECRET_KEY
export AWS_DEFAULT_REGION=default AWS_EC2_METADATA_DISABLED=true
aws_api() { aws --endpoint-url "$BERTH_CEPH_S3_ENDPOINT" s3api "$@" >/dev/null; }
aws_put() { aws_api put-object --bucket "$bucket" --key "$1" --body "$2"; }
aws_get() { aws_api get-object --bucket "$bucket" --key "$1" "$2"; }

export RCLONE_CONFIG="$work/rclone.conf" RCLONE_CONFIG_GW_TYPE=s3 RCLONE_CONFIG_GW_PROVIDER=Ceph
export RCLONE_CONFIG_GW_ENDPOINT=$BERTH_CEPH_S3_ENDPOINT RCLONE_CONFIG_GW_NO_CHECK_BUCKET=true
export RCLONE_CONFIG_GW_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID
export RCLONE_CONFIG_GW_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY
: >"$RCLONE_CONFIG"
rclone_put() { rclone -q copyto "$2" "gw:$bucket/$1"; }
rclone_get() { rclone -q copyto "gw:$bucket/$1" "$2"; }

host=${BERTH_CEPH_S3_ENDPOINT#http://}
cat >"$work/.s3cfg" <<C
[default]
access_key = $AWS_ACCESS_KEY_ID
secret_key = $AWS_SECRET_ACCESS_KEY
host_base = $host
host_bucket = $host
use_https = False
C
s3cmd_put() { s3cmd -q --no-progress put "$2" "s3://$bucket/$1"; }
s3cmd_get() { s3cmd -q --no-progress --force get "s3://$bucket/$1" "$2"; }

keys=('plain' 'a+b/c++.txt' '50%.jpg' 'x%2By' 'x+y' 'd/ü c++ #1.bin' "q'&<>;=@,\$.txt" 'two  blanks' '😀')
failures=0
same() { # same WHAT FILE: FILE is what was written
  cmp -s content "$2" || { echo "differs: $1"; failures=$((failures + 1)); }
}

head -c 12582929 /dev/urandom >large
for key in "${keys[@]}" large; do
  if [ "$key" = large ]; then cp large content; else printf 'content of %s' "$key" >content; fi
  "$tool" put "/ours/$key" <content
  for client in aws rclone s3cmd; do
    rm -f got
    "${client}_get" "$ROOT/ours/$key" got || { echo "$client cannot read $key"; failures=$((failures + 1)); continue; }
    same "$client reads $key" got
    "${client}_put" "$ROOT/$client/$key" content || { echo "$client cannot write $key"; failures=$((failures + 1)); continue; }
    "$tool" get "/$client/$key" >back
    same "driver reads $key of $client" back
  done
done

# URLs that carry their signature, for a client without keys.
url() { curl -sSf --noproxy '*' --max-time 30 "$@"; }
for key in "${keys[@]}"; do
  printf 'by url to %s' "$key" >content
  url -X PUT --data-binary @content -o /dev/null "$("$tool" url-PUT "/url/$key")" || { echo "no PUT by URL to $key"; failures=$((failures + 1)); continue; }
  url -o got "$("$tool" url-GET "/url/$key")" && same "GET by URL of $key" got
  url -I "$("$tool" url-HEAD "/url/$key")" | grep -qi "^content-length: $(stat -c %s content)" ||
    { echo "no HEAD by URL of $key"; failures=$((failures + 1)); }
done

"$tool" list /ours | sort >ours.names
for client in aws rclone s3cmd; do
  "$tool" list "/$client" | sed "s|^/$client|/ours|" | sort | cmp -s - ours.names ||
    { echo "the list of what $client wrote differs"; failures=$((failures + 1)); }
done
rclone -q purge "gw:$bucket/$ROOT"
echo "$((${#keys[@]} + 1)) objects, 3 clients, both ways: $failures failures"
[ "$failures" = 0 ]
