#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# aws, rclone and s3cmd read what the driver wrote, and the driver what they wrote, with keys that need
# encoding and an object of several parts; curl uses its signed URLs. Usage: foreign.sh S3-TOOL
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
  url -o got "$("$tool" url-GET "/url/$key")" || { echo "no GET by URL of $key"; failures=$((failures + 1)); continue; }
  same "GET by URL of $key" got
  url -I "$("$tool" url-HEAD "/url/$key")" | grep -qi "^content-length: $(stat -c %s content)" ||
    { echo "no HEAD by URL of $key"; failures=$((failures + 1)); }
done

"$tool" list /ours | sort >ours.names
for client in aws rclone s3cmd; do
  "$tool" list "/$client" | sed "s|^/$client|/ours|" | sort | cmp -s - ours.names ||
    { echo "the list of what $client wrote differs"; failures=$((failures + 1)); }
done
# Other clients make keys that no path can express. The driver reports them as they are, a marker of a
# directory too if it has content, and removes all of them with their directory.
fails() { echo "$1"; failures=$((failures + 1)); }
printf x >content
for key in odd//y odd/./y odd/../y odd/ odd/b/ odd/b/x odd/good; do
  url --path-as-is -X PUT --data-binary @content -o /dev/null "$("$tool" url-PUT "/$key")" || fails "curl cannot write $key"
done
aws_put "$ROOT/"$'odd/a\x01b\nc' content || fails "aws cannot write control characters"
odd_keys() { aws --endpoint-url "$BERTH_CEPH_S3_ENDPOINT" s3api list-objects-v2 --bucket "$bucket" --prefix "$ROOT/odd" --query 'length(Contents || `[]`)'; }
[ "$(odd_keys)" = 8 ] || fails "aws wrote $(odd_keys) odd keys of 8"
[ "$("$tool" list /odd)" = $'/odd/\n/odd/../\n/odd/./\n/odd/a\x01b\nc\n/odd/b/\n/odd/good' ] || fails "the list of odd keys is wrong"
[ "$("$tool" list /odd/b)" = $'/odd/b/\n/odd/b/x' ] || fails "a marker with content is not reported"
[ "$("$tool" files /odd)" = $'/odd/../y\n/odd/./y\n/odd//y\n/odd/a\x01b\nc\n/odd/b/x\n/odd/good' ] || fails "the walk over odd keys is wrong"
"$tool" remove /odd/b && [ "$("$tool" list /odd)" = $'/odd/\n/odd/../\n/odd/./\n/odd/a\x01b\nc\n/odd/good' ] || fails "a marker stays when its directory is removed"
"$tool" remove /odd && [ "$(odd_keys)" = 0 ] || fails "odd keys stay when their directory is removed"

# A new bucket has a root; a key that begins with a slash is reported with it.
new="new-$$"
aws_api create-bucket --bucket "$new"
aws_api put-object --bucket "$new" --key /a --body content
in_new() { BERTH_CEPH_S3_BUCKET=$new ROOT='' "$tool" "$@"; }
seen=$(in_new list / && in_new files /) || fails "the root of a new bucket cannot be listed"
[ "$seen" = $'///\n//a' ] || fails "the key of the new bucket is not reported"
aws_api delete-object --bucket "$new" --key /a
in_new list / && in_new files / || fails "an empty bucket has no root"
aws_api delete-bucket --bucket "$new"

# Shared files as people write them give the same keys to the aws command and to the driver.
printf '# comment\r\n[profile "odd one"]\r\nregion = default ; no comment\r\ns3 =\r\n  aws_access_key_id = NESTED\r\n' >config
printf '; comment\n[default]\naws_access_key_id=WRONG\naws_secret_access_key=x\n\n[odd one]\n  \n' >credentials
printf 'aws_access_key_id   =   %s  \r\naws_secret_access_key:%s\r\n' \
  "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" >>credentials
by_profile() {
  env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY AWS_CONFIG_FILE="$work/config" \
    AWS_SHARED_CREDENTIALS_FILE="$work/credentials" AWS_PROFILE='odd one' PROFILE='odd one' "$@"
}
by_profile aws --endpoint-url "$BERTH_CEPH_S3_ENDPOINT" s3api head-bucket --bucket "$bucket" || fails "aws does not read the files"
by_profile "$tool" put /profile <content || fails "the driver does not read the files"

# Nothing is left half-done.
left=$(aws --endpoint-url "$BERTH_CEPH_S3_ENDPOINT" s3api list-multipart-uploads --bucket "$bucket" --prefix "$ROOT" --query 'length(Uploads || `[]`)')
[ "$left" = 0 ] || fails "$left uploads are left"
rclone -q purge "gw:$bucket/$ROOT"
echo "$((${#keys[@]} + 1)) objects, 3 clients, both ways: $failures failures"
[ "$failures" = 0 ]
