"""The machine and its processes: what they are, what they use."""

import datetime
import os
import pathlib
import platform
import re
import resource
import subprocess
import time


def describe():
    """What figures are worth nothing without."""
    model = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "date": datetime.datetime.now().isoformat(timespec="minutes"),
        "cores": os.cpu_count(),
        "cpu": model[1] if model else platform.machine(),
        "kernel": platform.release(),
        "load_average_before": os.getloadavg()[0],
        "commit": _commit(),
    }


def _commit():
    command = ["git", "--no-optional-locks", "-C", os.path.dirname(__file__), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    except FileNotFoundError:
        return ""


def line(machine):
    busy = machine["load_average_before"] > 0.5 * machine["cores"]
    warning = f"; BUSY, load average {machine['load_average_before']:.1f}: do not trust these" if busy else ""
    return f"{machine['date']}, {machine['cores']} cores, {machine['cpu']}, commit {machine['commit']}{warning}"


def raise_open_files():
    """Lets this process and its children have as many open files as they may; returns how many."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def with_children(pid):
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def cpu_seconds(pids):
    """CPU time of processes by the scheduler's own clock: /proc/PID/stat counts in steps of 10 ms."""
    return sum(time.clock_gettime_ns(~pid << 3 | 2) for pid in pids) / 1e9


def forget_peak(pids):
    """Lets `peak_kib` count from now."""
    for pid in pids:
        pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_kib(pids):
    return _status_kib(pids, "VmHWM")


def rss_kib(pids):
    return _status_kib(pids, "VmRSS")


def _status_kib(pids, key):
    statuses = (pathlib.Path(f"/proc/{pid}/status").read_text() for pid in pids)
    return sum(int(re.search(rf"{key}:\s+(\d+)", status)[1]) for status in statuses)
