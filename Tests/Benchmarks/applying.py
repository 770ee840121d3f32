"""Runs `imprune apply` and observes it during and after the run."""

import threading
import time
from dataclasses import dataclass

import inputs
from inputs import naming_manifest
from measure import Sample

BATCH = 100
#: The ramp before the first full batch: one user, then ten.
RAMP = 1 + 10


@dataclass
class ApplyRun:
    sample: Sample
    #: (nanoseconds, users) of each call to an endpoint, in order.
    calls: dict
    #: (nanoseconds, bytes resident), in order.
    memory: list

    @property
    def sends(self):
        """The removing calls; the first is the probe."""
        return self.calls["account_delete"]

    @property
    def full(self):
        """When the full batches were sent."""
        return full_of(self.sends)

    @property
    def gaps(self):
        """Nanoseconds between consecutive calls."""
        return gaps_of(self.sends)

    def rate_between(self, start, end):
        """Calls a second between two times, in seconds after the first full batch."""
        first = self.full[0]
        return sum(start <= (moment - first) / 1e9 < end for moment in self.full) / (end - start)

    @property
    def rate(self):
        """Calls a second, from the first full batch to the last."""
        return rate_of(self.sends)

    def answered_rate(self, window):
        """The minimum of answered calls a second: all but a window's worth, which may have been in
        flight at the last call."""
        full = self.full
        return max(1, len(full) - 1 - window) / (full[-1] - full[0]) * 1e9

    def memory_at(self, part):
        """Bytes resident after that part of the time from the first full batch."""
        full = self.full
        moment = full[0] + part * (full[-1] - full[0])
        return [size for time, size in self.memory if time <= moment][-1]


def full_of(calls):
    """When calls for full batches were sent."""
    return [moment for moment, users in calls if users == BATCH]


def gaps_of(calls):
    """Nanoseconds between consecutive calls."""
    moments = [moment for moment, _ in calls]
    return [later - earlier for earlier, later in zip(moments, moments[1:])]


def rate_of(calls):
    """Calls a second, from the first full batch to the last."""
    moments = full_of(calls)
    return (len(moments) - 1) / (moments[-1] - moments[0]) * 1e9


class Watcher:
    """Samples a process's memory four times a second."""

    def __init__(self):
        self.seen = []

    def watch(self, process):
        threading.Thread(target=self._follow, args=(process,), daemon=True).start()

    def _follow(self, process):
        while size := resident(process):
            self.seen.append((time.monotonic_ns(), size))
            time.sleep(0.25)


def resident(process):
    """VmRSS in bytes, or None once the process has ended."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def prepare(bench, port, users, name="apply", scheme="http", wish="account: absent"):
    """A folder with a manifest that changes this many users of a sandbox, and an empty state."""
    folder = bench.folder(name)
    endpoint = f"endpoint: {scheme}://127.0.0.1:{port}"
    inputs.write(folder / "imprune.yaml", naming_manifest("leavers.txt", endpoint, wish))
    # imprune would refuse a link by name: a list must be inside the manifest's folder.
    (folder / "leavers.txt").hardlink_to(bench.inputs.ids(users))
    inputs.write(folder / "imprune.state", inputs.state(0, 1, "loopback"))
    return folder


def apply(bench, folder, rate, *arguments, **options):
    """Applies the prepared folder and observes the run."""
    log, watcher = folder / "sends", Watcher()
    sample = bench.imprune(
        "apply", "--auto-approve", "--rate", rate, "--send-log", log, *arguments, cwd=folder,
        watch=watcher.watch, **options)
    calls = {}
    with open(log, encoding="ascii") as file:
        for line in file:
            moment, endpoint, users = line.rstrip("\n").split("\t")
            calls.setdefault(endpoint.rsplit("/")[-1], []).append((int(moment), int(users)))
    return ApplyRun(sample, calls, watcher.seen)
