"""Machines on one switch, made of name spaces.

A machine has a network, a host name, processes and a boot id of its own; what it keeps is a folder, which outlives it.
The switch is a bridge in a name space that has no other way out, so nothing that runs here can be reached from, or
reach, anything else.  Killing a machine kills all of its processes at once, as a power cut would (its disk keeps what
the kernel was given); started again it has another boot id.
"""
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid

NETWORK = "10.77.0"


class Ground:
    def __init__(self, folder):
        self.folder = folder
        self.tag = f"sw{os.getpid()}"
        self.machines = []
        command("ip", "netns", "add", self.tag)
        try:
            self.ip("link", "add", "bridge", "type", "bridge")
            self.ip("link", "set", "bridge", "up")
        except OSError:
            self.remove()
            raise

    def ip(self, *words):
        command("ip", "-n", self.tag, *words)

    def machine(self, name, number):
        made = Machine(self, name, number)
        self.machines.append(made)
        made.boot()
        return made

    def remove(self):
        for machine in self.machines:
            machine.remove()
        subprocess.run(["ip", "netns", "del", self.tag], check=False)


class Machine:
    def __init__(self, ground, name, number):
        self.ground, self.name = ground, name
        self.address = f"{NETWORK}.{number}"
        self.space = f"{ground.tag}-{name}"
        self.folder = os.path.join(ground.folder, name)
        os.mkdir(self.folder, 0o755)
        self.keeper = self.init = None
        self.programs = {}
        command("ip", "netns", "add", self.space)
        ground.ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", self.space)
        self.ip("addr", "add", f"{self.address}/24", "dev", "eth0")
        self.ip("link", "set", "eth0", "up")
        self.ip("link", "set", "lo", "up")
        self.join()

    def ip(self, *words):
        command("ip", "-n", self.space, *words)

    # ---- the wire

    def join(self):
        self.ground.ip("link", "set", self.name, "up")
        self.ground.ip("link", "set", self.name, "master", "bridge")

    def cut(self):
        """The wire leads nowhere, and nobody is told."""
        self.ground.ip("link", "set", self.name, "nomaster")

    def unplug(self):
        """The machine sees that its link is down."""
        self.ground.ip("link", "set", self.name, "down")

    # ---- power

    def boot(self):
        boot_id = os.path.join(self.folder, "boot_id")
        with open(boot_id, "w", encoding="ascii") as file:
            file.write(f"{uuid.uuid4()}\n")
        # bash is the machine's first process: it takes in orphans.
        first = f"hostname {self.name} && mount --bind {boot_id} /proc/sys/kernel/random/boot_id && echo up && sleep infinity & wait"
        self.keeper = subprocess.Popen(
            # With whoever runs this the machine ends, too.
            ["setpriv", "--pdeathsig=KILL", "nsenter", f"--net=/run/netns/{self.space}", "unshare", "--uts", "--pid", "--mount", "--ipc", "--fork", "--kill-child", "--mount-proc", "bash", "-c", first],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True)
        if self.keeper.stdout.readline() != b"up\n":
            self.keeper.kill()
            raise OSError(f"no machine can be made of name spaces here: {self.keeper.stderr.read().decode().strip() or 'unshare ended'}")
        with open(f"/proc/{self.keeper.pid}/task/{self.keeper.pid}/children", encoding="ascii") as file:
            self.init = int(file.read().split()[0])

    def kill(self):
        if self.keeper is None:
            return
        os.kill(self.init, signal.SIGKILL)
        self.keeper.wait()
        for program in self.programs.values():
            program.kill()
            program.wait()
        self.keeper.stdout.close()
        self.keeper.stderr.close()
        self.keeper, self.programs = None, {}

    def remove(self):
        self.kill()
        subprocess.run(["ip", "netns", "del", self.space], check=False)

    # ---- programs

    def inside(self, *words, user=None):
        enter = ["nsenter", f"--target={self.init}", "--net", "--uts", "--pid", "--mount", "--ipc", f"--wd={self.folder}"]
        return enter + (["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []) + list(words)

    def start(self, name, *words, user=None, env=None):
        """A program that runs until the machine, or it, is ended; what it says is in NAME.log."""
        with open(os.path.join(self.folder, f"{name}.log"), "ab") as log:
            program = subprocess.Popen(self.inside(*words, user=user), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       env={**os.environ, **(env or {})}, start_new_session=True)
        self.programs[name] = program
        return program

    def run(self, *words, user=None, env=None, timeout=60):
        """A command: what it printed, or an OSError that has what it said."""
        try:
            done = subprocess.run(self.inside(*words, user=user), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  env={**os.environ, **(env or {})}, timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            raise OSError(f"{self.name}: {words[0]} took longer than {timeout} s") from None
        if done.returncode != 0:
            raise OSError(f"{self.name}: {' '.join(words)} ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def signal(self, number, *names):
        """To the processes of this machine whose program has one of these names."""
        sent = 0
        for pid in processes_of(self.init):
            if command_name(pid) in names:
                try:
                    os.kill(pid, number)
                    sent += 1
                except ProcessLookupError:
                    pass
        return sent

    def freeze(self, *names):
        return self.signal(signal.SIGSTOP, *names)

    def thaw(self, *names):
        self.signal(signal.SIGCONT, *names)
        for program in self.programs.values():
            program.send_signal(signal.SIGCONT)  # nsenter stops with what it has started

    def write(self, name, text, mode=0o644):
        file = os.path.join(self.folder, name)
        with open(file, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(file, mode)
        return file


def processes_of(init):
    """All that share the process space of a machine's first process."""
    space = os.readlink(f"/proc/{init}/ns/pid")
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.readlink(f"/proc/{entry}/ns/pid") == space:
                    found.append(int(entry))
            except OSError:
                pass  # it has ended
    return found


def command_name(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def command(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(words)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def wait_for(what, ready, seconds, every=0.2):
    """Waits until ready() says something that is true, and returns it."""
    end = time.monotonic() + seconds
    why = ""
    while time.monotonic() < end:
        try:
            answer = ready()
            if answer:
                return answer
        except OSError as error:
            why = f": {error}"
        time.sleep(every)
    raise OSError(f"{what}: not within {seconds} s{why}")


def need(*tools):
    """What the machine that runs this must have; the rest of the sentence says how it comes."""
    if os.geteuid() != 0:
        if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
            os.execvp("sudo", ["sudo", "-n", "--preserve-env=SIDEWAYS,KEEP,TMPDIR", *sys.argv])
        sys.exit("Bail out! tests/cluster needs root, because it makes network name spaces")
    for tool in tools:
        if not shutil.which(tool, path=os.environ["PATH"]):
            sys.exit(f"Bail out! tests/cluster needs {tool}: apt-get install postgresql patroni etcd-server python3-psycopg2 nginx-light iproute2 util-linux gcc")
