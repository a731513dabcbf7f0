"""Times how the volfiles of a volume of 10,000 bricks are made, and read back; called by
scripts/bench.

usage: bench-volgen.py BIN WORK RUNS
"""
import json
import os
import shutil
import sys

from benchlib import Run, median

BRICKS = 10_000
SET = 2


def volume_info(path):
    """What `gluster volume info --xml` would print."""
    bricks = "".join(
        "<brick>h%d:/srv/b%d<name>h%d:/srv/b%d</name></brick>\n" % (n % 100, n, n % 100, n)
        for n in range(BRICKS))
    with open(path, "w") as file:
        file.write("""<?xml version="1.0"?>
<cliOutput><volInfo><volumes><volume><name>v</name>
<id>3f2504e0-4f89-41d3-9a0c-0305e82c3301</id><replicaCount>%d</replicaCount>
<options><option><name>transport.address-family</name><value>inet</value></option></options>
<bricks>%s</bricks></volume></volumes></volInfo></cliOutput>
""" % (SET, bricks))


def description(path):
    """The same bricks as sets of journal based replication."""
    replicas = [
        {"name": "r%d" % n, "host": "h%d" % (n % 100), "port": 30000 + n // 100,
         "brick": "/srv/b%d" % n, "journal": "/srv/j%d" % n, "leader": n % SET == 0,
         "recon_port": 40000 + n // 100}
        for n in range(BRICKS)]
    with open(path, "w") as file:
        json.dump({"volume": "v", "replica_count": SET, "replicas": replicas}, file)


def main():
    binaries, work, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    tool = os.path.join(binaries, "jbr-volgen")
    info, sets = os.path.join(work, "info.xml"), os.path.join(work, "set.json")
    volume_info(info)
    description(sets)
    plain, journaled = os.path.join(work, "plain.vol"), os.path.join(work, "jbr.vol")
    force = ["--force", "-o"]
    # In this order: each reads what an earlier one has written.
    jobs = {
        "client, of volume info": [tool, "client", "-i", info] + force + [plain],
        "client, of a description": [tool, "client", "-i", sets] + force + [journaled],
        "client, of that client's volfile": [tool, "client", "-i", plain] + force + [plain + "2"],
        "check": [tool, "check", plain],
        "format": [tool, "format", plain] + force + [plain + "3"],
        "diff, both equal": [tool, "diff", plain, plain + "2"],
    }
    many = "recon, 20,000 new files"
    results = {name: [] for name in [*jobs, many]}
    folder = os.path.join(work, "recon")
    for _ in range(runs):
        for name, command in jobs.items():
            results[name].append(Run(command))
        # To replace as many takes the disk far longer.
        shutil.rmtree(folder, ignore_errors=True)
        results[many].append(Run([tool, "recon", "-i", sets, "-o", folder]))
    print("\n%-36s %9s %9s" % ("jbr-volgen, %d bricks" % BRICKS, "seconds", "peak MiB"))
    for name, done in results.items():
        seconds = median(run.seconds for run in done)
        peak = max(run.peak_kib for run in done)
        print("%-36s %9.2f %9.1f" % (name, seconds, peak / 1024))


main()
