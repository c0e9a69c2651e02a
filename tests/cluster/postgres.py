"""Three machines with PostgreSQL under Patroni, and etcd on each of them for who leads."""
import glob
import os
import shutil
import signal

from ground import NETWORK, command, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
PASSWORDS = {"PASSWORD-OF-POSTGRES": "postgres-of-a-test", "PASSWORD-OF-REPLICATOR": "replicator-of-a-test"}
ROLE, PASSWORD, BASE = "sideways", "sideways-of-a-test", "sideways"


def programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4]))
    return os.path.dirname(found[-1]) if found else None


class Cluster:
    def __init__(self, ground, count=3):
        self.ground = ground
        self.bin = programs()
        self.nodes = [ground.machine(f"pg{i + 1}", 11 + i) for i in range(count)]
        self.etcd_state = "new"
        self._certificates()
        for node in self.nodes:
            os.mkdir(f"{node.folder}/etcd", 0o700)
            node.write("patroni.yaml", self._settings(node))
            for file in ("etcd", "server.key", "server.crt", "."):
                shutil.chown(os.path.join(node.folder, file), "postgres", "postgres")
        for node in self.nodes:
            self.start(node)
        self.etcd_state = "existing"

    def _certificates(self):
        """An authority, and for each machine a certificate of its address: for sslmode=verify-full."""
        folder = self.ground.folder
        self.authority = f"{folder}/ca.crt"
        request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        command(*request, "-subj", "/CN=authority of a test", "-keyout", f"{folder}/ca.key", "-out", self.authority)
        for node in self.nodes:
            command(*request, "-CA", self.authority, "-CAkey", f"{folder}/ca.key", "-subj", f"/CN={node.name}", "-addext", "basicConstraints=critical,CA:FALSE",
                    "-addext", f"subjectAltName=IP:{node.address},DNS:{node.name}", "-keyout", f"{node.folder}/server.key", "-out", f"{node.folder}/server.crt")
            os.chmod(f"{node.folder}/server.key", 0o600)

    def _settings(self, node):
        with open(f"{HERE}/patroni.yaml", encoding="utf-8") as file:
            text = file.read()
        words = {"NAME": node.name, "ADDRESS": node.address, "FOLDER": node.folder, "BIN": self.bin, "NETWORK": f"{NETWORK}.0/24",
                 "ETCD": ",".join(f"{other.address}:2379" for other in self.nodes), **PASSWORDS}
        for word in sorted(words, key=len, reverse=True):
            text = "\n".join(line if line.lstrip().startswith("#") else line.replace(word, words[word]) for line in text.split("\n"))
        return text

    # ---- starting

    def start(self, node):
        self.start_etcd(node)
        self.start_patroni(node)

    def start_etcd(self, node):
        peers = ",".join(f"{other.name}=http://{other.address}:2380" for other in self.nodes)
        node.start("etcd", "etcd", f"--name={node.name}", f"--data-dir={node.folder}/etcd", "--listen-client-urls=http://0.0.0.0:2379",
                   f"--advertise-client-urls=http://{node.address}:2379", f"--listen-peer-urls=http://{node.address}:2380",
                   f"--initial-advertise-peer-urls=http://{node.address}:2380", f"--initial-cluster={peers}", f"--initial-cluster-state={self.etcd_state}",
                   # Patient: the machines of a test share two processors.
                   "--heartbeat-interval=250", "--election-timeout=2500", "--enable-v2=true", "--log-level=warn", user="postgres")

    def start_patroni(self, node):
        node.start("patroni", "patroni", f"{node.folder}/patroni.yaml", user="postgres")

    def create_base(self):
        """What an operator does once."""
        leader = wait_for("a leader of PostgreSQL", self.leader, 120)
        wait_for("a synchronous standby", lambda: self.sql(leader, "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')") == "1", 120)
        self.sql(leader, f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
        self.sql(leader, f"CREATE DATABASE {BASE} OWNER {ROLE}")
        # libpq goes to the next host when one is a standby, but not when one says that there is no such database (yet).
        for node in self.nodes:
            wait_for(f"the database is at {node.name}", lambda node=node: self.sql(node, f"SELECT count(*) FROM pg_database WHERE datname = '{BASE}'") == "1", 60)
        return leader

    # ---- asking

    def leader(self, but=None):
        """The machine whose PostgreSQL takes writes, by Patroni's word; one that is cut off may think so for a while."""
        for node in self.nodes:
            if node.keeper is None or node is but:
                continue
            try:
                if node.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "2", f"http://{node.address}:8008/primary", timeout=10) == "200":
                    return node
            except OSError:
                pass
        return None

    def whole(self):
        """The leader, when all others stream from it and one of them is waited for."""
        leader = self.leader()
        if leader is None:
            return None
        states = self.sql(leader, "SELECT state || ' ' || sync_state FROM pg_stat_replication").split("\n")
        streaming = [state for state in states if state.startswith("streaming")]
        return leader if len(streaming) == len(self.nodes) - 1 and any("sync" in state.split()[1:] for state in streaming) else None

    def sql(self, node, text, base="postgres"):
        return node.run(f"{self.bin}/psql", "-h", node.folder, "-U", "postgres", "-d", base, "-Atq", "-v", "ON_ERROR_STOP=1", "-c", text, user="postgres", timeout=30).strip()

    def url(self, options=""):
        """For libpq; the password stands elsewhere."""
        hosts = ",".join(f"{node.address}:5432" for node in self.nodes)
        return f"postgresql://{ROLE}@{hosts}/{BASE}?target_session_attrs=read-write&connect_timeout=3&sslmode=verify-full&sslrootcert={self.authority}{options}"

    # ---- harm

    def kill_leader(self, node):
        """PostgreSQL and Patroni of one machine, at once; etcd and the machine live."""
        return node.signal(signal.SIGKILL, "patroni", "postgres")

    def freeze(self, node):
        return node.freeze("patroni", "postgres", "etcd")

    def thaw(self, node):
        node.thaw("patroni", "postgres", "etcd")
