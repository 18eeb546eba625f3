#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# registry.sh: Debian's docker-registry (2.8.2) on loopback with one of its storage drivers, which writes and serves
# the layouts that Berth reads. The tests start and stop it themselves.
#
#   registry.sh start DRIVER     filesystem | swift | s3; s3 and swift take BERTH_CEPH_* and BERTH_SWIFT_*
#   registry.sh push DRIVER      pushes a small image (two layers of 3.5 MiB and 114 bytes) as berth/image:v1
#   registry.sh pull DRIVER DIR  pulls it into an OCI layout
#   registry.sh stop DRIVER
#   registry.sh env DRIVER
#
# Debian packages: docker-registry skopeo umoci curl
#
# Settings (environment):
#   BERTH_REGISTRY_PORT    first of three ports                     (18120)
#   BERTH_REGISTRY_DIR     private folder                           (${TMPDIR:-/tmp}/berth-registry-UID-PORT)
#   BERTH_REGISTRY_ROOT    rootdirectory, or the prefix of swift    (filesystem: DIR/root; else root1)
#   BERTH_REGISTRY_CHUNK   bytes per segment or part                (swift 1 MiB, s3 5 MiB)
#   BERTH_REGISTRY_BUCKET  bucket or container                      (berth, for swift registry)
set -euo pipefail

base=${BERTH_REGISTRY_PORT:-18120}
dir=${BERTH_REGISTRY_DIR:-${TMPDIR:-/tmp}/berth-registry-$(id -u)-$base}
driver=${2:-filesystem}
# shellcheck source=tests/servers/lib.sh
. "$(dirname "$0")/lib.sh"

case $driver in
  filesystem) port=$base ;;
  swift) port=$((base + 1)) ;;
  s3) port=$((base + 2)) ;;
  *) echo "registry.sh: unknown driver \"$driver\"; the drivers are: filesystem, swift, s3" >&2; exit 2 ;;
esac
root=${BERTH_REGISTRY_ROOT:-root1}
[ "$driver" != filesystem ] || root=${BERTH_REGISTRY_ROOT:-$dir/root}

storage() {
  case $driver in
    filesystem) printf '  filesystem: {rootdirectory: %s}\n' "$root" ;;
    swift) cat <<E
  swift:
    authurl: $BERTH_SWIFT_AUTH
    authversion: 1
    username: $BERTH_SWIFT_USER
    password: $BERTH_SWIFT_PASSWORD
    container: ${BERTH_REGISTRY_BUCKET:-registry}
    prefix: $root
    chunksize: ${BERTH_REGISTRY_CHUNK:-1048576}
E
      ;;
    s3) cat <<E
  s3:
    accesskey: $BERTH_CEPH_S3_ACCESS_KEY
    secretkey: $BERTH_CEPH_S3_SECRET_KEY
    region: us-east-1
    regionendpoint: $BERTH_CEPH_S3_ENDPOINT
    bucket: ${BERTH_REGISTRY_BUCKET:-${BERTH_CEPH_S3_BUCKET:-berth}}
    secure: false
    v4auth: true
    chunksize: ${BERTH_REGISTRY_CHUNK:-5242880}
    rootdirectory: /$root
E
      ;;
  esac
}

start() {
  alive "$driver" && return
  mkdir -p "$dir/run"
  cat >"$dir/$driver.yml" <<E
version: 0.1
log: {level: info, accesslog: {disabled: true}}
http: {addr: "127.0.0.1:$port", secret: secret, draintimeout: 1s}
storage:
  delete: {enabled: true}
  maintenance: {uploadpurging: {enabled: false}}
  redirect: {disable: true}
$(storage)
E
  # With the user's AWS_CA_BUNDLE its s3 driver panics.
  launch "$driver" env -u AWS_CA_BUNDLE docker-registry serve "$dir/$driver.yml"
  wait_http "$driver" "http://127.0.0.1:$port/v2/" 200 || { stop_server "$driver"; exit 1; }
}

make_image() {
  [ ! -d "$dir/oci" ] || return 0
  mkdir -p "$dir/src"
  head -c 3670016 /dev/urandom >"$dir/src/blob.bin"
  echo "hello" >"$dir/src/hello.txt"
  umoci init --layout "$dir/oci"
  umoci new --image "$dir/oci:v1"
  umoci insert --image "$dir/oci:v1" "$dir/src/blob.bin" /blob.bin
  umoci insert --image "$dir/oci:v1" "$dir/src/hello.txt" /hello.txt
  umoci config --image "$dir/oci:v1" --config.cmd /hello.txt --architecture amd64 --os linux
}

image=docker://127.0.0.1:$port/berth/image:v1
case ${1:-} in
  start) start ;;
  push) make_image >/dev/null && skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$dir/oci:v1" "$image" ;;
  pull) skopeo --insecure-policy copy -q --src-tls-verify=false "$image" "oci:${3:?a folder}:v1" ;;
  stop)
    stop_server "$driver"
    [ -n "$(find "$dir/run" -name '*.pid' 2>/dev/null)" ] || rm -rf "$dir" ;;
  env) printf 'BERTH_REGISTRY=127.0.0.1:%s\nBERTH_REGISTRY_ROOT=%s\nBERTH_REGISTRY_IMAGE_LAYOUT=%s\n' \
    "$port" "$root" "$dir/oci" ;;
  *) echo "usage: registry.sh start|push|pull|stop|env DRIVER" >&2; exit 2 ;;
esac
