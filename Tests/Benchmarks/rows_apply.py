"""Rows of `imprune apply` against a sandbox on this machine."""

import json
import tempfile
from statistics import median

import row
from applying import BATCH, RAMP, apply, gaps_of, prepare, rate_of
from measure import Samples
from nginx import REJECTED, Nginx
from row import Row
from sandbox import Sandbox, delete_url

RATE = 100
#: imprune's gap between two calls at that rate: slightly more than the limit.
GAP = 10_040_000
#: imprune's maximum of calls in flight at that rate.
WINDOW = 200
#: What the app of the sandbox may do.
BOTH = "account_deletion,tag_push"


def at_the_limit(bench):
    """A minute at the service's limit, with fast, normal and slow responses.

    The sandbox has no limit of its own here: it sees a call when its one thread gets to it, now and
    then milliseconds late.
    """
    batches = bench.size(6_000, 300)
    for latency in (5, 200, 1_500):
        users = batches * BATCH + RAMP
        with Sandbox(bench, users, latency) as sandbox:
            run = apply(bench, prepare(bench, sandbox.port, users), RATE)
            seen = sandbox.counters()["calls"]["account_delete"]
        yield from pace(f"apply/pace at {latency} ms", users, run, seen)


def pace(name, users, run, seen):
    """The rows of one run; `seen` has the sandbox's counters."""
    samples = {
        "apply": Samples([run.sample]), "sandbox": seen,
        "gaps_ms": [gap / 1e6 for gap in sorted(run.gaps)[:10]]}
    gap = min(run.gaps) / 1e6
    arrived = f"seen: {seen['min_gap_ns'] / 1e6:.3f} ms"
    yield Row(
        f"{name}, least gap", users, f"{gap:.3f} ms", arrived, gap, "ms", 10.0, True,
        samples=samples)
    share = run.rate / RATE * 100
    yield Row(
        f"{name}, of the limit", users, f"{run.rate:.2f} calls/s", "100 calls/s", share, "%", 99.0,
        True, samples=samples)
    sample = run.sample
    yield Row(
        f"{name}, CPU of a core", users, share_of_core(sample), "-", core(sample), "%", 7.0,
        samples=samples)
    early, late = run.memory_at(0.25), run.memory_at(1)
    words = f"{row.mebibytes(early)}, {row.mebibytes(late)}"
    yield Row(
        f"{name}, memory, end to 1/4", users, words, f"peak {row.mebibytes(sample.peak)}",
        late / early, "x", 1.05, samples={**samples, "memory": run.memory})


def core(sample):
    """The percentage of a core that a process used."""
    return sample.cpu / sample.wall * 100


def share_of_core(sample):
    return f"{row.seconds(sample.cpu)} of {row.seconds(sample.wall)}"


def through_nginx(bench):
    """A minute through nginx's limit; a C client at the same pace is the control."""
    batches = bench.size(6_000, 300)
    users = batches * BATCH + RAMP
    with Sandbox(bench, users) as sandbox:
        with Nginx(bench, sandbox) as nginx:
            _, control_sample = client(bench, nginx.port, batches, GAP)
        control = nginx.statuses()
    with Sandbox(bench, users) as sandbox:
        with Nginx(bench, sandbox) as nginx:
            # If too many are rejected, the run stops with 3.
            run = apply(bench, prepare(bench, nginx.port, users), RATE, codes=(0, 3))
        statuses = nginx.statuses()
    clear_users = bench.size(1_000, 50) * BATCH + RAMP
    with tagged_sandbox(bench, clear_users) as sandbox:
        with Nginx(bench, sandbox) as nginx:
            folder = prepare(bench, nginx.port, clear_users, wish="tags: []")
            apply(bench, folder, RATE, codes=(0, 3))
        clears = nginx.statuses()
    for answers in (control, statuses, clears):
        if set(answers) - {"200", REJECTED}:
            raise RuntimeError(f"nginx answered {dict(answers)}")
    void = f"the control was rejected {control[REJECTED]} times" if control[REJECTED] else None
    for name, count, answers in (
            ("rejected in 1,000", users, statuses), ("clears, rejected in 1,000", clear_users, clears)):
        yield Row(
            f"apply/nginx, {name}", count, f"{answers[REJECTED]} of {answers.total()}",
            f"{control[REJECTED]} of {control.total()}", answers[REJECTED] / answers.total() * 1000,
            "1", 0, void=void, samples={"imprune": answers, "control": control})
    yield Row(
        "apply/nginx, CPU of a core", users, share_of_core(run.sample),
        f"{row.seconds(control_sample.cpu)}, {core(control_sample):.2f} %", core(run.sample), "%",
        samples={"imprune": Samples([run.sample]), "control": Samples([control_sample])})


