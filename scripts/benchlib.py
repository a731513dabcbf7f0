"""What the benchmarks share: running commands and taking medians."""
import os
import statistics
import subprocess
import sys
import time


class Run:
    """One finished process: seconds, peak memory in KiB, and how many bytes it read."""

    def __init__(self, command, output=subprocess.DEVNULL):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output)
        # The process is looked at before it is reaped, while its counters are still there.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        self.seconds = time.perf_counter() - start
        self.read_bytes = read_bytes(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.peak_kib = usage.ru_maxrss
        if process.returncode != 0:
            sys.exit("bench: %s ended with %d" % (" ".join(command[:3]), process.returncode))


class FileSystem:
    """A new ext4 in a file, mounted at a folder as long as it is used; needs root."""

    def __init__(self, image, folder, byte_count):
        self.image, self.folder, self.byte_count = image, folder, byte_count

    def __enter__(self):
        with open(self.image, "wb") as file:
            file.truncate(self.byte_count)
        # Nothing is left to be written in the background.
        subprocess.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0",
                        self.image], check=True)
        subprocess.run(["mount", "-o", "loop", self.image, self.folder], check=True)
        os.sync()

    def __exit__(self, *_):
        subprocess.run(["umount", self.folder], check=True)
        os.remove(self.image)


def read_bytes(pid):
    with open("/proc/%d/io" % pid) as counters:
        for line in counters:
            if line.startswith("rchar:"):
                return int(line.split()[1])
    return 0


def in_turn(jobs, runs):
    """Runs all jobs in turn, so that a disturbance meets all of them alike, after one run of each
    that puts files into the cache. The answer: a list of what `jobs[name]()` gave, for each."""
    for job in jobs.values():
        job()
    found = {name: [] for name in jobs}
    for _ in range(runs):
        for name, job in jobs.items():
            found[name].append(job())
    return found


def median(values):
    return statistics.median(values)


def ratio(first, second):
    """The median of the ratios pair by pair: what drifts meets both of a pair."""
    return statistics.median(a / b for a, b in zip(first, second))
