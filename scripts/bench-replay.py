"""Times replays onto an empty brick beside the bare system calls and cp; called by scripts/bench.

usage: bench-replay.py BIN WORK RUNS
"""
import os
import shutil
import subprocess
import sys

from benchlib import FileSystem, Run, median, ratio

FILES = 100_000
LARGE = 4 << 30
IMAGE_BYTES = 8 << 30


class Bench:
    def __init__(self, binaries, work, runs):
        self.replay = os.path.join(binaries, "jbr-replay")
        self.filler = os.path.join(binaries, "jbr-bench")
        self.work = work
        self.runs = runs
        os.mkdir(self.path("disk"))

    def path(self, name):
        return os.path.join(self.work, name)

    def once(self, command, made):
        """Runs a command that makes something, on a file system of its own: ext4 looks for inodes
        many times as long for minutes after others were removed."""
        with FileSystem(self.path("image"), os.path.dirname(made), IMAGE_BYTES):
            return Run(command)

    def once_in_place(self, command, made):
        """The same where few inodes are made: a disk in a file is flushed twice."""
        os.sync()
        run = Run(command)
        shutil.rmtree(made)
        return run

    def pairs(self, title, ours, theirs, made, once, count):
        """Runs both in turn, each of them durable at its end."""
        found = [(once(ours, made), once(theirs, made)) for _ in range(self.runs)]
        mine = [pair[0].seconds for pair in found]
        other = [pair[1].seconds for pair in found]
        print("%-42s %9.2f %9.2f %12.0f %8.2f %9.1f" % (
            title, median(mine), median(other), count / median(mine), ratio(other, mine),
            max(pair[0].peak_kib for pair in found) / 1024))

    def run(self):
        peer = self.path("small-files")
        source = os.path.join(os.path.dirname(__file__), "..", "Benchmarks", "peers")
        subprocess.run(["cc", "-O2", "-o", peer, os.path.join(source, "small-files.c"), "-lxxhash"],
                       check=True)
        print("\nreplay onto an empty brick, durable at the end")
        print("%-42s %9s %9s %12s %8s %9s" % ("", "s", "peer s", "per second", "ratio",
                                              "peak MiB"))
        journal, brick = self.path("small"), self.path("disk/brick")
        subprocess.run([self.filler, "small-files", journal, "--files", str(FILES)], check=True)
        self.pairs("%d small files, beside their system calls" % FILES,
                   [self.replay, "--init", "--journal", journal, brick],
                   [peer, brick, str(FILES)], brick, self.once, FILES)
        shutil.rmtree(journal)
        journal, content, brick = self.path("large"), self.path("content"), self.path("brick")
        subprocess.run([self.filler, "large-file", journal, "--bytes", str(LARGE)], check=True)
        subprocess.run(["dd", "if=/dev/urandom", "of=" + content, "bs=1M", "status=none",
                        "count=%d" % (LARGE >> 20)], check=True)
        copy = ["sh", "-c", "mkdir $2 && cp --reflink=never $1 $2/ && sync -f $2", "sh", content,
                brick]
        self.pairs("4 GiB in writes of 128 KiB, beside cp (MB)",
                   [self.replay, "--init", "--journal", journal, brick], copy, brick,
                   self.once_in_place, LARGE / 1e6)


Bench(sys.argv[1], sys.argv[2], int(sys.argv[3])).run()