#: Name, `--rate`, calls a second that are available, options of the sandbox, least share of them.
SHARED = [
    ("up to 5 ms late", 100, 100, ("--jitter", 5), 98),
    ("up to 20 ms late", 100, 100, ("--jitter", 20), 95),
    ("up to 50 ms late", 100, 100, ("--jitter", 50), 92),
    ("up to 50 ms late at 90", 90, 90, ("--jitter", 50), 98),
    ("60 left", 90, 60, ("--others", 40), 90),
    ("40 left", 90, 40, ("--others", 60), 90),
]


def shared(bench):
    """1,004 calls against a strict limit of 100 that others use too, or that calls reach late."""
    users = bench.size(1_000, 50) * BATCH + RAMP
    for name, rate, available, options, least in SHARED:
        with Sandbox(bench, users, rate=RATE, more=options) as sandbox:
            run = apply(bench, prepare(bench, sandbox.port, users), rate)
            seen = sandbox.counters()["calls"]["account_delete"]
        yield from share(f"apply/shared, {name}", users, run, seen, available, least)
    with Sandbox(bench, users, rate=RATE) as sandbox, Nginx(bench, sandbox, tls=True) as nginx:
        folder = prepare(bench, nginx.port, users, scheme="https")
        run = apply(bench, folder, RATE, "--ca-file", nginx.certificate)
        seen = sandbox.counters()["calls"]["account_delete"]
    yield from share("apply/shared, TLS", users, run, seen, RATE, 98)


def share(name, users, run, seen, available, least):
    """Rows for the accepted calls, of those that were available, and for the refused ones."""
    samples = {"apply": Samples([run.sample]), "sandbox": seen}
    refused = seen["throttled"]
    accepted = run.rate * (1 - refused / len(run.full))
    yield Row(
        f"{name}, of what is left", users, f"{accepted:.2f} calls/s", f"{available} calls/s",
        accepted / available * 100, "%", least, True, samples=samples)
    yield Row(
        f"{name}, refused", users, f"{refused} of {len(run.sends)}", "-", refused, "", 10,
        samples=samples)


def returning(bench):
    """The limit drops to 40 calls a second for a minute, and returns."""
    users = bench.size(10_500, 300) * BATCH + RAMP
    with Sandbox(bench, users, rate=RATE, more=("--others", "20-80:60")) as sandbox:
        run = apply(bench, prepare(bench, sandbox.port, users), RATE)
        seen = sandbox.counters()["calls"]["account_delete"]
    samples = {"apply": Samples([run.sample]), "sandbox": seen}
    for name, start, end, available, least in (
            ("before", 1, 19, 100, 90), ("40 left", 20, 80, 40, 90), ("returned", 80, 140, 100, 90),
            ("15 s after the return", 96, 106, 100, 97)):
        rate = run.rate_between(start, end)
        yield Row(
            f"apply/returning, {name}", users, f"{rate:.2f} calls/s", f"{available} calls/s",
            rate / available * 100, "%", least, True, samples=samples)


def tagged_sandbox(bench, users, latency=0):
    """A sandbox without a limit whose users all have tags."""
    tagged = bench.folder("tagged") / "users"
    with open(bench.inputs.ids(users), encoding="ascii") as ids:
        tagged.write_text("".join(f"{id.strip()}\tvip,level 3\n" for id in ids))
    return Sandbox(bench, users, latency, more=("--users-file", tagged, "--enabled", BOTH))


