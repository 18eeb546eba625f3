#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sync on a real service: up, down and up again copies nothing twice, a change with an old time is
# seen, a file becomes a folder and the reverse, and a multipart object is compared by its content.
# Usage: sync_services.sh BERTH PLUGINS SERVICE
service=$3
. "$(dirname "$0")/lib.sh"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY AWS_CA_BUNDLE
umask 077 # the configuration holds passwords

parameters() {
  case $service in
    s3)
      : "${BERTH_CEPH_S3_ENDPOINT:?is not set; start a gateway with tests/servers/ceph.sh start}"
      echo "\"regionendpoint\": \"$BERTH_CEPH_S3_ENDPOINT\", \"bucket\": \"$BERTH_CEPH_S3_BUCKET\",
        \"accesskey\": \"$BERTH_CEPH_S3_ACCESS_KEY\", \"secretkey\": \"$BERTH_CEPH_S3_SECRET_KEY\",
        \"rootdirectory\": \"cli-sync-$$\", \"proxy\": \"none\""
      ;;
    swift)
      : "${BERTH_SWIFT_AUTH:?is not set; start a server with tests/servers/swift.sh start}"
      echo "\"authurl\": \"$BERTH_SWIFT_AUTH\", \"username\": \"$BERTH_SWIFT_USER\",
        \"password\": \"$BERTH_SWIFT_PASSWORD\", \"container\": \"clisync\", \"prefix\": \"s-$$\",
        \"chunksize\": \"5MiB\", \"proxy\": \"none\""
      ;;
    azure)
      : "${BERTH_AZURITE_URL:?is not set; start a server with tests/servers/azurite.sh start}"
      echo "\"accountname\": \"$BERTH_AZURITE_ACCOUNT\", \"accountkey\": \"$BERTH_AZURITE_KEY\",
        \"serviceurl\": \"$BERTH_AZURITE_URL\", \"container\": \"cli-sync-$$\",
        \"createcontainer\": true, \"proxy\": \"none\""
      ;;
    oss)
      : "${BERTH_OSS_ENDPOINT:?is not set; start a server with tests/servers/oss.sh start}"
      echo "\"endpoint\": \"$BERTH_OSS_ENDPOINT\", \"region\": \"$BERTH_OSS_REGION\",
        \"bucket\": \"$BERTH_OSS_BUCKET\", \"accesskeyid\": \"$BERTH_OSS_ACCESS_KEY_ID\",
        \"accesskeysecret\": \"$BERTH_OSS_ACCESS_KEY_SECRET\", \"rootdirectory\": \"cli-sync-$$\",
        \"proxy\": \"none\""
      ;;
    rados)
      : "${BERTH_CEPH_CONF:?is not set; start a cluster with tests/servers/ceph.sh start}"
      echo "\"poolname\": \"$BERTH_CEPH_POOL\", \"username\": \"$BERTH_CEPH_USER\",
        \"configfile\": \"$BERTH_CEPH_CONF\", \"keyring\": \"$BERTH_CEPH_KEYRING\",
        \"namespace\": \"cli-sync-$$\""
      ;;
  esac
}

wanted=$(parameters) || exit 99
cat >berth.json <<END
{
  "plugins": { "directories": ["$plugins"], "allowuntrusted": true },
  "stores": { "cloud": { "driver": "$service", "parameters": { $wanted } } }
}
END

mkdir -p tree/folder
echo one >tree/one && echo x >tree/x && echo a >tree/folder/a
head -c 22000000 /dev/urandom >tree/multipart
expect_code 0 "$berth" sync tree cloud:/t
expect_line err "synced 4 files"
for round in 1 2; do
  expect_code 0 "$berth" sync cloud:/t down
  [ "$round" = 1 ] || expect_line err "synced 0 files"
  expect_code 0 "$berth" sync down cloud:/t
  expect_line err "synced 0 files"
done
diff -r tree down || fail "a tree that went round is the same"

echo two >tree/one && touch -d 2001-01-01 tree/one
printf 'x' | dd of=tree/multipart bs=1 seek=21000000 conv=notrunc 2>dd && touch -d 2001-01-01 tree/multipart
expect_code 0 "$berth" sync tree cloud:/t
expect_line err "synced 2 files"
expect_code 0 "$berth" verify tree cloud:/t

rm -r tree/x tree/folder && mkdir tree/x && echo y >tree/x/y && echo 'now a file' >tree/folder
expect_code 0 "$berth" sync --delete tree cloud:/t
expect_line err "removed 2"
expect_code 0 "$berth" verify tree cloud:/t
expect_code 0 "$berth" sync --delete cloud:/t down
diff -r tree down || fail "changed kinds come down as they are"
expect_code 0 "$berth" sync cloud:/t cloud:/copy
expect_code 0 "$berth" sync cloud:/t cloud:/copy
expect_line err "synced 0 files"

expect_code 0 "$berth" rm -r cloud:/
finish
