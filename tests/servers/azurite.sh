#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# azurite.sh: Azurite, Microsoft's Azure Storage emulator, blob service only, on loopback: one instance
# on http (Shared Key and SAS) and one on https that also takes bearer tokens. Objects live in memory.
#
#   azurite.sh start|stop|env
#
# Needs node and npm; the package is installed once into a cache folder, without install scripts.
#
# Knobs (environment):
#   BERTH_AZURITE_PORT   http port; https is the next        (18100)
#   BERTH_AZURITE_DIR    private folder                      (${TMPDIR:-/tmp}/berth-azurite-UID-PORT)
#   BERTH_AZURITE_CACHE  where npm packages are kept         (${TMPDIR:-/tmp}/berth-npm-UID)
set -euo pipefail

port=${BERTH_AZURITE_PORT:-18100} port_tls=$((${BERTH_AZURITE_PORT:-18100} + 1))
dir=${BERTH_AZURITE_DIR:-${TMPDIR:-/tmp}/berth-azurite-$(id -u)-$port}
cache=${BERTH_AZURITE_CACHE:-${TMPDIR:-/tmp}/berth-npm-$(id -u)}/azurite
# 3.35.0 is the newest that declares support for node 20; the client is the foreign one of the tests.
packages="azurite@3.35.0 @azure/storage-blob@12.32.0"
key='Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
key2=c2Vjb25kYWNjb3VudGtleXNlY29uZGFjY291bnRrZXkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMQ==
# shellcheck source=tests/servers/lib.sh
. "$(dirname "$0")/lib.sh"

install() {
  [ "$(cat "$cache/installed" 2>/dev/null)" = "$packages" ] && return
  rm -rf "$cache" && mkdir -p "$cache"
  # shellcheck disable=SC2086
  (cd "$cache" && npm init -y && npm install --no-audit --no-fund --ignore-scripts $packages) >&2
  echo "$packages" >"$cache/installed"
}

launch_azurite() { # launch_azurite NAME PORT ARGS...
  local name=$1 port=$2 blob="$cache/node_modules/azurite/dist/src/blob"; shift 2
  # Every ten minutes it looks for bytes that no blob has any more. With what a few suites left that takes
  # minutes, in which it answers nothing, and no option turns it off.
  echo "require('$blob/utils/constants').DEFAULT_GC_INTERVAL_MS = 2 ** 31 - 1;" >"$dir/no-collection.js"
  export AZURITE_ACCOUNTS="devstoreaccount1:$key;berthaccount2:$key2"
  launch "$name" node --max-old-space-size=8192 -r "$dir/no-collection.js" "$blob/main.js" --blobHost 127.0.0.1 \
    --blobPort "$port" --inMemoryPersistence --disableTelemetry --silent --skipApiVersionCheck "$@"
}

start() {
  alive azurite && alive azurite-tls && return
  install
  mkdir -p "$dir/run"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj /CN=127.0.0.1 -addext 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:*.blob.localhost' \
    -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
  launch_azurite azurite "$port"
  launch_azurite azurite-tls "$port_tls" --oauth basic --cert "$dir/cert.pem" --key "$dir/key.pem"
  wait_http azurite "http://127.0.0.1:$port/" && wait_http azurite-tls "https://127.0.0.1:$port_tls/" ||
    { stop; exit 1; }
}

stop() { stop_server azurite; stop_server azurite-tls; rm -rf "$dir"; }

print_env() {
  cat <<E
BERTH_AZURITE_ACCOUNT=devstoreaccount1
BERTH_AZURITE_KEY=$key
BERTH_AZURITE_ACCOUNT2=berthaccount2
BERTH_AZURITE_KEY2=$key2
BERTH_AZURITE_URL=http://127.0.0.1:$port/devstoreaccount1
BERTH_AZURITE_URL_TLS=https://127.0.0.1:$port_tls/devstoreaccount1
BERTH_AZURITE_CA=$dir/cert.pem
BERTH_AZURITE_NODE_MODULES=$cache/node_modules
E
}

case ${1:-} in
  start) start; print_env ;;
  stop) stop ;;
  env) alive azurite || { echo "azurite.sh: not started" >&2; exit 1; }; print_env ;;
  *) echo "usage: azurite.sh start|stop|env" >&2; exit 2 ;;
esac
