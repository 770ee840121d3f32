"""Rows of `imprune apply` with a state in an object store."""

import tempfile

from applying import BATCH, RAMP, apply, prepare
from measure import Samples
from row import Row, mebibytes
from sandbox import Sandbox
from store import BUCKET, Far, ObjectStore, is_installed, settings

#: The limit of the service, and imprune's usual rate.
LIMIT, RATE = 100, 90
#: Milliseconds until the store answers, and the least calls a second; above, slower will do.
LATENCIES = [(0, 85), (30, 85), (100, 85), (1_000, None)]


def latencies(bench):
    """20,000 users with a near and a far store; the service has its usual limit and latency."""
    if not is_installed():
        print("apply/store: left out, SeaweedFS is not installed; .ci/pypi-tools installs it")
        return
    users = bench.size(200, 20) * BATCH + RAMP
    with ObjectStore(bench) as store:
        for latency, least in LATENCIES:
            with Far(bench, store, latency) as far, Sandbox(bench, users, 200, LIMIT) as sandbox:
                yield from one(bench, sandbox, users, far, latency, least)


def one(bench, sandbox, users, far, latency, least):
    name, env = f"apply/store at {latency:,} ms", settings(bench, far)
    folder = prepare(bench, sandbox.port, users)
    state = ("--state", f"s3://{BUCKET}/{latency}.state")
    run = apply(bench, folder, RATE, *state, "--new-state", env=env)
    wrong = mistakes(bench, sandbox, users, state, folder, env)
    samples = {"apply": Samples([run.sample])}
    yield Row(
        f"{name}, calls", users, f"{run.rate:.2f} calls/s", f"{RATE} calls/s", run.rate, "/s", least, True,
        samples=samples)
    yield Row(
        f"{name}, in all", users, f"{run.sample.wall:.2f} s", f"peak {mebibytes(run.sample.peak)}", run.sample.wall,
        "s", samples=samples)
    yield Row(
        f"{name}, users done wrong", users, f"{users - wrong} once", f"{users} users", wrong, "", 0, samples=samples)


def mistakes(bench, sandbox, users, state, folder, env):
    """Users that were not removed exactly once, or that the state does not have as removed."""
    with open(folder / "leavers.txt", encoding="ascii") as file:
        ids = file.read().split()
    history = sandbox.history()
    with tempfile.TemporaryFile() as output:
        bench.imprune("state", "list", *state, cwd=folder, env=env, output=output)
        output.seek(0)
        records = dict(line.rsplit("\t", 2)[::2] for line in output.read().decode().splitlines())
    once = (1, 1, 0)
    strangers = (history.keys() | records.keys()) - set(ids)
    return len(strangers) + sum(history.get(id) != once or records.get(id) != "removed" for id in ids)


ROWS = [("apply/store", latencies)]
