"""A large state makes the way into a store and back."""

import filecmp
import hashlib
import itertools
import os

from place import Place, check

RECORDS = 1_250_000
#: How much more memory than for a file, in KiB.
MARGIN = 8 * 1024


def write_state(path):
    """Writes a state of more than 100 MiB."""
    checksum = hashlib.sha256()
    head = (
        "imprune-state\t1\napp\t1400000000\nservice\tloopback\nlineage\t123456789abcdef0\nserial\t3\n"
        f"records\t{RECORDS}\nunfinished\t-\n")
    rest = "\tremove-account\t1\tremoved\t2026-01-02T03:04:05Z\t0123456789ab\t-\t-\t-\t-\n"
    lines = (f"user_{number:09}_abcdefgh{rest}" for number in range(RECORDS))
    with open(path, "wb") as file:
        for text in itertools.chain([head], lines):
            file.write(text.encode())
            checksum.update(text.encode())
        file.write(f"checksum\tsha256:{checksum.hexdigest()}\n".encode())
    check(os.path.getsize(path) > 100 << 20, "the state is small")


def peak(run):
    """The most memory that a command used, in KiB."""
    _, status, usage = os.wait4(run.process.pid, 0)
    run.process.returncode = os.waitstatus_to_exitcode(status)
    run.expect(0)
    return usage.ru_maxrss


def round_trip(soak):
    """A state is pushed and pulled byte for byte, in the memory of a command on a file."""
    with Place(soak, users=1) as place:
        big = place.folder / "big.state"
        write_state(big)
        limit = peak(place.start("state", "verify", "--state", big, shared=False)) + MARGIN
        push = peak(place.start("state", "push", big))
        pulled = place.start("state", "pull", "copy.state")
        pull = peak(pulled)
        check(filecmp.cmp(big, pulled.folder / "copy.state", shallow=False), "the copy differs")
        check(max(push, pull) <= limit, "push used", push, "KiB, pull", pull, "of", limit)
        return f"the same bytes (push {push // 1024} MiB, pull {pull // 1024} MiB, a file {(limit - MARGIN) // 1024} MiB)"
