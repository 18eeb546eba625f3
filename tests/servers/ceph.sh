#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# ceph.sh: a temporary Ceph (one mon, one osd) with a RADOS Gateway (S3 and Swift, http and https) on loopback.
# It runs as the user who starts it, root or not, without systemd, cephadm or docker. `stop` removes its data.
#
#   ceph.sh start    new cluster, about 2 s; prints NAME=value lines; no-op if already up
#   ceph.sh stop     stops the processes of its pid files and removes the data
#   ceph.sh env      prints the lines again
#   ceph.sh status   pids, RSS, health
#   ceph.sh crash    kills the monitor with SIGKILL; the other processes keep running
#   ceph.sh revive   restarts the monitor and waits until it answers
#
#   set -a; eval "$(tests/servers/ceph.sh start)"; set +a
#
# Debian packages: ceph-mon ceph-osd radosgw ceph-common openssl curl [ceph-mgr]
#
# Settings (environment). Two clusters can run at the same time if DIR and PORT differ:
#   BERTH_CEPH_DIR        private directory                     (${TMPDIR:-/tmp}/berth-ceph-UID-PORT)
#   BERTH_CEPH_PORT       first of 21 ports it may use          (17480)
#   BERTH_CEPH_STORE      memstore | bluestore; memstore takes two bytes of memory per byte stored (memstore)
#   BERTH_CEPH_BYTES      OSD device size in bytes              (8 GiB)
#   BERTH_CEPH_AUTH       cephx | none                          (cephx)
#   BERTH_CEPH_MGR        1: also ceph-mgr (statistics only)    (0)
#   BERTH_CEPH_RGW        1 | 0: the gateway                    (1)
#   BERTH_CEPH_KEEP       1: stop leaves the directory behind   (0)
#   BERTH_CEPH_CONF_EXTRA text appended to ceph.conf; starts with a section: $'[osd]\n debug osd = 10'
set -euo pipefail
umask 077
export LC_ALL=C PATH="/usr/sbin:/usr/bin:/sbin:/bin:$PATH"
unset CEPH_ARGS CEPH_CONF CEPH_KEYRING || true

STORE=${BERTH_CEPH_STORE:-memstore}
BYTES=${BERTH_CEPH_BYTES:-8589934592}
AUTH=${BERTH_CEPH_AUTH:-cephx}
MGR=${BERTH_CEPH_MGR:-0}
RGW=${BERTH_CEPH_RGW:-1}
P=${BERTH_CEPH_PORT:-17480}
D=${BERTH_CEPH_DIR:-${TMPDIR:-/tmp}/berth-ceph-$(id -u)-$P}
KEEP=${BERTH_CEPH_KEEP:-0}

MON2=$((P + 0)) MON1=$((P + 1)) HTTP=$((P + 2)) HTTPS=$((P + 3))
BIND_MIN=$((P + 4)) BIND_MAX=$((P + 20))      # osd takes 8 (4 addrs x v1,v2), mgr 2

CONF=$D/ceph.conf
POOL=lab BUCKET=berth
S3_ACCESS=LABACCESSKEY00000001 S3_SECRET=LabSecretKey0000000000000000000000000001
S3_ACCESS2=LABACCESSKEY00000002 S3_SECRET2=LabSecretKey0000000000000000000000000002
SWIFT_USER=lab:swift SWIFT_KEY=LabSwiftKey001

