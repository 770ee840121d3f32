"""Rows of `imprune plan` from a thousand users to fifty million, the most that a manifest can list."""

import hashlib
import shutil
import subprocess

import inputs
import row
from measure import alternate, warm
from row import Row

SIZES = (1_000, 100_000, 10_000_000, 50_000_000)
#: How much of the inputs is written at a time.
CHUNK = 1 << 20


def scale(bench):
    """Shuffled ids in a file, and a state of half the users."""
    sizes = [bench.size(size, max(size // 100, 100)) for size in SIZES]
    folder = bench.folder("scale")
    try:
        made = {size: make(bench, folder / str(size), size) for size in sizes}
        samples = alternate(
            min(bench.rounds, 3),
            **{str(size): lambda size=size: bench.plan(*made[size]) for size in sizes})
    finally:
        # Several gigabytes.
        shutil.rmtree(folder)
    per_user = {}
    for size in sizes:
        seen = samples[str(size)]
        per_user[size] = seen.wall / size * 1e9
        yield Row(
            f"scale/{size:,}, per user", size, row.timed(seen), f"peak {row.mebibytes(seen.peak)}", per_user[size], "ns",
            samples={"imprune": seen})
    few, many = sizes[-2:]
    yield Row(
        f"scale/per user, to that at {few:,}", many, f"{per_user[many]:.0f} ns", f"{per_user[few]:.0f} ns",
        per_user[many] / per_user[few], "x", 1.2)
    peak = samples[str(many)].peak
    yield Row(f"scale/{many:,}, peak", many, row.mebibytes(peak), "-", peak, "B", 3 << 30)


def make(bench, folder, size):
    """A manifest beside its list, and a state. A program in C makes them: Python takes minutes."""
    manifest = inputs.write(folder / "imprune.yaml", inputs.naming_manifest("leavers.txt"))
    with open(folder / "leavers.txt", "wb") as file:
        bench.run([bench.peers / "users", "ids", size, inputs.SEED], output=file)
    state, checksum = folder / "imprune.state", hashlib.sha256()
    users = subprocess.Popen(
        [bench.peers / "users", "half", str(size), str(inputs.SEED)], stdout=subprocess.PIPE, bufsize=0)
    with open(state, "wb") as file, users:
        piece = inputs.state_head(size // 2, "live").encode()
        while piece:
            checksum.update(piece)
            file.write(piece)
            piece = users.stdout.read(CHUNK)
        file.write(inputs.state_end(checksum).encode())
    warm(folder / "leavers.txt", state)
    return manifest, state


ROWS = [("scale", scale)]
