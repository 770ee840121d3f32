"""Settings of all rows: folders, sizes, rounds."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import measure
from inputs import Inputs

KEY = "key-of-the-benchmarks-opens-nothing-but-sandboxes"


@dataclass
class Bench:
    #: The folder of imprune and imprune-sandbox.
    bin: Path
    #: The folder for all output.
    work: Path
    #: Tiny sizes, to check the harness.
    is_quick: bool
    rounds: int

    def __post_init__(self):
        self.inputs = Inputs(self.work / "inputs")
        self.peers = self.work / "peers"
        self.scripts = Path(__file__).with_name("peers")
        # The caller's environment does not affect the measurements.
        self.env = {
            "PATH": os.environ.get("PATH", "") + ":/usr/sbin", "HOME": str(self.work),
            "LC_ALL": "C.UTF-8", "IMPRUNE_SECRET_KEY": KEY, "IMPRUNE_SANDBOX_KEY": KEY,
        }

    def size(self, full, quick=None):
        """The size, or a hundredth of it."""
        if not self.is_quick:
            return full
        return quick if quick is not None else full // 100

    def folder(self, name):
        """An empty folder."""
        folder = self.work / "runs" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def run(self, arguments, **options):
        return measure.run(arguments, **{"env": self.env} | options)

    def imprune(self, *arguments, **options):
        return self.run([self.bin / "imprune", *arguments], **options)

    def plan(self, manifest, state, *arguments, **options):
        """`imprune plan` with its text discarded."""
        return self.imprune("plan", manifest, "--state", state, *arguments, **options)

    def peer(self, name, *arguments):
        """A peer: a compiled C program, or a script."""
        if name.endswith(".py"):
            return self.run(["/usr/bin/python3", self.scripts / name, *arguments])
        return self.run([self.peers / name, *arguments])
