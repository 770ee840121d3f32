"""Runs commands and measures wall time, CPU time and peak memory."""

import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass


class CommandFailed(Exception):
    """A measured command had an unexpected exit code."""


@dataclass(frozen=True)
class Sample:
    """One run: seconds, seconds of all cores, bytes."""

    wall: float
    cpu: float
    peak: int

    def __add__(self, other):
        """The sum of two runs."""
        return Sample(
            self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


class Samples(list):
    """The samples of one command; its figures are medians."""

    wall = property(lambda self: statistics.median(sample.wall for sample in self))
    cpu = property(lambda self: statistics.median(sample.cpu for sample in self))
    peak = property(lambda self: statistics.median(sample.peak for sample in self))

    def as_json(self):
        return [asdict(sample) for sample in self]


def run(arguments, cwd=None, env=None, output=None, watch=None, codes=(0,)):
    """Runs a command, which must exit with one of `codes`. `watch` is called with its process id."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(argument) for argument in arguments], cwd=cwd, env=env,
            stdin=subprocess.DEVNULL, stdout=output or subprocess.DEVNULL, stderr=errors)
        if watch:
            watch(process.pid)
        # The peak is at least what this process had when it started the command: it stays small.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            errors.seek(0)
            words = errors.read()[-2000:].decode(errors="replace")
            command = " ".join(process.args)
            raise CommandFailed(f"exit code {process.returncode}: {command}\n{words}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def alternate(rounds, **commands):
    """Calls each function alternately, `rounds` times, for a sample; returns the samples by name."""
    samples = {name: Samples() for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            samples[name].append(command())
    return samples


def warm(*paths):
    """Reads files once, so that the page cache has them."""
    for path in paths:
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass
