#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs emulator.js, which tests the server of the other tests in its own process.
set -euo pipefail
: "${BERTH_OSS_NODE_MODULES:?is not set; start a server with tests/servers/oss.sh start}"
NODE_PATH=$BERTH_OSS_NODE_MODULES exec node "$(dirname "$0")/emulator.js"
