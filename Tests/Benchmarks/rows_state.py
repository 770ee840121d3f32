"""Rows of the state: loading, saving, and not rewriting."""

import os
import shutil

import inputs
import row
from inputs import USER
from measure import Samples, alternate, warm
from row import Row


def load(bench):
    """`state verify`, which reads the whole state: a million records, and ten million."""
    many = bench.size(10_000_000)
    few = many // 10
    states = {count: bench.inputs.state(count) for count in (few, many)}
    warm(*states.values())
    samples = alternate(
        bench.rounds, few=lambda: verify(bench, states[few]),
        floor=lambda: bench.peer("lines", "columns", states[few]),
        many=lambda: verify(bench, states[many]))
    few_samples, many_samples = samples["few"], samples["many"]
    yield Row(
        "state/load", few, row.timed(few_samples), row.timed(samples["floor"]), few_samples.wall,
        "s", 0.5, samples={"imprune": few_samples, "lines": samples["floor"]})
    yield Row(
        "state/load, ten times as many", many, row.timed(many_samples), row.timed(few_samples),
        many_samples.wall / few_samples.wall, "x", 11, samples={"many": many_samples})


def verify(bench, state):
    return bench.imprune("state", "verify", "--state", state)


def save(bench):
    """Folding a journal of one user, less loading; the peer copies the same bytes."""
    many = bench.size(10_000_000)
    few = many // 10
    one = saving(bench, few)
    copy, saved = row.timed(one["copy"]), less(one, "recover")
    yield Row(
        "state/save, by recover, less verify", few, row.seconds(saved), copy, saved, "s", 0.3,
        samples=one)
    yield Row(
        "state/save, recover in all", few, row.timed(one["recover"]), copy, one["recover"].wall,
        "s", samples=one)
    yield Row(
        "state/save, forget and its backup in all", few, row.timed(one["forget"]), copy,
        one["forget"].wall, "s", samples=one)
    ten = saving(bench, many)
    yield Row(
        "state/save, ten times as many", many, row.seconds(less(ten, "recover")),
        row.seconds(saved), less(ten, "recover") / saved, "x", 11, samples=ten)


def less(samples, name):
    """A command's time beyond loading."""
    return samples[name].wall - samples["verify"].wall


def saving(bench, count):
    """The samples of a state of that size: read, saved with one record more or less, copied."""
    folder = bench.folder("save")
    state = folder / "imprune.state"
    shutil.copyfile(bench.inputs.state(count), state)
    # Each save adds one.
    serial = 1

    def save(*command):
        nonlocal serial
        serial += 1
        os.sync()
        before = state.stat().st_ino
        sample = bench.imprune("state", *command, "--state", state)
        if state.stat().st_ino == before:
            raise RuntimeError(f"{command[0]} saved nothing")
        for backup in folder.glob("*.backup-*"):
            backup.unlink()
        return sample

    def recover():
        journal = folder / "imprune.state.journal"
        inputs.write(journal, inputs.journal(serial, f"registered_{serial}"))
        return save("recover")

    def forget():
        return save("forget", USER % serial, "--auto-approve")

    def copy():
        # A save creates a new file too; overwriting an old one is several times as fast.
        (folder / "copy").unlink(missing_ok=True)
        os.sync()
        return bench.run(["dd", f"if={state}", f"of={folder / 'copy'}", "bs=1M", "conv=fsync"])

    return alternate(
        min(bench.rounds, 3), verify=lambda: verify(bench, state), recover=recover, forget=forget,
        copy=copy)


def leave(bench):
    """Commands without a change leave the file alone: the same inode, the same times."""
    count = bench.size(1_000_000)
    folder = bench.folder("leave")
    state = folder / "imprune.state"
    shutil.copyfile(bench.inputs.state(count), state)
    manifest = bench.inputs.naming(count)
    commands = {
        "apply": ["apply", manifest, "--state", state],
        "recover": ["state", "recover", "--state", state]}
    for name, command in commands.items():
        before = state.stat()
        sample = bench.imprune(*command)
        after = state.stat()
        is_same = (before.st_ino, before.st_mtime_ns, before.st_ctime_ns) == (
            after.st_ino, after.st_mtime_ns, after.st_ctime_ns)
        yield Row(
            f"state/leave, rewrites by {name}", count, row.seconds(sample.wall), "-",
            0 if is_same else 1, "", 0, samples={"imprune": Samples([sample])})


ROWS = [("state/load", load), ("state/save", save), ("state/leave", leave)]