def clears(bench):
    """Clears of tagged users at the limit, beside as many removals: each clear is read back, and with
    a backup it is read before, both at one endpoint with one limit."""
    users = bench.size(1_000, 50) * BATCH + RAMP
    runs = {}
    for name, wish, options in (
            ("removals", "account: absent", ()), ("with backup", "tags: []", ()),
            ("without backup", "tags: []", ("--no-tag-backup",))):
        with tagged_sandbox(bench, users, 200) as sandbox:
            runs[name] = apply(bench, prepare(bench, sandbox.port, users, wish=wish), RATE, *options)
    samples = {name: Samples([run.sample]) for name, run in runs.items()}
    yield row.ratio(
        "apply/clears without backup", users, samples, "without backup", "removals", 1.03)
    yield row.ratio("apply/clears with backup", users, samples, "with backup", "removals", 2.06)
    yield row.ratio(
        "apply/clears with backup, to without", users, samples, "with backup", "without backup")
    calls, peak = runs["with backup"].calls, samples["with backup"].peak
    gap = min(min(gaps_of(sends)) for sends in calls.values() if len(sends) > 1) / 1e6
    yield Row(
        "apply/clears with backup, least gap", users, f"{gap:.3f} ms", "-", gap, "ms", 10.0, True,
        samples=samples)
    reads, wall = calls["im_get_tag"], samples["with backup"].wall
    # The last clears wait for their answers before they are read back, with nothing else left to read.
    middle = rate_of(reads[len(reads) // 10:-len(reads) // 10])
    yield Row(
        "apply/clears with backup, of the limit", users, f"{middle:.2f} readings/s", "100 calls/s",
        middle / RATE * 100, "%", 99, True, samples=samples)
    yield Row(
        "apply/clears, readings of the limit", users, f"{len(reads) / wall:.2f} calls/s", "100 calls/s",
        len(reads) / wall / RATE * 100, "%", 85, True, samples=samples)
    yield Row(
        "apply/clears, peak memory", users, row.mebibytes(peak),
        row.mebibytes(samples["removals"].peak), peak / samples["removals"].peak, "x", 1.25,
        samples=samples)


def client(bench, port, batches, gap):
    """The C client's output and sample."""
    return run_client(
        bench, bench.peers / "client", delete_url(port), bench.inputs.bodies(batches), gap, WINDOW)


def script(bench, port, batches):
    """The aiohttp script's output and sample."""
    return run_client(
        bench, "/usr/bin/python3", bench.scripts / "client_aiohttp.py", delete_url(port),
        bench.inputs.bodies(batches), WINDOW)


def run_client(bench, *command):
    """The JSON that a client prints, and its sample."""
    with tempfile.TemporaryFile() as output:
        sample = bench.run(command, output=output)
        output.seek(0)
        return json.load(output), sample


def without_limit(bench):
    """Without a limit. Each run has its own sandbox, since the users are gone afterwards."""
    batches = bench.size(2_000, 100)
    bench.inputs.bodies(batches)
    rates = {"imprune": [], "aiohttp": [], "C": []}
    samples = {name: Samples() for name in rates}
    sandbox_cpu = {name: [] for name in rates}

    def note(name, sandbox, rate, sample):
        rates[name].append(rate)
        samples[name].append(sample)
        removed = sandbox.counters()["removed"]
        if removed < batches * BATCH:
            raise RuntimeError(f"{name} removed {removed} users only")

    users = batches * BATCH + RAMP
    for _ in range(bench.rounds):
        with Sandbox(bench, users) as sandbox:
            run = apply(bench, prepare(bench, sandbox.port, users), "none")
            note("imprune", sandbox, run.answered_rate(WINDOW), run.sample)
        sandbox_cpu["imprune"].append(sandbox.cpu)
        with Sandbox(bench, users) as sandbox:
            words, sample = script(bench, sandbox.port, batches)
            note("aiohttp", sandbox, words["calls"] / words["seconds"], sample)
        sandbox_cpu["aiohttp"].append(sandbox.cpu)
        with Sandbox(bench, users) as sandbox:
            words, sample = client(bench, sandbox.port, batches, 0)
            note("C", sandbox, words["calls"] / words["seconds"], sample)
        sandbox_cpu["C"].append(sandbox.cpu)
    yield from unlimited_rows(users, rates, samples, sandbox_cpu)


def unlimited_rows(users, rates, samples, sandbox_cpu):
    """Calls a second and CPU time of the three."""
    every = {**samples, "calls_per_second": rates, "sandbox_cpu": sandbox_cpu}
    rate = {name: median(values) for name, values in rates.items()}
    cpu = {name: samples[name].cpu for name in samples}

    def calls(name):
        return f"{rate[name]:.0f} calls/s"

    for peer, limit in (("aiohttp", 1.3), ("C", None)):
        yield Row(
            f"apply/no-limit, calls, to {peer}", users, calls("imprune"), calls(peer),
            rate["imprune"] / rate[peer], "x", limit, True, samples=every)
    for peer, limit in (("aiohttp", 0.9), ("C", None)):
        yield Row(
            f"apply/no-limit, CPU, to {peer}", users, row.seconds(cpu["imprune"]),
            row.seconds(cpu[peer]), cpu["imprune"] / cpu[peer], "x", limit, samples=every)


ROWS = [
    ("apply/pace", at_the_limit), ("apply/nginx", through_nginx),
    ("apply/shared", shared), ("apply/returning", returning),
    ("apply/clears", clears), ("apply/no-limit", without_limit),
]
