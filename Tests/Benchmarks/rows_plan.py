"""Rows of `imprune plan`: the whole process, with its text discarded."""

import shutil

import inputs
import row
from applying import prepare
from measure import alternate, warm
from row import Row
from sandbox import Sandbox


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
    yield pair(bench, "plan/block", size, manifest, manifest, 1.5)
    half = bench.inputs.state(size // 2, of=size)
    yield pair(bench, "plan/block, half done", size, manifest, manifest, 1.5, half)


def yaml_list(bench):
    """One entry with its ids as a YAML list."""
    size = bench.size(1_000_000)
    manifest = bench.inputs.list(size)
    yield pair(bench, "plan/list", size, manifest, manifest, 2.2)
    half = bench.inputs.state(size // 2, of=size)
    yield pair(bench, "plan/list, half done", size, manifest, manifest, 2.4, half)
    manifest = bench.inputs.list(size, shuffled=False)
    yield pair(bench, "plan/list, sorted", size, manifest, manifest, None)


def ids_from(bench):
    """One entry with its ids in a file."""
    size = bench.size(10_000_000)
    manifest = bench.inputs.naming(size)
    same = bench.inputs.list(size)
    yield pair(bench, "plan/ids_from", size, manifest, same, 1.0)
    half = bench.inputs.state(size // 2, of=size)
    paired = pair(bench, "plan/ids_from, half done", size, manifest, same, 1.2, half)
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


def go(bench):
    """A Go program with yaml.v3, with a state of half the users, if Go and that library are installed."""
    if not (bench.peers / "plan_yaml").exists():
        print("plan/go: left out, Go and its yaml.v3 are not installed")
        return
    size = bench.size(1_000_000)
    state = bench.inputs.state(size // 2, of=size)
    for name, manifest in [
        ("block", bench.inputs.block(size)), ("list", bench.inputs.list(size))
    ]:
        warm(manifest, state)
        samples = alternate(
            min(bench.rounds, 3), imprune=lambda: bench.plan(manifest, state),
            go=lambda: bench.peer("plan_yaml", manifest, state))
        yield row.speed(f"plan/go, {name}, slower by", size, samples, "imprune", "go")


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


def base(bench):
    """A change of one user in a thousand compared with its base in git, beside the plan alone."""
    size = bench.size(1_000_000)
    for name, manifest, path in (
            ("ids_from", bench.inputs.naming(size), bench.inputs.ids(size)),
            ("block", bench.inputs.block(size), bench.inputs.block(size))):
        folder = bench.folder("base")
        shutil.copyfile(manifest, folder / "imprune.yaml")
        shutil.copyfile(path, folder / path.name)
        commit(bench, folder)
        with open(folder / path.name, "a", encoding="ascii") as file:
            for number in range(size // 1_000):
                id = f"new_{number:09d}"
                file.write(f"{id}\n" if name == "ids_from" else f"  - id: {id}\n    account: absent\n")
        commit(bench, folder)
        manifest, state = folder / "imprune.yaml", bench.inputs.state(0)
        samples = alternate(
            bench.rounds, base=lambda: bench.plan(manifest, state, "--base", "HEAD~1", cwd=folder),
            plan=lambda: bench.plan(manifest, state, cwd=folder))
        yield row.ratio(f"plan/base, {name}, to plan", size, samples, "base", "plan")


def commit(bench, folder):
    """Commits all in the folder; the first time, as a new repository."""
    if not (folder / ".git").exists():
        bench.run(["git", "init", "--quiet", folder])
    bench.run(["git", "-C", folder, "add", "."])
    bench.run([
        "git", "-C", folder, "-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet",
        "--message", "Users"])


def globs(bench):
    """10,000 protected globs of several kinds, beside the same plan without them."""
    size, count = bench.size(1_000_000), bench.size(10_000)
    bare, state = bench.inputs.naming(size), bench.inputs.state(0)
    manifest = inputs.write(
        bare.with_name("protected.yaml"),
        inputs.naming_manifest(bench.inputs.ids(size).name, protected=inputs.globs(count)))
    warm(bench.inputs.ids(size))
    samples = alternate(
        bench.rounds, globs=lambda: bench.plan(manifest, state), plan=lambda: bench.plan(bare, state))
    yield row.ratio(f"plan/globs, {count:,}, to none", size, samples, "globs", "plan")


def refresh(bench):
    """100,000 users that the service is asked about, at its limit."""
    users = bench.size(100_000)
    with Sandbox(bench, users, 200) as sandbox:
        folder = prepare(bench, sandbox.port, users)
        command = ("plan", "--rate", 100)
        samples = alternate(
            1, plan=lambda: bench.imprune(*command, cwd=folder),
            refresh=lambda: bench.imprune(*command, "--refresh", cwd=folder))
        calls = sandbox.counters()["calls"]["account_check"]["ok"]
    plan, asked = samples["plan"], samples["refresh"]
    rate = calls / (asked.wall - plan.wall)
    yield Row(
        "plan/refresh, of the limit", users, row.timed(asked), row.timed(plan), rate, "%", samples=samples)


ROWS = [
    ("plan/small", small), ("plan/block", block), ("plan/list", yaml_list),
    ("plan/ids_from", ids_from), ("plan/per-user", growth), ("plan/script", script),
    ("plan/go", go), ("plan/terraform", terraform), ("plan/base", base), ("plan/globs", globs),
    ("plan/refresh", refresh),
]
