#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs a test with a server of its own, which requires a security token, copies at most 6 MiB in one
# request, and refuses the second part of a copy of a key with "refused" in it. Usage: limits.sh TEST SERVER-SCRIPT
set -euo pipefail
test=$1 server=$2
: "${BERTH_OSS_ENDPOINT:?is not set; start a server with tests/servers/oss.sh start}"
export BERTH_OSS_PORT=$((${BERTH_OSS_ENDPOINT##*:} + 1)) BERTH_OSS_TOKEN=token-$$
export BERTH_OSS_MAX_COPY=6291456 BERTH_OSS_REFUSED_COPY=refused
unset BERTH_OSS_DIR
trap 'bash "$server" stop >/dev/null' EXIT
bash "$server" start >/dev/null
set -a; eval "$(bash "$server" env)"; set +a
"$test"
