"""Times what is done with jbr journals beside xxhsum and fio; called by scripts/bench.

usage: bench-jbr.py BIN WORK RUNS
"""
import json
import os
import shutil
import subprocess
import sys

from benchlib import Run, in_turn, median, ratio

GIB = 1 << 30
MIB = 1 << 20
DUMPED = 1_000_000
PRODUCERS = 64
# What a writer puts into the event log itself unless told otherwise.
INLINE_MAX = 16384
# GlusterFS' gf_logdump of 2018, with its maps and resynchronisation repaired so that it reads whole
# files: 9,461 records in 27 ms on a machine of two cores like the one that this was written on.
GF_LOGDUMP_RATE = 9461 / 0.027


class Bench:
    def __init__(self, binaries, work, runs):
        self.tool = os.path.join(binaries, "jbr-journal")
        self.filler = os.path.join(binaries, "jbr-bench")
        self.work = work
        self.runs = runs

    def path(self, name):
        return os.path.join(self.work, name)

    def fill(self, name, **options):
        command = [self.filler, "fill", self.path(name)]
        for key, value in options.items():
            command += ["--" + key, str(value)]
        subprocess.run(command, check=True)
        return self.path(name)

    def verify(self):
        print("\nverify 1 GiB of payloads, in the page cache")
        print("%-28s %9s %9s %9s %8s %9s" % ("payloads", "verify ms", "xxhsum ms", "MB/s", "ratio",
                                             "peak MiB"))
        for size in (131072, 65536, 4096):
            journal = self.fill("verify", requests=GIB // size, size=size)
            files = [os.path.join(journal, name) for name in sorted(os.listdir(journal))
                     if name.startswith("term-")]
            byte_count = sum(map(os.path.getsize, files))
            found = in_turn({
                "verify": lambda: Run([self.tool, "verify", journal]),
                "xxhsum": lambda: Run(["xxhsum", "-q", "-H3"] + files),
            }, self.runs)
            ours = [run.seconds for run in found["verify"]]
            theirs = [run.seconds for run in found["xxhsum"]]
            place = "%d KiB, %s" % (size // 1024, "in data files" if size > INLINE_MAX else "inline")
            print("%-28s %9.1f %9.1f %9.0f %8.2f %9.1f" % (
                place, median(ours) * 1000, median(theirs) * 1000, byte_count / median(ours) / 1e6,
                ratio(theirs, ours), max(run.peak_kib for run in found["verify"]) / 1024))
            shutil.rmtree(journal)

    def dump(self):
        journal = self.fill("dump", requests=DUMPED, size=0)
        found = in_turn({"dump": lambda: Run([self.tool, "dump", journal])}, self.runs)["dump"]
        rate = DUMPED / median([run.seconds for run in found])
        print("\ndump of %d small requests: %.2f million lines/s, %.1f times gf_logdump's %.0f; "
              "peak %.1f MiB" % (DUMPED, rate / 1e6, rate / GF_LOGDUMP_RATE, GF_LOGDUMP_RATE,
                                 max(run.peak_kib for run in found) / 1024))
        shutil.rmtree(journal)

    def appended(self, producers, requests):
        """Seconds and bytes per flush of durable appends."""
        journal = self.path("append")
        # What was taken away before must not be paid for by this run.
        os.sync()
        command = [self.filler, "append", journal, "--producers", str(producers), "--size", "4096",
                   "--requests", str(requests)]
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        shutil.rmtree(journal)
        return found

    def fio(self, block, count):
        """Seconds that fio takes for so many blocks, each with an fdatasync."""
        path = self.path("fio")
        os.sync()
        output = subprocess.run(
            ["fio", "--name=bench", "--filename=" + path, "--rw=write", "--ioengine=psync",
             "--fdatasync=1", "--bs=%d" % block, "--size=%d" % (block * count),
             "--output-format=json"], check=True, stdout=subprocess.PIPE).stdout
        os.unlink(path)
        return json.loads(output)["jobs"][0]["write"]["runtime"] / 1000

    def append(self):
        print("\ndurable append of 4 KiB requests, beside fio with the same bytes per fdatasync")
        print("%-28s %9s %9s %12s %8s" % ("", "MB/s", "fio MB/s", "KiB/flush", "ratio"))
        for producers, requests in ((PRODUCERS, 64_000), (1, 4_000)):
            ours, theirs, sizes = [], [], []
            for _ in range(self.runs + 1):
                found = self.appended(producers, requests)
                block = 4096 if producers == 1 else found["bytes_per_flush"] // 4096 * 4096
                count = requests * 4096 // block
                ours.append(requests * 4096 / found["seconds"])
                theirs.append(block * count / self.fio(block, count))
                sizes.append(found["bytes_per_flush"])
            print("%-28s %9.1f %9.1f %12.1f %8.2f" % (
                "%d producer%s" % (producers, "s" if producers > 1 else ""), median(ours) / 1e6,
                median(theirs) / 1e6, median(sizes) / 1024, ratio(ours, theirs)))
        print("of one producer the inverse of the ratio is its time in fdatasyncs")

    def read(self):
        print("\nread of 1 MiB, written by 256 requests among all")
        print("%-12s %14s %16s %14s %16s" % ("requests", "ms, index", "bytes read", "ms, without",
                                             "bytes read"))
        for count in (100_000, 1_000_000, 10_000_000):
            journal = self.fill("read", requests=count, size=16, spread=256)
            command = [self.tool, "read", "--gfid", "00000000-0000-0009-0000-000000000b16",
                       "--length", str(MIB), journal]
            without = in_turn({"read": lambda: Run(command)}, 1)["read"]
            subprocess.run([self.tool, "index", journal], check=True, stdout=subprocess.DEVNULL)
            indexed = in_turn({"read": lambda: Run(command)}, self.runs)["read"]
            print("%-12d %14.1f %16d %14.1f %16d" % (
                count, median([run.seconds for run in indexed]) * 1000,
                median([run.read_bytes for run in indexed]),
                median([run.seconds for run in without]) * 1000,
                median([run.read_bytes for run in without])))
            shutil.rmtree(journal)


def main():
    bench = Bench(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    for part in sys.argv[4:] or ["verify", "dump", "append", "read"]:
        getattr(bench, part)()


main()
