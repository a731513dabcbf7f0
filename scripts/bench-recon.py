"""States how many records a second a native replay of recorded journals does; called by
scripts/bench.

usage: bench-recon.py BIN WORK RUNS

JBR_BENCH_JOURNALS names the folder of the archives.
"""
import json
import os
import subprocess
import sys

from benchgluster import fresh
from benchlib import Run, in_turn, median

ARCHIVES = ("60-fdl-bench-nosetattr", "61-fdl16-bench-setattr")
# gf_recon of 2016 and 2018 with storage/posix, its maps and resynchronisation repaired so that it
# reads whole files; on a machine of two cores like the one that this was written on. It flushes
# nothing in the end.
GF_RECON = "6,400 to 11,500"


def run(binaries, work, runs):
    folder = os.environ.get("JBR_BENCH_JOURNALS", "")
    replay = os.path.join(binaries, "jbr-replay")
    print("\nnative replay of recorded journals onto an empty brick, durable at the end")
    missing = [name for name in ARCHIVES
               if not os.path.exists(os.path.join(folder, name + ".tar.zst"))]
    if not folder or missing:
        print("  not measured: JBR_BENCH_JOURNALS must name a folder with %s" % ", ".join(
            name + ".tar.zst" for name in ARCHIVES))
        return
    print("%-28s %9s %9s %12s   %s" % ("", "records", "ms", "records/s",
                                       "gf_recon (recorded, not run)"))
    brick = os.path.join(work, "recon-brick")
    output = os.path.join(work, "recon.jsonl")

    def once(journal):
        fresh(brick)
        with open(output, "w") as file:
            return Run([replay, "--init", "--journal", journal, brick], file)

    for name in ARCHIVES:
        archive = os.path.join(folder, name + ".tar.zst")
        subprocess.run(["tar", "--zstd", "-xSf", archive, "-C", work], check=True)
        journal = os.path.join(work, name, "replica0")
        found = in_turn({name: lambda: once(journal)}, runs)[name]
        with open(output) as file:
            summary = json.loads(file.readlines()[-1])
        seconds = median([each.seconds for each in found])
        print("%-28s %9d %9.0f %12.0f   %s" % (
            name, summary["requests"], seconds * 1000, summary["requests"] / seconds, GF_RECON))


run(sys.argv[1], sys.argv[2], int(sys.argv[3]))
