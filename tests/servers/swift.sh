#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# swift.sh: a throw-away OpenStack Swift (account, container, object and proxy servers, one replica,
# tempauth) on loopback, and with BERTH_SWIFT_KEYSTONE a second proxy that trusts keystone.sh.
#
#   swift.sh start|stop|env|restart   start is a no-op when it runs; stop removes the data; restart kills the
#                                     proxies in the middle of what they do and starts them anew
#
# Debian packages: python3-swift python3-swiftclient python3-keystonemiddleware memcached curl
#
# Knobs (environment):
#   BERTH_SWIFT_PORT      base port, uses six                        (18080)
#   BERTH_SWIFT_DIR       private folder                             (${TMPDIR:-/tmp}/berth-swift-UID-PORT)
#   BERTH_SWIFT_KEYSTONE  URL of keystone.sh: adds the second proxy  (off)
#   BERTH_SWIFT_TOKEN_CACHE  seconds for which that proxy asks Keystone about a token once; the tests
#                         that revoke tokens need it short  (1)
#   BERTH_SWIFT_MAXFILE   max_file_size: larger PUTs are a 413       (Swift's 5 GiB)
set -euo pipefail

base=${BERTH_SWIFT_PORT:-18080}
dir=${BERTH_SWIFT_DIR:-${TMPDIR:-/tmp}/berth-swift-$(id -u)-$base}
keystone=${BERTH_SWIFT_KEYSTONE:-} token_cache=${BERTH_SWIFT_TOKEN_CACHE:-1}
proxy=$base account=$((base + 1)) container=$((base + 2)) object=$((base + 3))
memcached=$((base + 4)) proxy_keystone=$((base + 5))
# shellcheck source=tests/servers/lib.sh
. "$(dirname "$0")/lib.sh"

# Swift keeps object metadata in extended attributes: ext4 holds less than 4 KiB of them per file, tmpfs
# (Linux 6.6 and later) and XFS more, so tmpfs is preferred.
takes_big_xattr() {
  mkdir -p "$1" && /usr/bin/python3 -c 'import os, sys
f = sys.argv[1] + "/.x"; open(f, "w").close()
try: os.setxattr(f, "user.swift.metadata", b"x" * 8192)
finally: os.unlink(f)' "$1" 2>/dev/null
}
data_dir() {
  local shm; shm=/dev/shm/$(basename "$dir")
  if takes_big_xattr "$shm"; then echo "$shm"; else rmdir "$shm" 2>/dev/null || true; echo "$dir/data"; fi
}

