#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# oss.sh: runs oss.js, a server with the protocol of Alibaba Cloud OSS, on loopback with one bucket; see oss.js.
#
#   oss.sh start|stop|env
#
# Needs node and npm. The official client packages are installed once into a cache folder, without their
# install scripts.
#
# Settings (environment):
#   BERTH_OSS_PORT      port                           (18140)
#   BERTH_OSS_DIR       private folder                 (${TMPDIR:-/tmp}/berth-oss-UID-PORT)
#   BERTH_OSS_CACHE     where npm packages are kept    (${TMPDIR:-/tmp}/berth-npm-UID)
#   BERTH_OSS_TOKEN     a security token that every request must carry    (none)
#   BERTH_OSS_MAX_COPY  bytes; a larger single copy is refused            (1 GiB)
#   BERTH_OSS_REFUSED_COPY  part 2 of copies of keys with this in them is refused  (none)
set -euo pipefail

port=${BERTH_OSS_PORT:-18140}
dir=${BERTH_OSS_DIR:-${TMPDIR:-/tmp}/berth-oss-$(id -u)-$port}
cache=${BERTH_OSS_CACHE:-${TMPDIR:-/tmp}/berth-npm-$(id -u)}/oss
packages="ali-oss@6.23.0 @alicloud/gateway-oss @alicloud/oss-util"
# shellcheck source=tests/servers/lib.sh
. "$(dirname "$0")/lib.sh"

install() {
  [ "$(cat "$cache/installed" 2>/dev/null)" = "$packages" ] && return
  rm -rf "$cache" && mkdir -p "$cache"
  # shellcheck disable=SC2086
  (cd "$cache" && npm init -y && npm install --no-audit --no-fund --ignore-scripts $packages) >&2
  echo "$packages" >"$cache/installed"
}

make_bucket() {
  NODE_PATH=$cache/node_modules node -e "
    const OSS = require('ali-oss');
    new OSS({accessKeyId: 'testak', accessKeySecret: 'testsecret', region: 'oss-cn-hangzhou',
      stsToken: process.env.BERTH_OSS_TOKEN || undefined, endpoint: 'http://127.0.0.1:$port'})
      .putBucket('berth').catch((e) => { console.error(e); process.exit(1); });"
}

start() {
  alive oss && return
  install
  export OSS_SECURITY_TOKEN=${BERTH_OSS_TOKEN:-} NODE_PATH=$cache/node_modules
  export OSS_REFUSED_COPY=${BERTH_OSS_REFUSED_COPY:-}
  export OSS_CNAME=images.localhost=berth
  [ -z "${BERTH_OSS_MAX_COPY:-}" ] || export OSS_MAX_COPY=$BERTH_OSS_MAX_COPY
  launch oss node "$(dirname "$(readlink -f "$0")")/oss.js" "$port"
  wait_http oss "http://127.0.0.1:$port/_stats" 200 && make_bucket || { stop; exit 1; }
}

stop() { stop_server oss; rm -rf "$dir"; }

print_env() {
  cat <<E
BERTH_OSS_ENDPOINT=http://127.0.0.1:$port
BERTH_OSS_ENDPOINT_VIRTUAL=http://berth.localhost:$port
BERTH_OSS_ENDPOINT_CNAME=http://images.localhost:$port
BERTH_OSS_ACCESS_KEY_ID=testak
BERTH_OSS_ACCESS_KEY_SECRET=testsecret
BERTH_OSS_REGION=oss-cn-hangzhou
BERTH_OSS_BUCKET=berth
BERTH_OSS_NODE_MODULES=$cache/node_modules
E
}

case ${1:-} in
  start) start; print_env ;;
  stop) stop ;;
  env) alive oss || { echo "oss.sh: not started" >&2; exit 1; }; print_env ;;
  *) echo "usage: oss.sh start|stop|env" >&2; exit 2 ;;
esac
