"""Gateways, each a machine of its own: nginx with the shipped file before `sideways serve`."""
import json
import os
import signal

import postgres
from ground import wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
PORT = 4000


class Gateway:
    def __init__(self, ground, number, program, provider, bank):
        self.machine = ground.machine(f"gateway{number}", 20 + number)
        self.number, self.program = number, program
        self.address = f"{self.machine.address}:{PORT}"
        self.env = {"MASTER_KEY": "sk-master-of-a-test-0123456789abcdef", "BANK_PASSWORD": postgres.PASSWORD,
                    "SIDEWAYS_CONFIG": f"{self.machine.folder}/sideways.yaml", "SIDEWAYS_DB": f"{self.machine.folder}/sideways.db"}
        with open(f"{HERE}/sideways.yaml", encoding="utf-8") as file:
            text = file.read()
        if bank is None:
            text = "\n".join(line for line in text.split("\n") if "bank" not in line)
        self.machine.write("sideways.yaml", text.replace("PROVIDER", provider).replace("BANK\"", f"{bank}\""), 0o600)
        self._write_nginx()

    def _write_nginx(self):
        folder = self.machine.folder
        with open(f"{HERE}/../../config/nginx.conf", encoding="utf-8") as file:
            site = file.read().replace("unix:/run/sideways/sideways.sock", f"unix:{folder}/sideways.sock").replace("127.0.0.1:4000", f"0.0.0.0:{PORT}")
        paths = "\n".join(f"\t{kind}_temp_path {folder}/nginx-{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.machine.write("nginx.conf", f"daemon off;\nuser root;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\n"
                           f"events {{ worker_connections 1024; }}\nhttp {{\n\taccess_log off;\n\tkeepalive_requests 1000000;\n{paths}\n{site}\n}}\n")

    def start(self):
        socket = f"{self.machine.folder}/sideways.sock"
        if os.path.exists(socket):
            os.unlink(socket)  # of a machine that was killed
        self.machine.start("sideways", self.program, "serve", "--listen", f"unix:{socket}", env=self.env)
        wait_for(f"{self.machine.name}: a socket", lambda: os.path.exists(socket), 60)
        self.machine.start("nginx", "nginx", "-e", f"{self.machine.folder}/nginx.log", "-c", f"{self.machine.folder}/nginx.conf")

    def is_ready(self):
        url = f"http://127.0.0.1:{PORT}/health/readiness"
        return self.machine.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "5", url, timeout=10) == "200"

    def stop(self):
        """As its operator stops it: what it had leased goes back."""
        self.machine.signal(signal.SIGTERM, "sideways")
        self.machine.programs["sideways"].wait(timeout=60)
        self.machine.signal(signal.SIGTERM, "nginx")

    def cli(self, *words, timeout=60):
        return self.machine.run(self.program, *words, env=self.env, timeout=timeout)

    def json(self, *words):
        return json.loads(self.cli(*words, "--json"))
