"""Times the tools against cat, xxhsum and jq; called by scripts/bench.

usage: bench.py BIN WORK RUNS    WORK holds replica0 of Samples/follower-down
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

TILES = 60
START_RUNS = 15  # Start-ups are short, so that more of them are timed for each run.


def make_journal(work):
    """Many pairs, each a copy of a real one: only the number in the name differs."""
    journal = os.path.join(work, "journal")
    os.mkdir(journal)
    source = os.path.join(work, "replica0")
    files = {"meta": [], "data": []}
    for number in range(1, TILES + 1):
        for part in files:
            target = os.path.join(journal, "brick0-%s-%d.jnl" % (part, number))
            shutil.copyfile(os.path.join(source, "brick0-%s-1.jnl" % part), target)
            files[part].append(target)
    return journal, files


def seconds(command, output=subprocess.DEVNULL):
    start = time.perf_counter()
    status = subprocess.run(command, stdout=output, check=False).returncode
    end = time.perf_counter()
    if status != 0:
        sys.exit("bench: %s ended with %d" % (" ".join(command[:3]), status))
    return end - start


def start_up(command):
    """Milliseconds from fork to exit, with as little as possible of Python's own in between."""
    null = os.open(os.devnull, os.O_WRONLY)
    times = []
    for _ in range(START_RUNS):
        start = time.perf_counter()
        pid = os.posix_spawnp(command[0], command, os.environ,
                              file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
        os.waitpid(pid, 0)
        times.append((time.perf_counter() - start) * 1000)
    os.close(null)
    return times


def measure(jobs, runs):
    """Runs all jobs in turn, so that a disturbance meets all of them alike."""
    for command, _ in jobs.values():
        seconds(command)  # Once before, so that files are in the cache for all.
    times = {name: [] for name in jobs}
    for _ in range(runs):
        for name, (command, _) in jobs.items():
            times[name].append(seconds(command))
    return {name: statistics.median(values) for name, values in times.items()}


def report_reading(title, jobs, requests, runs):
    medians = measure(jobs, runs)
    base = next(iter(medians.values()))
    print("\n%s\n%-34s %9s %9s %12s %8s" % (title, "", "ms", "MB/s", "requests/s", "times"))
    for name, (_, count) in jobs.items():
        t = medians[name]
        rate = "%12.0f" % (requests / t) if name.startswith("jbr") else " " * 12
        print("%-34s %9.1f %9.0f %s %8.2f" % (name, t * 1000, count / t / 1e6, rate, t / base))


def main():
    binaries, work, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    journal, files = make_journal(work)
    size = {part: sum(map(os.path.getsize, paths)) for part, paths in files.items()}
    both = files["meta"] + files["data"]
    tool = os.path.join(binaries, "jbr-journal")
    lines = subprocess.run([tool, "verify", journal], stdout=subprocess.PIPE, check=False).stdout
    requests = json.loads(lines.splitlines()[-1])["records"]
    print("%d pairs, %.1f MB of meta, %.1f MB of data, %d requests; medians of %d runs, in turn" % (
        TILES, size["meta"] / 1e6, size["data"] / 1e6, requests, runs))
    report_reading("dump reads the meta files", {
        "cat META": (["cat"] + files["meta"], size["meta"]),
        "xxhsum META": (["xxhsum", "-q"] + files["meta"], size["meta"]),
        "jbr-journal dump": ([tool, "dump", journal], size["meta"]),
    }, requests, runs)
    total = size["meta"] + size["data"]
    report_reading("with payloads, all files", {
        "cat ALL": (["cat"] + both, total),
        "xxhsum ALL": (["xxhsum", "-q"] + both, total),
        "jbr-journal dump --payload base64": (
            [tool, "dump", "--payload", "base64", journal], total),
        "jbr-journal verify": ([tool, "verify", journal], total),
    }, requests, runs)
    print("\nstart-up, median of %d\n%-34s %9s %9s %8s" % (
        runs * START_RUNS, "", "ms", "fastest", "times"))
    commands = [["jq", "--version"]] + [
        [os.path.join(binaries, "jbr-" + name), "--version"]
        for name in ("journal", "terms", "replay", "reconcile", "volgen")]
    times = {command[0]: [] for command in commands}
    for _ in range(runs):
        for command in commands:
            times[command[0]] += start_up(command)
    base = statistics.median(times["jq"])
    for name, values in times.items():
        middle = statistics.median(values)
        print("%-34s %9.2f %9.2f %8.2f" % (
            os.path.basename(name) + " --version", middle, min(values), middle / base))


main()
