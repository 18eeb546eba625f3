#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# keystone.sh: a throw-away OpenStack Keystone (sqlite, fernet, uwsgi) on loopback with one domain,
# project, user, application credential, a second user with a trust of the first, and the endpoint of
# swift.sh's second proxy.
#
#   keystone.sh start|stop|env     a start takes about 12 s; stop keeps nothing
#
# Debian packages: python3-keystone uwsgi-core uwsgi-plugin-python3 curl
#
# Knobs (environment):
#   BERTH_KEYSTONE_PORT   port                           (18090)
#   BERTH_KEYSTONE_DIR    private folder                 (${TMPDIR:-/tmp}/berth-keystone-UID-PORT)
#   BERTH_KEYSTONE_SWIFT  URL of swift.sh's second proxy (http://127.0.0.1:18085)
set -euo pipefail

port=${BERTH_KEYSTONE_PORT:-18090}
dir=${BERTH_KEYSTONE_DIR:-${TMPDIR:-/tmp}/berth-keystone-$(id -u)-$port}
swift_url=${BERTH_KEYSTONE_SWIFT:-http://127.0.0.1:18085}
url=http://127.0.0.1:$port
# shellcheck source=tests/servers/lib.sh
. "$(dirname "$0")/lib.sh"

manage() {
  /usr/bin/python3 /usr/bin/keystone-manage --config-file "$dir/etc/keystone.conf" "$@" \
    >>"$dir/manage.log" 2>&1
}

bootstrap() {   # about 6 s
  mkdir -p "$dir/etc"; mkdir -p -m 700 "$dir/fernet" "$dir/cred"
  cat > "$dir/etc/keystone.conf" <<C
[DEFAULT]
log_file = $dir/keystone.log
[database]
connection = sqlite:///$dir/keystone.db
[token]
provider = fernet
[fernet_tokens]
key_repository = $dir/fernet
[credential]
key_repository = $dir/cred
[identity]
password_hash_rounds = 4
[cache]
enabled = false
C
  manage db_sync
  # WAL is stored in the file; without it threads > 1 fail with "database is locked"
  /usr/bin/python3 -c 'import sqlite3,sys; sqlite3.connect(sys.argv[1]).execute("PRAGMA journal_mode=WAL")' "$dir/keystone.db"
  manage fernet_setup --keystone-user "$(id -un)" --keystone-group "$(id -gn)"
  manage credential_setup --keystone-user "$(id -un)" --keystone-group "$(id -gn)"
  manage bootstrap --bootstrap-password adminpass --bootstrap-region-id RegionOne \
     --bootstrap-admin-url $url/v3 --bootstrap-public-url $url/v3 --bootstrap-internal-url $url/v3
}

seed() {        # REST: project/user/domain/roles/service/endpoint/application credential
  /usr/bin/python3 - "$url" "$swift_url" > "$dir/env.tmp" <<'P'
import json, sys, urllib.request
url, swift = sys.argv[1:3]
def call(m, path, body=None, tok=None):
    r = urllib.request.Request(url + '/v3' + path, method=m, data=json.dumps(body).encode() if body is not None else None,
        headers={'Content-Type': 'application/json', **({'X-Auth-Token': tok} if tok else {})})
    with urllib.request.urlopen(r) as f:
        d = f.read(); return f.headers, (json.loads(d) if d else None)
def login(user, pw, project, dom='Default'):
    h, b = call('POST', '/auth/tokens', {'auth': {'identity': {'methods': ['password'], 'password': {'user': {
        'name': user, 'domain': {'name': dom}, 'password': pw}}}, 'scope': {'project': {'name': project, 'domain': {'name': dom}}}}})
    return h['X-Subject-Token'], b['token']
t, _ = login('admin', 'adminpass', 'admin')
mk = lambda kind, **k: call('POST', '/%ss' % kind, {kind: k}, t)[1][kind]['id']
roles = {r['name']: r['id'] for r in call('GET', '/roles', tok=t)[1]['roles']}
roles['ResellerAdmin'] = mk('role', name='ResellerAdmin')
grant = lambda p, u, r: call('PUT', '/projects/%s/users/%s/roles/%s' % (p, u, roles[r]), tok=t)
svc = mk('project', name='service', domain_id='default')
grant(svc, mk('user', name='swift', password='swiftpass', domain_id='default'), 'admin')
dom = mk('domain', name='labdom')
prj = mk('project', name='demo', domain_id=dom)
usr = mk('user', name='demo', password='demopass', domain_id=dom)
grant(prj, usr, 'member')
s = mk('service', name='swift', type='object-store')
for i in ('public', 'internal', 'admin'):
    mk('endpoint', service_id=s, region_id='RegionOne', interface=i, url=swift + '/v1/KEY_%(project_id)s')
call('PUT', '/domains/%s/users/%s/roles/%s' % (dom, usr, roles['member']), tok=t)
trustee = mk('user', name='trustee', password='trusteepass', domain_id=dom)
ut, _ = login('demo', 'demopass', 'demo', 'labdom')
trust = call('POST', '/OS-TRUST/trusts', {'trust': {'trustor_user_id': usr, 'trustee_user_id': trustee, 'project_id': prj,
    'impersonation': True, 'roles': [{'name': 'member'}]}}, ut)[1]['trust']
ac = call('POST', '/users/%s/application_credentials' % usr, {'application_credential': {'name': 'lab', 'secret': 'appsecret'}}, ut)[1]['application_credential']
print('BERTH_KEYSTONE_URL=%s' % url)
print('BERTH_KEYSTONE_AUTH=%s/v3' % url)
print('BERTH_KEYSTONE_REGION=RegionOne')
print('BERTH_KEYSTONE_USER=demo\nBERTH_KEYSTONE_PASSWORD=demopass')
print('BERTH_KEYSTONE_PROJECT=demo\nBERTH_KEYSTONE_DOMAIN=labdom')
print('BERTH_KEYSTONE_USER_ID=%s\nBERTH_KEYSTONE_PROJECT_ID=%s' % (usr, prj))
print('BERTH_KEYSTONE_DOMAIN_ID=%s' % dom)
print('BERTH_KEYSTONE_APPCRED_ID=%s\nBERTH_KEYSTONE_APPCRED_NAME=lab' % ac['id'])
print('BERTH_KEYSTONE_APPCRED_SECRET=appsecret')
print('BERTH_KEYSTONE_TRUST_ID=%s' % trust['id'])
print('BERTH_KEYSTONE_TRUSTEE=trustee\nBERTH_KEYSTONE_TRUSTEE_PASSWORD=trusteepass')
P
  mv "$dir/env.tmp" "$dir/env"
}

start() {
  alive keystone && return
  rm -rf "$dir" && mkdir -p "$dir"
  bootstrap
  export OS_KEYSTONE_CONFIG_FILES=$dir/etc/keystone.conf
  launch keystone uwsgi --plugin python3 --http11-socket "127.0.0.1:$port" \
    --add-header "Connection: close" --wsgi-file /usr/bin/keystone-wsgi-public \
    --pyargv "--config-file $dir/etc/keystone.conf" --master --die-on-term --processes 1 \
    --threads 4 --lazy-apps --buffer-size 65535
  wait_http keystone "$url/v3" 200 || { stop; exit 1; }
  seed
}

stop() { stop_server keystone; rm -rf "$dir"; }

case ${1:-} in
  start) start; cat "$dir/env" ;;
  stop) stop ;;
  env) [ -s "$dir/env" ] || { echo "keystone.sh: not started" >&2; exit 1; }; cat "$dir/env" ;;
  *) echo "usage: keystone.sh start|stop|env" >&2; exit 2 ;;
esac