say() { printf 'ceph.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

print_env() {
  cat <<E
BERTH_CEPH_CONF=$CONF
BERTH_CEPH_POOL=$POOL
BERTH_CEPH_USER=client.lab
BERTH_CEPH_KEYRING=$D/keyring
BERTH_CEPH_MON_HOST=v2:127.0.0.1:$MON2
E
  [ "$RGW" = 1 ] || return 0
  cat <<E
BERTH_CEPH_S3_ENDPOINT=http://127.0.0.1:$HTTP
BERTH_CEPH_S3_ENDPOINT_TLS=https://127.0.0.1:$HTTPS
BERTH_CEPH_CA=$D/rgw.crt
BERTH_CEPH_S3_REGION=default
BERTH_CEPH_S3_BUCKET=$BUCKET
BERTH_CEPH_S3_ACCESS_KEY=$S3_ACCESS
BERTH_CEPH_S3_SECRET_KEY=$S3_SECRET
BERTH_CEPH_S3_ACCESS_KEY2=$S3_ACCESS2
BERTH_CEPH_S3_SECRET_KEY2=$S3_SECRET2
BERTH_CEPH_SWIFT_AUTH=http://127.0.0.1:$HTTP/auth/1.0
BERTH_CEPH_SWIFT_AUTH_TLS=https://127.0.0.1:$HTTPS/auth/1.0
BERTH_CEPH_SWIFT_USER=$SWIFT_USER
BERTH_CEPH_SWIFT_KEY=$SWIFT_KEY
E
}

# The process of a pid file is ours only if our conf path is one of its arguments.
pid_of() {
  local f=$D/run/$1.pid pid
  [ -s "$f" ] || return 1
  pid=$(tr -dc 0-9 <"$f")
  [ -n "$pid" ] && [ -r "/proc/$pid/cmdline" ] &&
    tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "$CONF" && echo "$pid"
}

gone() {                         # really gone (or a zombie somebody else must reap)
  local st; st=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) || true
  [ -z "$st" ] || [ "${st:0:1}" = Z ]
}

launch() {                       # launch NAME program args...
  local name=$1; shift
  setsid "$@" -c "$CONF" -f </dev/null >>"$D/log/$name.out" 2>&1 &
  echo $! >"$D/run/$name.pid"
  disown $!
}

wait_for() {                     # wait_for SECONDS NAME WHAT command...
  local limit=$1 name=$2 what=$3 end; shift 3
  end=$((SECONDS + limit))
  until "$@" >/dev/null 2>&1; do
    pid_of "$name" >/dev/null || { tail -n 20 "$D/log/$name.out" >&2 || true; die "$name died while waiting for $what (logs in $D/log)"; }
    [ $SECONDS -lt $end ] || die "$what not there after ${limit}s (logs in $D/log)"
    sleep 0.1
  done
}

c() { timeout 30 ceph -c "$CONF" --connect-timeout 10 "$@" 2>>"$D/log/cli.err"; }
key() { ceph-authtool "$D/keyring" -p -n "$1"; }

write_conf() {
  local auth_lines store_lines
  if [ "$AUTH" = cephx ]; then
    auth_lines='auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false'
  else
    auth_lines='auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc'
  fi
  if [ "$STORE" = memstore ]; then
    store_lines="osd objectstore = memstore
memstore device bytes = $BYTES"
  else
    store_lines="osd objectstore = bluestore
bluestore block create = true
bluestore block size = $BYTES
bluestore cache autotune = false
bluestore cache size = 268435456
bluestore fsck on mkfs = false
bluestore fsck on mount = false"
  fi
  cat >"$CONF" <<E
[global]
fsid = $1
mon host = [v2:127.0.0.1:$MON2,v1:127.0.0.1:$MON1]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind port min = $BIND_MIN
ms bind port max = $BIND_MAX
keyring = $D/keyring
run dir = $D/run
admin socket = $D/run/\$name.\$pid.asok
crash dir = $D/crash
$auth_lines
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0

[mon]
mon data = $D/mon
log file = $D/log/\$name.log
mon allow pool size one = true
mon allow pool delete = true
mon max pg per osd = 2000
mon warn on pool no redundancy = false
mon data avail warn = 2
mon data avail crit = 1
paxos propose interval = 0.05

[osd]
osd data = $D/osd
log file = $D/log/\$name.log
osd class dir = $(dirname "$(ls -d /usr/lib/*/rados-classes/libcls_rgw.so /usr/lib*/rados-classes/libcls_rgw.so 2>/dev/null | head -n 1)")
$store_lines

[mgr]
mgr data = $D/mgr
log file = $D/log/\$name.log

[client.rgw.lab]
log file = $D/log/\$name.log
rgw frontends = beast tcp_nodelay=1 endpoint=127.0.0.1:$HTTP ssl_endpoint=127.0.0.1:$HTTPS ssl_certificate=$D/rgw.crt ssl_private_key=$D/rgw.key
rgw data = $D/rgw
rgw dns name = localhost
rgw thread pool size = 64
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = testkey-1=$(printf '%032d' 1 | base64) testkey-2=$(printf '%032d' 2 | base64)
rgw swift account in url = true
rgw swift versioning enabled = true
rgw enable lc threads = false
rgw gc obj min wait = 1
rgw gc processor period = 5
rgw gc processor max time = 10
rgw dynamic resharding = false

${BERTH_CEPH_CONF_EXTRA:-}
E
}

