#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The conformance suite over the driver on the server of BERTH_AZURITE_*.
# Usage: conformance.sh path|host|token|sas|connection|ranges|legacy PROGRAM [its options], or, through a
# proxy that harms one in a hundred requests: conformance.sh shaken FAULT-PROXY PROGRAM [its options]
set -euo pipefail
way=$1 program=$2; shift 2
: "${BERTH_AZURITE_URL:?is not set; start a server with tests/servers/azurite.sh start}"
account=$BERTH_AZURITE_ACCOUNT url=${BERTH_AZURITE_URL%/*}
if [ "$way" = shaken ] && [ -z "${FAULT_PROXY:-}" ]; then
  exec "$program" "${url#http://}" 10 "$0" shaken "$@"
fi
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
endpoint=$BERTH_AZURITE_URL credentials="\"accountkey\": \"$BERTH_AZURITE_KEY\"," more=
where() { printf '"serviceurl": "%s", "accountname": "%s",' "$endpoint" "$account"; }
case $way in
  shaken) endpoint=$FAULT_PROXY/$account ;;
  host) endpoint=${url/127.0.0.1/$account.blob.localhost} ;;
  ranges) more='"chunksize": "64KiB", "downloadconcurrency": 4,' ;;
  legacy) more='"legacyleadingslash": true,' ;;
  sas) # as the official client makes it
    credentials="\"sastoken\": \"$(node "$(dirname "$0")/foreign.js" sas)\"," ;;
  connection) # and nothing else
    credentials="\"connectionstring\": \"DefaultEndpointsProtocol=http;AccountName=$account;AccountKey=$BERTH_AZURITE_KEY;BlobEndpoint=$endpoint\","
    where() { :; } ;;
  token)
    # A token of our own making: the emulator looks at the claims, not at the signature.
    exec 3< <(exec node -e '
      const b = (o) => Buffer.from(JSON.stringify(o)).toString("base64url");
      const now = Math.floor(Date.now() / 1000), id = "ab1f708d-50f6-404c-a006-d71b2ac7a606";
      const token = [b({ alg: "HS256", typ: "JWT" }), b({ aud: "https://storage.azure.com",
        iss: `https://sts.windows.net/${id}/`, oid: id, tid: id, iat: now, nbf: now, exp: now + 36000 }), "sig"].join(".");
      const s = require("http").createServer((q, r) => r.end(JSON.stringify({ expires_in: 36000, access_token: token })));
      s.listen(0, "127.0.0.1", () => { console.log(s.address().port); });')
    authority=$!; trap 'kill $authority' EXIT
    read -r port <&3
    endpoint=$BERTH_AZURITE_URL_TLS
    export CURL_CA_BUNDLE=$BERTH_AZURITE_CA # of the curl that fetches signed URLs
    credentials="\"credentials\": {\"type\": \"client_secret\", \"clientid\": \"c\", \"tenantid\": \"t\", \"secret\": \"s\"},
      \"authorityhost\": \"http://127.0.0.1:$port\", \"cafile\": \"$BERTH_AZURITE_CA\","
    ;;
esac
"$program" azure "{ $more $credentials $(where) \"proxy\": \"none\",
  \"container\": \"conformance-$way-$$\", \"createcontainer\": true }" "$@"
