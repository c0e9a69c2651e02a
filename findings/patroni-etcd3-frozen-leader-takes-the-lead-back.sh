#!/bin/bash
# Patroni 3.0.2 (Debian 12's) on etcd's third protocol: a leader whose lease ran out while it was frozen puts its name back over the new one's.
#
# One would guess: who leads is a key with a lease. A leader that was paused for longer than the lease (a virtual machine that is moved
# or snapshotted) finds at its next heartbeat that the key is another's, fails to update it, and steps down. That is what the lease is for.
#
# What happens: update_leader() sees that its lease is gone, makes a new one and puts its name without comparing: it says True, and the
# key is its own again while the other has been promoted. Two PostgreSQL servers then write two histories; what the other acknowledged
# meanwhile is lost, synchronous_mode or not. On etcd's second protocol (`etcd:`) the update compares, and fails as one would guess.
#
# Met on 2026-11-30 by tests/cluster (a leader that was stopped with SIGSTOP and went on), with patroni 3.0.2-1 and etcd 3.4.23 of Debian 12.
# Source: patroni/dcs/etcd3.py, _update_leader; upstream says so in its pull requests 2689 and 2693 of May 2023. Here the same library and
# server without PostgreSQL: two members, a lease of 20 s of which the first one sleeps through 25.
set -eu
work=$(mktemp -d)
trap '[ -z "${etcd:-}" ] || { kill "$etcd"; wait "$etcd" || true; } 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip -q install --disable-pip-version-check 'patroni==3.0.2' 'urllib3==1.26.20' 'python-etcd==0.4.5' 'dnspython==2.6.1'
apt-get -q download etcd-server=3.4.23-4+b4 >/dev/null
dpkg -x etcd-server_*.deb etcd
port=$((20000 + RANDOM % 10000))
etcd/usr/bin/etcd --data-dir "$work/data" --listen-client-urls "http://127.0.0.1:$port" --advertise-client-urls "http://127.0.0.1:$port" \
	--listen-peer-urls "http://127.0.0.1:$((port + 1))" --initial-advertise-peer-urls "http://127.0.0.1:$((port + 1))" \
	--initial-cluster "default=http://127.0.0.1:$((port + 1))" --enable-v2=true >etcd.log 2>&1 &
etcd=$!
cat >run.py <<'PY'
import sys, time
from patroni.dcs.etcd import Etcd
from patroni.dcs.etcd3 import Etcd3
from patroni.version import __version__
kind = {'etcd': Etcd, 'etcd3': Etcd3}[sys.argv[1]]
def member(name):
    return kind({'host': '127.0.0.1:' + sys.argv[2], 'name': name, 'scope': 'bank', 'namespace': 'service', 'ttl': 20, 'loop_wait': 4, 'retry_timeout': 8, 'patronictl': False})
def leader(dcs):
    cluster = dcs.get_cluster()
    return cluster.leader and cluster.leader.name
first, second = member('first'), member('second')
first.get_cluster(); assert first.attempt_to_acquire_leader() and leader(first) == 'first'
time.sleep(25)  # frozen: no heartbeat.  What it knows of the cluster is what it last read.
second.get_cluster()
assert second.attempt_to_acquire_leader() and leader(second) == 'second', 'the second is not the leader'
kept = first.update_leader(10)
print(f'patroni {__version__} on {sys.argv[1]}: the frozen leader updates: {bool(kept)}; the leader is {leader(second)}', flush=True)
import os; os._exit(0)
PY
for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
etcd/usr/bin/etcd --version | head -1
env/bin/python run.py etcd "$port" 2>/dev/null | tee v2
env/bin/python run.py etcd3 "$port" 2>/dev/null | tee v3
grep -q 'updates: False; the leader is second' v2
grep -q 'updates: True; the leader is first' v3