start() {
  if pid_of mon >/dev/null && pid_of osd >/dev/null && { [ "$RGW" != 1 ] || pid_of rgw >/dev/null; }; then
    say "already running in $D"; print_env; return
  fi
  stop_all
  for b in ceph-mon ceph-osd ceph rados ceph-authtool monmaptool $([ "$MGR" = 1 ] && echo ceph-mgr) $([ "$RGW" = 1 ] && echo radosgw radosgw-admin openssl curl); do command -v $b >/dev/null || die "$b missing"; done
  [ ! -e "$D" ] || [ -f "$CONF" ] || rmdir "$D" 2>/dev/null || die "$D exists and is not one of ours"
  local port
  for port in $MON2 $MON1 $([ "$RGW" = 1 ] && echo $HTTP $HTTPS); do
    ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || die "port $port is taken (set BERTH_CEPH_PORT)"
  done
  rm -rf "$D"; mkdir -p "$D"/{run,log,crash,mon,osd,mgr,rgw}
  trap 'rc=$?; [ $rc = 0 ] || { KEEP=1; stop_all; }' EXIT
  local fsid osd_uuid t0=$EPOCHREALTIME
  fsid=$(cat /proc/sys/kernel/random/uuid) osd_uuid=$(cat /proc/sys/kernel/random/uuid)
  write_conf "$fsid"

  # One keyring for all daemons and clients; ceph-mon --mkfs imports every entity in it, so no `ceph auth` calls are needed.
  ceph-authtool "$D/keyring" -C >/dev/null
  ceph-authtool "$D/keyring" --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool "$D/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' --cap mds 'allow *'
  ceph-authtool "$D/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap mgr 'allow profile osd' --cap osd 'allow *'
  ceph-authtool "$D/keyring" --gen-key -n mgr.x --cap mon 'allow profile mgr' --cap osd 'allow *' --cap mds 'allow *'
  ceph-authtool "$D/keyring" --gen-key -n client.rgw.lab --cap mon 'allow rw' --cap osd 'allow rwx' --cap mgr 'allow rw'
  ceph-authtool "$D/keyring" --gen-key -n client.lab --cap mon 'allow r' --cap osd "allow rwx pool=$POOL"

  monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$MON2,v1:127.0.0.1:$MON1]" "$D/monmap" >/dev/null
  ceph-mon -c "$CONF" -i a --mkfs --monmap "$D/monmap" --keyring "$D/keyring" >>"$D/log/mon.out" 2>&1 || die "mon mkfs failed: $D/log/mon.out"
  start_mon
  say "mon up $(since $t0)"

  c osd new "$osd_uuid" 0 >/dev/null
  ceph-osd -c "$CONF" -i 0 --mkfs --osd-uuid "$osd_uuid" >>"$D/log/osd.out" 2>&1 || die "osd mkfs failed: $D/log/osd.out"
  launch osd ceph-osd -i 0
  [ "$MGR" = 1 ] && launch mgr ceph-mgr -i x
  c osd pool create $POOL 8 >/dev/null
  c osd pool application enable $POOL lab >/dev/null
  wait_for 60 osd 'osd.0 up' osd_up
  wait_for 60 osd 'a first write' timeout 10 rados -c "$CONF" -n client.lab -p $POOL put .probe "$CONF"
  timeout 10 rados -c "$CONF" -n client.lab -p $POOL rm .probe
  say "rados usable $(since $t0)"

  if [ "$RGW" = 1 ]; then # a wildcard right below the top counts for nothing, so the bucket is named
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=localhost \
      -addext "subjectAltName=DNS:localhost,DNS:*.localhost,DNS:$BUCKET.localhost,IP:127.0.0.1" \
      -keyout "$D/rgw.key" -out "$D/rgw.crt" 2>/dev/null
    launch rgw radosgw -n client.rgw.lab
    wait_for 120 rgw 'radosgw' curl -s -o /dev/null "http://127.0.0.1:$HTTP/"
    say "radosgw answers $(since $t0)"
    local adm=(timeout 60 radosgw-admin -c "$CONF" -n client.rgw.lab)
    { "${adm[@]}" user create --uid=lab --display-name=Lab --access-key=$S3_ACCESS --secret-key=$S3_SECRET
      "${adm[@]}" subuser create --uid=lab --subuser=$SWIFT_USER --access=full --key-type=swift --secret-key=$SWIFT_KEY
      "${adm[@]}" user create --uid=lab2 --display-name=Lab2 --access-key=$S3_ACCESS2 --secret-key=$S3_SECRET2
    } >>"$D/log/admin.out" 2>>"$D/log/cli.err" || die "radosgw-admin failed: $D/log/cli.err"
    make_bucket || die "cannot create bucket $BUCKET"
    say "users and bucket made $(since $t0)"
  fi
  trap - EXIT
  print_env
}

