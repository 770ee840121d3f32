"""Rows of `imprune plan`: the whole process, with its text discarded."""

import shutil

import row
from measure import alternate, warm
from row import Row


def pair(bench, name, size, manifest, read, limit, state=None):
    """A plan against the C event loop over `read`, and, with a state, C over its columns."""
    empty = bench.inputs.state(0)
    warm(manifest, read, state or empty)

    def floor():
        sample = bench.peer("events", read)
        return sample + bench.peer("lines", "columns", state) if state else sample

    samples = alternate(
        bench.rounds, imprune=lambda: bench.plan(manifest, state or empty), floor=floor)
    return row.ratio(name, size, samples, "imprune", "floor", limit)


def block(bench):
    """An entry of three lines for each user."""
    size = bench.size(1_000_000)
    manifest = bench.inputs.block(size)
    yield pair(bench, "plan/block", size, manifest, manifest, 1.25)
    half = bench.inputs.state(size // 2, of=size)
    yield pair(bench, "plan/block, half done", size, manifest, manifest, 1.25, half)


def yaml_list(bench):
    """One entry with its ids as a YAML list."""
    size = bench.size(1_000_000)
    manifest = bench.inputs.list(size)
    yield pair(bench, "plan/list", size, manifest, manifest, 1.25)
    half = bench.inputs.state(size // 2, of=size)
    yield pair(bench, "plan/list, half done", size, manifest, manifest, 1.25, half)
    manifest = bench.inputs.list(size, shuffled=False)
    yield pair(bench, "plan/list, sorted", size, manifest, manifest, None)


def ids_from(bench):
    """One entry with its ids in a file."""
    size = bench.size(10_000_000)
    manifest = bench.inputs.naming(size)
    same = bench.inputs.list(size)
    yield pair(bench, "plan/ids_from", size, manifest, same, 1.0)
    half = bench.inputs.state(size // 2, of=size)
    paired = pair(bench, "plan/ids_from, half done", size, manifest, same, 1.0, half)
    yield paired
    yield peak(paired.samples["imprune"], size)
    yield against_lines(bench, size)


def peak(samples, size):
    """Memory, from the runs of another row."""
    words = row.mebibytes(samples.peak)
    return Row(
        "plan/ids_from, half done, peak", size, words, "-", samples.peak, "B", 600 << 20,
        samples={"imprune": samples})


def against_lines(bench, size):
    """A sorted list, compared with only splitting into lines."""
    manifest, state = bench.inputs.naming(size, shuffled=False), bench.inputs.state(0)
    ids = bench.inputs.ids(size, shuffled=False)
    warm(manifest, ids)
    samples = alternate(
        bench.rounds, imprune=lambda: bench.plan(manifest, state),
        lines=lambda: bench.peer("lines", "ids", ids))
    return row.ratio("plan/ids_from, sorted, to lines", size, samples, "imprune", "lines")


def small(bench):
    """A manifest of two users: mostly the start of the process."""
    manifest, state = bench.inputs.block(2), bench.inputs.state(0)
    samples = alternate(4 * bench.rounds, imprune=lambda: bench.plan(manifest, state))["imprune"]
    yield Row(
        "plan/small", 2, row.timed(samples), "-", samples.wall, "s", 0.030,
        samples={"imprune": samples})


def growth(bench):
    """The time per user beyond the start, at a million users and at ten thousand."""
    many, few = bench.size(1_000_000), bench.size(10_000)
    state = bench.inputs.state(0)
    manifests = {count: bench.inputs.block(count) for count in (2, few, many)}
    warm(*manifests.values())
    few_and_start = alternate(
        4 * bench.rounds, start=lambda: bench.plan(manifests[2], state),
        few=lambda: bench.plan(manifests[few], state))
    start, fews = few_and_start["start"], few_and_start["few"]
    manys = alternate(bench.rounds, many=lambda: bench.plan(manifests[many], state))["many"]
    per_many = (manys.wall - start.wall) / many
    per_few = (fews.wall - start.wall) / few
    yield Row(
        f"plan/per-user, to that at {few:,}", many, f"{per_many * 1e9:.0f} ns",
        f"{per_few * 1e9:.0f} ns", per_many / per_few, "x", 1.2,
        samples={"start": start, "few": fews, "many": manys})


def script(bench):
    """A Python script with PyYAML's C loader, with a state of half the users."""
    size = bench.size(100_000)
    state = bench.inputs.state(size // 2, of=size)
    for name, manifest in [
        ("block", bench.inputs.block(size)), ("list", bench.inputs.list(size))
    ]:
        warm(manifest, state)
        samples = alternate(
            min(bench.rounds, 3), imprune=lambda: bench.plan(manifest, state),
            script=lambda: bench.peer("plan_pyyaml.py", manifest, state))
        yield row.speed(f"plan/script, {name}, slower by", size, samples, "imprune", "script")


def terraform(bench):
    """Terraform with a resource per user, if it is installed."""
    program = shutil.which("terraform")
    if not program:
        print("plan/terraform: left out, terraform is not installed")
        return
    settings = bench.folder("terraform") / "settings"
    settings.touch()
    env = bench.env | {"TF_CLI_CONFIG_FILE": str(settings), "CHECKPOINT_DISABLE": "1"}
    for size in [bench.size(1_000, 50), bench.size(5_000, 100)]:
        folder = bench.inputs.terraform(size)
        manifest, state = bench.inputs.block(size), bench.inputs.state(0)
        warm(manifest, folder / "main.tf", program)
        plan = [
            program, f"-chdir={folder}", "plan", "-lock=false", "-refresh=false", "-input=false",
            "-no-color"]
        samples = alternate(
            min(bench.rounds, 3), imprune=lambda: bench.plan(manifest, state),
            terraform=lambda: bench.run(plan, env=env))
        yield row.speed("plan/terraform, slower by", size, samples, "imprune", "terraform")


ROWS = [
    ("plan/small", small), ("plan/block", block), ("plan/list", yaml_list),
    ("plan/ids_from", ids_from), ("plan/per-user", growth), ("plan/script", script),
    ("plan/terraform", terraform),
]
