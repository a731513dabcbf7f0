"""What the benchmarks beside a real GlusterFS share: servers of bricks, and digests of bricks."""
import hashlib
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time

START_SECONDS = 15
END_SECONDS = 20


def compile_peer(name, work, *libraries):
    """Compiles Benchmarks/peers/NAME.c; the answer is the program's path."""
    source = os.path.join(os.path.dirname(__file__), "..", "Benchmarks", "peers", name + ".c")
    program = os.path.join(work, name)
    subprocess.run(["cc", "-O2", "-o", program, source, *libraries], check=True)
    return program


def wait_until(is_so, seconds, what):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            sys.exit("bench: %s within %d s" % (what, seconds))
        time.sleep(0.01)


def fresh(directory):
    """Makes an empty directory. One that is there is moved away and not removed: for minutes after
    that, ext4 without a journal looks for inodes ten times as long."""
    number = 0
    while os.path.exists("%s.%d" % (directory, number)):
        number += 1
    if os.path.exists(directory):
        os.rename(directory, "%s.%d" % (directory, number))
    os.mkdir(directory)
    os.sync()


class ServedBrick:
    """One brick with the graphs that `jbr-volgen recon` writes for it."""

    def __init__(self, binaries, directory, brick):
        self.brick = brick
        self.socket = os.path.join(directory, "socket")
        self.process = None
        description = {"volume": "bench", "replicas": [{
            "name": "brick", "host": "localhost", "port": 34001, "local": True, "brick": brick,
            "journal": directory, "socket": self.socket}]}
        subprocess.run([os.path.join(binaries, "jbr-volgen"), "recon", "-i", "-", "-o", directory],
                       input=json.dumps(description).encode(), stdout=subprocess.DEVNULL,
                       check=True)
        self.server_graph = os.path.join(directory, "brick-brick.vol")
        # With the server's graph beside it, jbr-replay starts a private server itself.
        self.private_graph = os.path.join(directory, "brick-client.vol")
        # Under another name, it expects one that runs.
        self.running_graph = os.path.join(directory, "running.vol")
        shutil.copyfile(self.private_graph, self.running_graph)
        self.log = os.path.join(directory, "brick.log")

    def start(self):
        self.process = subprocess.Popen(
            ["glusterfsd", "-N", "-f", self.server_graph, "-l", self.log],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_until(self.is_listening, START_SECONDS, "glusterfsd does not listen")

    def is_listening(self):
        with socket.socket(socket.AF_UNIX) as attempt:
            return attempt.connect_ex(self.socket) == 0

    def end(self):
        if self.process:
            self.process.terminate()
            self.process.wait(END_SECONDS)
            self.process = None


def contents(brick):
    """What a brick holds, but for times and translators' own: a line for each object."""
    lines = []
    for folder, names, files in os.walk(brick):
        if folder == brick:
            names[:] = [name for name in names if not name.startswith(".glusterfs")]
        for name in names + files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            what = os.getxattr(path, "trusted.gfid", follow_symlinks=False).hex()
            if stat.S_ISREG(status.st_mode):
                with open(path, "rb") as file:
                    what += " " + hashlib.sha256(file.read()).hexdigest()
                what += " %d" % status.st_size
            mine = sorted(key for key in os.listxattr(path, follow_symlinks=False)
                          if key.startswith("user."))
            lines.append("%s %o %d %d %s %s" % (
                os.path.relpath(path, brick), status.st_mode, status.st_uid, status.st_gid, what,
                [(key, os.getxattr(path, key)) for key in mine]))
    return sorted(lines)


def require_equal(bricks):
    """Ends the benchmark unless all bricks, of which each has a name, hold the same."""
    found = {name: contents(path) for name, path in bricks.items()}
    first = next(iter(found))
    for name, lines in found.items():
        if lines != found[first]:
            differing = sorted(set(lines) ^ set(found[first]))
            sys.exit("bench: %s differs from %s: %s" % (name, first, differing[:2]))
    return len(found[first])