# The first bucket creates the gateway's index pool, which is slow under load.
make_bucket() {
  curl -sSf -o /dev/null --max-time 60 -X PUT --aws-sigv4 aws:amz:default:s3 --user "$S3_ACCESS:$S3_SECRET" \
    -H x-amz-content-sha256:UNSIGNED-PAYLOAD "http://127.0.0.1:$HTTP/$BUCKET"
}

start_mon() {
  launch mon ceph-mon -i a
  wait_for 30 mon 'mon quorum' c quorum_status
}

crash() {
  local pid
  pid=$(pid_of mon) || die "no monitor runs in $D"
  kill -KILL "$pid"
  until gone "$pid"; do sleep 0.02; done
}

revive() { pid_of mon >/dev/null || start_mon; }

osd_up() { c osd stat | grep -q ' 1 up'; }
since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN{printf "%.1fs", b-a}'; }

stop_one() {                     # TERM, then KILL
  local name=$1 limit=${2:-10} pid i
  pid=$(pid_of "$name") || { rm -f "$D/run/$name.pid"; return 0; }
  kill -TERM "$pid" 2>/dev/null || true
  for ((i = 0; i < limit * 20; i++)); do gone "$pid" && break; sleep 0.05; done
  if ! gone "$pid" && pid_of "$name" >/dev/null; then say "$name ($pid) ignored TERM for ${limit}s, killing"; kill -KILL "$pid" 2>/dev/null || true; sleep 0.3; fi
  rm -f "$D/run/$name.pid"
}

stop_all() {
  [ -d "$D/run" ] || return 0
  stop_one rgw 10; stop_one mgr 5; stop_one osd 10; stop_one mon 10
  [ "$KEEP" = 1 ] || { [ -f "$CONF" ] && rm -rf "$D"; }
  return 0
}

status() {
  local n pid rc=0
  for n in mon osd mgr rgw; do
    if pid=$(pid_of $n); then printf '%s pid=%s rss_kib=%s\n' $n "$pid" "$(awk '/VmRSS/{print $2}' /proc/$pid/status)"; else printf '%s down\n' $n; fi
  done
  pid_of mon >/dev/null && c health detail || rc=1
  return $rc
}

case ${1:-} in
  start) start ;;
  stop) stop_all ;;
  env) [ -f "$CONF" ] || die "not started"; print_env ;;
  status) status ;;
  crash) crash ;;
  revive) revive ;;
  *) sed -n '4,/^set -/{/^set -/!s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac
