"""Times how a replica that was away is brought up to date: by replay, and by AFR's self-heal of
the same workload; called by scripts/bench.

usage: bench-heal.py BIN WORK RUNS

It starts a glusterd of its own, which needs port 24007, and a host name of this machine's that
resolves to 127.0.0.1, which JBR_BENCH_HOST can name.
"""
import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time

from benchgluster import ServedBrick, compile_peer, require_equal, wait_until
from benchlib import Run, median, ratio

VOLUME = "healed"
PORT = 24007
WRITE_BYTES = 128 << 10
POLL_SECONDS = 0.2
HEAL_SECONDS_MAX = 900
NULL = "00000000-0000-0000-0000-000000000000"


class Glusterd:
    """A glusterd of our own; `end` ends it and all that it started."""

    def __init__(self, work):
        self.work = work
        self.run_directory = os.path.join(work, "run")
        for name in ("run", "state", "log"):
            os.mkdir(os.path.join(work, name))
        graph = os.path.join(work, "glusterd.vol")
        options = {
            "working-directory": os.path.join(work, "state"),
            "run-directory": self.run_directory,
            "logging-directory": os.path.join(work, "log"),
            "transport-type": "socket",
            "transport.socket.bind-address": "127.0.0.1",
            "transport.socket.listen-port": str(PORT),
            "max-port": "60999",
        }
        with open(graph, "w") as file:
            file.write("volume management\ntype mgmt/glusterd\n")
            file.writelines("option %s %s\n" % option for option in options.items())
            file.write("end-volume\n")
        self.process = subprocess.Popen(
            ["glusterd", "-N", "-f", graph, "-l", os.path.join(work, "log", "glusterd.log"),
             "-p", os.path.join(self.run_directory, "glusterd.pid")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_until(lambda: self.gluster("pool", "list").returncode == 0, 30,
                   "glusterd does not answer")

    def gluster(self, *words, check=False):
        done = subprocess.run(["gluster", "--mode=script", *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if check and done.returncode != 0:
            sys.exit("bench: gluster %s: %s" % (" ".join(words), done.stdout.strip()))
        return done

    def processes(self):
        """What it started and left running, as their files say."""
        for folder, _, names in os.walk(self.run_directory):
            for name in names:
                if name.endswith(".pid") and name != "glusterd.pid":
                    with open(os.path.join(folder, name)) as file:
                        text = file.read().strip()
                    if text.isdigit() and is_gluster(int(text), self.work):
                        yield name, int(text)

    def end(self):
        self.gluster("volume", "stop", VOLUME, "force")
        for _, pid in list(self.processes()):
            os.kill(pid, signal.SIGKILL)
        self.process.terminate()
        self.process.wait(30)


def is_gluster(pid, work):
    """Whether a process is one of this benchmark's: its number could have come to another."""
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            return work.encode() in file.read()
    except OSError:
        return False


class Journal:
    """Lines of the requests that brought a brick's objects about, in the workload's order."""

    def __init__(self, brick, output):
        self.brick = brick
        self.output = output
        self.count = 0

    def gfid(self, path):
        found = os.getxattr(os.path.join(self.brick, path), "trusted.gfid")
        text = found.hex()
        return found, "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])

    def add(self, fop, **fields):
        self.count += 1
        line = {"type": "request", "id": "1/%d" % self.count, "fop": fop, "xdata": [], **fields}
        self.output.write(json.dumps(line).encode() + b"\n")

    def make(self, fop, path, **fields):
        parent, name = os.path.split(path)
        self.add(fop, loc={"gfid": NULL, "parent": self.gfid(parent)[1], "name": name}, umask=0,
                 **{**fields, "xdata": [{"key": "gfid-req", "value": {
                     "base64": base64.b64encode(self.gfid(path)[0]).decode()}}]})

    def directory(self, path):
        self.make("mkdir", path, mode=0o755)

    def write(self, path):
        with open(os.path.join(self.brick, path), "rb") as file:
            offset = 0
            while part := file.read(WRITE_BYTES):
                self.add("writev", fd=self.gfid(path)[1], length=len(part), offset=offset,
                         flags=0x8001, payload=base64.b64encode(part).decode())
                offset += len(part)

    def file(self, path):
        self.make("create", path, mode=0o100644, flags=0o102, fd=NULL)
        self.write(path)

    def workload(self):
        names = lambda path: sorted(os.listdir(os.path.join(self.brick, path)))
        self.directory("new")
        for name in names("new"):
            self.directory("new/" + name)
        files = sorted((file, folder) for folder in names("new") for file in names("new/" + folder))
        for file, folder in files:
            self.file("new/%s/%s" % (folder, file))
        for name in names(""):
            if name.startswith("big"):
                self.file(name)
        for name in names("old"):
            self.write("old/" + name)


class Bench:
    def __init__(self, binaries, work, runs):
        self.binaries = binaries
        self.replay = os.path.join(binaries, "jbr-replay")
        self.journal_tool = os.path.join(binaries, "jbr-journal")
        self.work = os.path.join(work, "heal")
        os.mkdir(self.work)
        # Where the bricks of this run are. Nothing is removed between runs: see `fresh`.
        self.place = self.work
        self.runs = runs
        self.host = os.environ.get("JBR_BENCH_HOST", socket.gethostname())
        self.workload = compile_peer("heal-workload", self.work, "-lgfapi")

    def path(self, name):
        return os.path.join(self.place, name)

    def pending(self):
        """How many entries AFR's index holds: cheaper to ask for than heal info."""
        return sum(not name.startswith("xattrop-") for brick in ("b1", "b2") for name in
                   os.listdir(self.path(brick + "/.glusterfs/indices/xattrop")))

    def is_healed(self):
        info = self.daemon.gluster("volume", "heal", VOLUME, "info").stdout
        counts = [line.split(": ")[1] for line in info.splitlines()
                  if line.startswith("Number of entries: ")]
        return counts == ["0", "0", "0"]

    def prepare(self):
        """A volume whose third brick was away, and two copies of what that brick has."""
        bricks = ["b1", "b2", "b3"]
        gluster = self.daemon.gluster
        gluster("volume", "create", VOLUME, "replica", "3",
                *["%s:%s" % (self.host, self.path(name)) for name in bricks], "force", check=True)
        gluster("volume", "start", VOLUME, check=True)
        subprocess.run([self.workload, self.host, VOLUME, "before"], check=True)
        for name, pid in self.daemon.processes():
            if name.endswith("-b3.pid"):
                os.kill(pid, signal.SIGKILL)
                wait_until(lambda: not is_gluster(pid, self.work), 10, "brick 3 goes on")
        for copy in ("native", "gluster"):
            subprocess.run(["cp", "-a", self.path("b3"), self.path(copy)], check=True)
        subprocess.run([self.workload, self.host, VOLUME, "after"], check=True)
        os.sync()

    def heal(self):
        """From the brick's start until heal info says 0, and its file system is flushed."""
        before = self.pending()
        gluster = self.daemon.gluster
        start = time.perf_counter()
        gluster("volume", "start", VOLUME, "force", check=True)
        while gluster("volume", "heal", VOLUME).returncode != 0:
            time.sleep(POLL_SECONDS)
        while self.pending() > 0 or not self.is_healed():
            if time.perf_counter() - start > HEAL_SECONDS_MAX:
                sys.exit("bench: AFR is not done within %d s" % HEAL_SECONDS_MAX)
            time.sleep(POLL_SECONDS)
        subprocess.run(["sync", "-f", self.path("b3")], check=True)
        seconds = time.perf_counter() - start
        print("  AFR %.1f s (%d index entries before)" % (seconds, before), flush=True)
        return seconds

    def make_journal(self, name):
        journal_path = self.path(name)
        quiet = {"stdout": subprocess.DEVNULL, "check": True}
        subprocess.run([self.journal_tool, "create", "--name", "b3", journal_path], **quiet)
        lines = self.path("lines")
        with open(lines, "wb") as file:
            journal = Journal(self.path("b1"), file)
            journal.workload()
        with open(lines, "rb") as file:
            subprocess.run([self.journal_tool, "append", journal_path], stdin=file, **quiet)
        return journal_path, journal.count

    def replay_natively(self):
        journal, _ = self.make_journal("journal-native")
        os.sync()
        seconds = Run([self.replay, "--journal", journal, self.path("native")]).seconds
        print("  native replay %.2f s" % seconds, flush=True)
        return seconds

    def replay_through_gluster(self):
        """As AFR's, the time begins with the start of the brick's server."""
        journal, requests = self.make_journal("journal-gluster")
        graphs = self.path("graphs")
        os.mkdir(graphs)
        served = ServedBrick(self.binaries, graphs, self.path("gluster"))
        os.sync()
        start = time.perf_counter()
        served.start()
        try:
            Run([self.replay, "--journal", journal, "--volfile", served.running_graph])
            seconds = time.perf_counter() - start
        finally:
            served.end()
        print("  replay through GlusterFS %.2f s (%d requests)" % (seconds, requests), flush=True)
        return seconds

    def once(self, number):
        self.place = os.path.join(self.work, str(number))
        os.mkdir(self.place)
        self.prepare()
        try:
            found = self.heal(), self.replay_natively(), self.replay_through_gluster()
        finally:
            self.daemon.gluster("volume", "stop", VOLUME, "force")
        self.daemon.gluster("volume", "delete", VOLUME, check=True)
        count = require_equal({name: self.path(name)
                               for name in ("b1", "b2", "b3", "native", "gluster")})
        print("  all five bricks hold the same %d objects" % count, flush=True)
        return found

    def run(self):
        print("\na replica that missed 2,525 creations and 2,505 files' contents is brought up to "
              "date, durable at the end; load %.1f" % os.getloadavg()[0], flush=True)
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", PORT)) == 0:
                sys.exit("bench: another glusterd has port %d" % PORT)
        self.daemon = Glusterd(self.work)
        try:
            found = [self.once(number) for number in range(self.runs)]
        finally:
            self.daemon.end()
        healed, native, gluster = map(list, zip(*found))
        print("%-42s %9s %9s %8s" % ("", "s", "AFR s", "ratio"))
        for title, mine in (("native replay", native), ("replay through GlusterFS", gluster)):
            print("%-42s %9.2f %9.2f %8.1f" % (title, median(mine), median(healed),
                                               ratio(healed, mine)))


Bench(sys.argv[1], sys.argv[2], int(sys.argv[3])).run()
