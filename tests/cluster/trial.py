"""A trial: three machines with PostgreSQL, four gateways, a provider, clients, and the watch; and what is harmed in it."""
import json
import os
import signal
import subprocess
import time

import postgres
from gateways import Gateway
from ground import Ground, wait_for
from judge import Logs

HERE = os.path.dirname(os.path.abspath(__file__))
GATEWAYS, KEYS, TEAMS = 4, 16, 4
PROVIDER_WAIT_MS = 200
CALL_NANO = 67500    # what a call costs on average: provider.c
BOUND_NANO = 1000000 # more than a call of the driver can cost


class Trial:
    def __init__(self, program, folder, clients, pause_ms, seconds):
        """clients: of each gateway; seconds: how long it is expected to go on, for the size of the budgets."""
        self.program, self.folder, self.clients, self.pause_ms = program, folder, clients, pause_ms
        self.ground = Ground(folder)
        self.calls_a_second = GATEWAYS * clients * 1000 / (PROVIDER_WAIT_MS + pause_ms + 20)
        self.share_nano = int(self.calls_a_second * seconds * CALL_NANO / KEYS)
        self.broken = []  # when something was harmed, until all was whole

    def build_up(self):
        began = time.monotonic()
        for name in ("provider", "driver"):
            subprocess.run(["gcc", "-O2", "-o", f"{self.folder}/{name}.program", f"{HERE}/{name}.c", "-lpthread"], check=True)
        self.cluster = postgres.Cluster(self.ground)
        self.provider = self.ground.machine("provider", 31)
        self.drivers = self.ground.machine("clients", 41)
        self.cluster.create_base()
        self.provider.start("provider", f"{self.folder}/provider.program", "8080", str(PROVIDER_WAIT_MS), f"{self.provider.folder}/bills")
        url = self.cluster.url()
        self.gateways = [Gateway(self.ground, i + 1, self.program, f"http://{self.provider.address}:8080/v1", url) for i in range(GATEWAYS)]
        wait_for("a whole cluster", self.cluster.whole, 120)
        self.gateways[0].cli("bank", "init")
        for gateway in self.gateways:
            gateway.start()
        for gateway in self.gateways:
            wait_for(f"{gateway.machine.name} is ready", gateway.is_ready, 60)
        self.make_keys()
        self.watch_url = url.replace("connect_timeout=3", "connect_timeout=2")
        self.drivers.start("watch", "/usr/bin/python3", f"{HERE}/watch.py", self.watch_url, f"{self.drivers.folder}/looks", env={"PGPASSWORD": postgres.PASSWORD})
        self.note(f"built up in {time.monotonic() - began:.0f} s")

    def note(self, text):
        print(f"# {text}", flush=True)

    # ---- money

    def make_keys(self):
        """Half of the keys come to the end of their budgets, one after the other, while things break; a team, too."""
        self.names, self.windows, lines = {}, {}, []
        for i in range(KEYS):
            name, team = f"k{i + 1}", f"t{i % TEAMS + 1}"
            limit = self.share_nano * (i + 1) // 10 if i < KEYS // 2 else self.share_nano * 10
            made = self.gateways[i % GATEWAYS].json("keys", "create", "--alias", name, "--team", team, "--budget", f"{limit / 1e9:.9f}")
            lines.append(f"{name} {made['key']}\n")
            self.names[name] = (f"key {name}", f"team {team}", "proxy")
            self.windows[f"key {name}"] = ("key", made["id"], "")
        for i in range(TEAMS):
            self.set_team(i + 1, self.share_nano * (2 if i == 0 else 40))
            self.windows[f"team t{i + 1}"] = ("team", f"t{i + 1}", "")
        # Of these nothing comes to its end before the limits are lowered.
        self.rich = {f"k{i + 1}" for i in range(KEYS // 2, KEYS) if i % TEAMS != 0}
        self.windows["proxy"] = ("proxy", "", "")
        self.drivers.write("keys", "".join(lines))

        self.probe = self.gateways[0].json("keys", "create", "--alias", "probe", "--budget", "1")
        self.names["probe"], self.windows["key probe"] = ("key probe", "proxy"), ("key", self.probe["id"], "")

    def answer(self, gateway):
        """The status of a call with the probe's key."""
        body = json.dumps({"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "@probe@ x"}]})
        return self.drivers.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "30", "-H", f"Authorization: Bearer {self.probe['key']}",
                                "-H", "Content-Type: application/json", "-d", body, f"http://{gateway.address}/v1/chat/completions", timeout=40)

    def set_team(self, number, nano):
        self.gateways[number % GATEWAYS].cli("budgets", "set", f"team:t{number}", f"{nano / 1e9:.9f}")

    def pots(self):
        """Windows as the bank has them now: name -> (limit, spent, held)."""
        leader = wait_for("a leader", self.cluster.leader, 120)
        rows = json.loads(self.cluster.sql(leader, "SELECT coalesce(json_agg(json_build_array(scope, scope_id, period, limit_amount, spent_amount, held_amount)), '[]') "
                                           "FROM sideways.pot WHERE kind = 'money'", postgres.BASE))
        found = {(scope, scope_id, period): (limit, spent, held) for scope, scope_id, period, limit, spent, held in rows}
        return {name: found[window] for name, window in self.windows.items() if window in found}

    def held(self):
        return sum(held for _, _, held in self.pots().values())

    # ---- traffic

    def start_traffic(self):
        self.drivers.start("driver", f"{self.folder}/driver.program", f"{self.drivers.folder}/keys", f"{self.drivers.folder}/answers", str(self.clients), str(self.pause_ms),
                           *(gateway.address for gateway in self.gateways))
        wait_for("calls are served by every gateway", lambda: self.served_since(0, set(range(1, GATEWAYS + 1))), 60)

    def stop_traffic(self):
        self.drivers.signal(signal.SIGTERM, "driver.program")
        self.drivers.programs["driver"].wait(timeout=180)
        self.drivers.signal(signal.SIGTERM, "python3", "watch.py")

    def logs(self):
        return Logs(f"{self.provider.folder}/bills", f"{self.drivers.folder}/answers", f"{self.drivers.folder}/looks", self.names)

    def served_since(self, began, wanted):
        """Has each of these gateways served a call that began after this time?"""
        return wanted <= {a.gateway for a in self.logs().answers if a.status == 200 and a.began > began}

    # ---- time

    def rest(self, seconds):
        """Traffic goes on."""
        time.sleep(seconds)

    def new_leader(self, old):
        leader = wait_for("another leader", lambda: self.cluster.leader(old), 300)
        wait_for("the bank takes commits again", lambda: self.last_look(), 300)
        return leader

    def last_look(self):
        looks = self.logs().looks
        return looks and "error" not in looks[-1] and time.time() - looks[-1]["at"] < 3

    def whole(self):
        wait_for("a whole cluster", self.cluster.whole, 600)


def now_ms():
    return int(time.time() * 1000)


# ---- what is done to it.  Each returns when all is whole again.

def kill_leader(trial):
    """PostgreSQL's leader and its Patroni, kill -9."""
    leader = wait_for("a leader", trial.cluster.leader, 120)
    trial.cluster.kill_leader(leader)
    trial.new_leader(leader)
    trial.cluster.start_patroni(leader)
    trial.whole()


def kill_machine(trial):
    """The leader's machine and a gateway's, as in a power cut of one room; started again when the others have gone on."""
    leader, gateway = wait_for("a leader", trial.cluster.leader, 120), trial.gateways[3]
    leader.kill()
    gateway.machine.kill()
    trial.new_leader(leader)
    trial.rest(10)
    leader.boot()
    trial.cluster.start(leader)
    gateway.machine.boot()
    gateway.start()
    trial.whole()
    wait_for("the gateway serves again", lambda: trial.served_since(now_ms() - 2000, {gateway.number}), 300, 1)


def kill_gateway(trial):
    """A gateway's processes, kill -9; its machine and so its journal's boot go on."""
    gateway = trial.gateways[1]
    gateway.machine.signal(signal.SIGKILL, "sideways", "nginx")
    trial.rest(5)
    gateway.start()
    wait_for("the gateway serves again", lambda: trial.served_since(now_ms() - 2000, {gateway.number}), 300, 1)


def cut_off(trial):
    """A gateway and a standby are cut off, without a word."""
    leader, gateway = wait_for("a leader", trial.cluster.leader, 120), trial.gateways[2]
    standby = next(node for node in trial.cluster.nodes if node is not leader)
    for machine in (gateway.machine, standby):
        machine.cut()
    trial.rest(20)
    for machine in (gateway.machine, standby):
        machine.join()
    trial.whole()


def cut_bank(trial):
    """The leader of PostgreSQL is cut off from all: it must not go on."""
    leader = wait_for("a leader", trial.cluster.leader, 120)
    leader.cut()
    trial.new_leader(leader)
    trial.rest(5)
    leader.join()
    trial.whole()


def freeze_leader(trial):
    """The leader's processes stop for longer than it may lead, and go on then."""
    leader = wait_for("a leader", trial.cluster.leader, 120)
    trial.cluster.freeze(leader)
    trial.new_leader(leader)
    trial.rest(5)
    trial.cluster.thaw(leader)
    trial.whole()


def two_at_once(trial):
    """The leader and one standby die: nobody can lead until one of them is back."""
    leader = wait_for("a leader", trial.cluster.leader, 120)
    standby = next(node for node in trial.cluster.nodes if node is not leader)
    leader.kill()
    standby.kill()
    trial.rest(10)
    for node in (standby, leader):
        node.boot()
        trial.cluster.start(node)
    wait_for("the bank takes commits again", trial.last_look, 300)
    trial.whole()


HARM = {f.__name__: f for f in (kill_leader, kill_machine, kill_gateway, cut_off, cut_bank, freeze_leader, two_at_once)}
