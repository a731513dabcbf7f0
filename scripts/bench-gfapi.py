"""Times replays through GlusterFS beside a C program on the same library; called by scripts/bench.

usage: bench-gfapi.py BIN WORK RUNS
"""
import os
import subprocess
import sys

from benchgluster import ServedBrick, compile_peer, fresh, require_equal
from benchlib import Run, median, ratio

FILES = 10_000
# create, writev, setattr, setxattr.
FOPS = 4 * FILES


class Bench:
    def __init__(self, binaries, work, runs):
        self.replay = os.path.join(binaries, "jbr-replay")
        self.work = os.path.join(work, "gfapi")
        os.mkdir(self.work)
        self.runs = runs
        self.peer = compile_peer("gfapi-small-files", self.work, "-lgfapi")
        self.served = ServedBrick(binaries, self.work, self.path("brick"))
        self.journal = self.path("journal")
        subprocess.run([os.path.join(binaries, "jbr-bench"), "small-files", self.journal,
                        "--files", str(FILES)], check=True)

    def path(self, name):
        return os.path.join(self.work, name)

    def once(self, command, is_served=True):
        """Runs a command onto an empty brick."""
        fresh(self.served.brick)
        if is_served:
            self.served.start()
        try:
            return Run(command)
        finally:
            self.served.end()

    def ours(self, graph, *options):
        return [self.replay, *options, "--journal", self.journal, "--volfile", graph]

    def theirs(self, *brick):
        return [self.peer, self.served.running_graph, str(FILES), *brick]

    def pairs(self, title, ours, theirs):
        found = [(ours(), theirs()) for _ in range(self.runs)]
        mine = [pair[0].seconds for pair in found]
        other = [pair[1].seconds for pair in found]
        print("%-42s %9.2f %9.2f %9.0f %9.0f %8.2f" % (
            title, median(mine), median(other), FOPS / median(mine), FOPS / median(other),
            ratio(other, mine)))

    def check(self):
        """Both programs must leave the same brick behind."""
        kept = self.path("kept")
        self.once(self.theirs())
        os.rename(self.served.brick, kept)
        self.once(self.ours(self.served.running_graph))
        require_equal({"the peer's brick": kept, "the replay's brick": self.served.brick})

    def run(self):
        print("\nreplay through GlusterFS of %d small files, beside C on the same library" % FILES)
        print("%-42s %9s %9s %9s %9s %8s" % ("", "s", "peer s", "fops/s", "peer's", "ratio"))
        self.check()
        served = self.served
        self.pairs("a brick that runs, each object flushed",
                   lambda: self.once(self.ours(served.running_graph)),
                   lambda: self.once(self.theirs()))
        self.pairs("a private server, file system flushed",
                   lambda: self.once(self.ours(served.private_graph, "--init"), False),
                   lambda: self.once(self.theirs(served.brick)))


Bench(sys.argv[1], sys.argv[2], int(sys.argv[3])).run()