write_conf() {
  mkdir -p "$dir/etc" "$dir/run" "$dir/cache"
  local maxfile=${BERTH_SWIFT_MAXFILE:+max_file_size = $BERTH_SWIFT_MAXFILE}
  cat > "$dir/etc/swift.conf" <<C
[swift-hash]
swift_hash_path_prefix = lab
swift_hash_path_suffix = lab
[storage-policy:0]
name = default
default = yes
[swift-constraints]
$maxfile
C
  local data; data=$(data_dir); echo "$data" >"$dir/data-dir"; mkdir -p "$data/d1"
  local common="bind_ip = 127.0.0.1
workers = 0
user = $(id -un)
swift_dir = $dir/etc
devices = $data
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
log_level = INFO
log_statsd_host ="
  local s port timeouts
  for s in account:$account container:$container object:$object; do
    port=${s#*:}; s=${s%:*} timeouts=
    # An update of a listing that takes longer than a second is left to a daemon, which does not run here: the object
    # would never be listed. A busy machine makes that happen.
    [ "$s" != object ] || timeouts="conn_timeout = 30
node_timeout = 60
container_update_timeout = 60"
    cat > "$dir/etc/$s-server.conf" <<C
[DEFAULT]
bind_port = $port
$common
recon_cache_path = $dir/cache
[pipeline:main]
pipeline = healthcheck $s-server
[app:$s-server]
use = egg:swift#$s
$timeouts
[filter:healthcheck]
use = egg:swift#healthcheck
C
  done
  proxy_conf "$proxy" tempauth "$common" > "$dir/etc/proxy-server.conf"
  rm -f "$dir/etc/proxyks-server.conf"
  [ -z "$keystone" ] || proxy_conf "$proxy_keystone" "authtoken keystoneauth" "$common" > "$dir/etc/proxyks-server.conf"
  cat > "$dir/etc/aio.py" <<'C'
# One parent, four or five children (account, container, object, proxy[, proxyks]), each running
# Swift's own run_wsgi() with workers=0. SIGTERM to the parent ends them all, SIGHUP replaces the proxies.
import ctypes, os, signal, sys, time
etc, ports = sys.argv[1], dict(a.split('=') for a in sys.argv[2:])
import swift.common.utils as u
u.SWIFT_CONF_FILE = os.path.join(etc, 'swift.conf')  # before anything reads /etc/swift
from swift.common.ring import RingBuilder
for ring in ('account', 'container', 'object'):
    path = os.path.join(etc, ring + '.ring.gz')
    rb = RingBuilder(2, 1, 0)        # 2^2 partitions, ONE replica, min_part_hours 0
    rb.add_dev({'id': 0, 'region': 1, 'zone': 1, 'weight': 1.0, 'ip': '127.0.0.1',
                'port': int(ports[ring]), 'device': 'd1'})
    rb.rebalance()
    rb.get_ring().save(path)
from swift.common.storage_policy import reload_storage_policies
from swift.common.constraints import reload_constraints
reload_storage_policies(); reload_constraints()
from swift.common.wsgi import run_wsgi
import swift.proxy.server, swift.account.server, swift.container.server, swift.obj.server
kids = {}
def stop(sig, frame):
    for p in kids:
        try: os.kill(p, signal.SIGTERM)
        except OSError: pass
    left, t = set(kids), time.time()
    while left:
        if time.time() - t > 1:
            for p in left:
                try: os.kill(p, signal.SIGKILL)
                except OSError: pass
        for p in list(left):
            try:
                if os.waitpid(p, os.WNOHANG)[0]: left.discard(p)
            except OSError: left.discard(p)
        time.sleep(0.02)
    os._exit(0)
names = ['account', 'container', 'object', 'proxy']
if os.path.exists(os.path.join(etc, 'proxyks-server.conf')):
    names.append('proxyks')
    import keystonemiddleware.auth_token   # most of what a proxy's start costs: here, a restart need not
def launch(name):
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)   # PR_SET_PDEATHSIG
        for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(s, signal.SIG_DFL)
        fd = os.open(os.path.join(os.path.dirname(etc), 'run', name + '.log'),
                     os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(fd, 1); os.dup2(fd, 2)
        kw = {'verbose': True}
        if name == 'object':
            kw['global_conf_callback'] = swift.obj.server.global_conf_callback
        rc = run_wsgi(os.path.join(etc, name + '-server.conf'), name.replace('proxyks', 'proxy') + '-server', **kw)
        os._exit(rc or 0)
    kids[pid] = name
for name in names: launch(name)
signal.signal(signal.SIGTERM, stop); signal.signal(signal.SIGINT, stop)
replaced = set()
def replace(sig, frame):
    for p, name in kids.items():
        if name.startswith('proxy'):
            replaced.add(p)
            os.kill(p, signal.SIGKILL)
signal.signal(signal.SIGHUP, replace)
pid, st = os.wait()
while pid in replaced:
    launch(kids.pop(pid))
    pid, st = os.wait()
print('child', kids.pop(pid, pid), 'ended with', st, file=sys.stderr)
stop(None, None)
C
}

# A second, stateless proxy for Keystone on its own port: with tempauth and authtoken in ONE pipeline
# (order must then be "authtoken keystoneauth tempauth") every tempauth request costs 2 Keystone calls (260 ms).
proxy_conf() { # port auth-filters common
  cat <<C
[DEFAULT]
bind_port = $1
$3
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk tempurl $2 staticweb copy slo dlo versioned_writes symlink proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
# one replica: a single 5xx/507 must not ban the only device for 60 s (all later requests 503)
error_suppression_interval = 0
error_suppression_limit = 1000000
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:proxy-logging]
use = egg:swift#proxy_logging
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$memcached
# two connections, waited for a second each, and ten failures turn memcached off for 60 s, with all tokens: a busy
# machine makes that happen
memcache_max_connections = 64
connect_timeout = 10
pool_timeout = 30
io_timeout = 30
error_suppression_interval = 0
error_suppression_limit = 1000000
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:tempurl]
use = egg:swift#tempurl
[filter:tempauth]
use = egg:swift#tempauth
reseller_prefix = AUTH
user_test_tester = testing .admin
user_test2_tester2 = testing2 .admin
user_test_reader = reading
storage_url_scheme = http
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
www_authenticate_uri = $keystone/v3
auth_url = $keystone/v3
auth_type = password
username = swift
password = swiftpass
project_name = service
user_domain_id = default
project_domain_id = default
delay_auth_decision = True
cache = swift.cache
token_cache_time = $token_cache
include_service_catalog = False
interface = public
[filter:keystoneauth]
use = egg:swift#keystoneauth
reseller_prefix = KEY
operator_roles = admin, member
reseller_admin_role = ResellerAdmin
[filter:staticweb]
use = egg:swift#staticweb
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
C
}

start() {
  alive swift && return
  write_conf
  launch memcached memcached -u "$(id -un)" -l 127.0.0.1 -p "$memcached" -U 0 -m 16 -c 256
  launch swift /usr/bin/python3 "$dir/etc/aio.py" "$dir/etc" \
    account=$account container=$container object=$object
  local port
  for port in $account $container $object $proxy ${keystone:+$proxy_keystone}; do
    wait_http swift "http://127.0.0.1:$port/healthcheck" 200 || { stop; exit 1; }
  done
}

restart() {
  local pid before; pid=$(cat "$dir/run/swift.pid")
  before=$(cat "/proc/$pid/task/$pid/children")
  kill -HUP "$pid"
  while [ "$(<"/proc/$pid/task/$pid/children")" = "$before" ]; do sleep 0.01; done
  for port in $proxy ${keystone:+$proxy_keystone}; do
    wait_http swift "http://127.0.0.1:$port/healthcheck" 200 || exit 1
  done
}

stop() {
  stop_server swift
  stop_server memcached
  [ ! -s "$dir/data-dir" ] || rm -rf "$(cat "$dir/data-dir")"
  rm -rf "$dir"
}

print_env() {
  cat <<E
BERTH_SWIFT_AUTH=http://127.0.0.1:$proxy/auth/v1.0
BERTH_SWIFT_USER=test:tester
BERTH_SWIFT_PASSWORD=testing
BERTH_SWIFT_USER2=test2:tester2
BERTH_SWIFT_PASSWORD2=testing2
BERTH_SWIFT_STORAGE_URL=http://127.0.0.1:$proxy/v1/AUTH_test
BERTH_SWIFT_MEMCACHED_PORT=$memcached
${keystone:+BERTH_SWIFT_KEYSTONE_PROXY=http://127.0.0.1:$proxy_keystone}
E
}

case ${1:-} in
  start) start; print_env ;;
  stop) stop ;;
  restart) alive swift || { echo "swift.sh: not started" >&2; exit 1; }; restart ;;
  env) alive swift || { echo "swift.sh: not started" >&2; exit 1; }; print_env ;;
  *) echo "usage: swift.sh start|stop|env|restart" >&2; exit 2 ;;
esac
