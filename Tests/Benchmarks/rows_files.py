"""Rows of files other than the state."""

import row
from applying import RAMP, apply, prepare
from measure import alternate, warm
from row import Row
from sandbox import Sandbox


def plan_file(bench):
    """A saved plan: writing it, beyond the plan itself, and reading it."""
    size = bench.size(1_000_000)
    manifest, state = bench.inputs.naming(size), bench.inputs.state(0)
    saved = bench.folder("plan") / "plan.json"
    warm(manifest, bench.inputs.ids(size), state)
    samples = alternate(
        bench.rounds, plan=lambda: bench.plan(manifest, state),
        out=lambda: bench.plan(manifest, state, "--out", saved),
        show=lambda: bench.imprune("show", saved))
    plan, out, show = samples["plan"], samples["out"], samples["show"]
    yield Row(
        "files/plan, --out, beyond plan", size, row.timed(out), row.timed(plan),
        out.wall - plan.wall, "s", 3, samples=samples)
    yield Row("files/plan, show", size, row.timed(show), "-", show.wall, "s", 3, samples=samples)


def pages(bench):
    """A plan as a page and as a comment, beyond the plan itself. Both are of limited size."""
    size = bench.size(1_000_000)
    manifest, state = bench.inputs.naming(size), bench.inputs.state(0)
    folder = bench.folder("pages")
    warm(manifest, bench.inputs.ids(size), state)
    samples = alternate(
        bench.rounds, plan=lambda: bench.plan(manifest, state),
        html=lambda: bench.plan(manifest, state, "--html-out", folder / "plan.html"),
        markdown=lambda: bench.plan(manifest, state, "--markdown-out", folder / "plan.md"))
    plan = samples["plan"]
    for name, option in (("html", "--html-out"), ("markdown", "--markdown-out")):
        written = samples[name]
        yield Row(
            f"files/pages, {option}, beyond plan", size, row.timed(written), row.timed(plan),
            written.wall - plan.wall, "s", samples=samples)


def text(bench):
    """The plan as text, beyond reading the manifest: comparing, digest and text together."""
    size = bench.size(1_000_000)
    manifest, state = bench.inputs.naming(size), bench.inputs.state(0)
    warm(manifest, bench.inputs.ids(size), state)
    samples = alternate(
        bench.rounds, validate=lambda: bench.imprune("validate", manifest),
        plan=lambda: bench.plan(manifest, state))
    plan, validate = samples["plan"], samples["validate"]
    yield Row(
        "files/text, beyond validate", size, row.timed(plan), row.timed(validate),
        plan.wall - validate.wall, "s", 0.5, samples=samples)


def report(bench):
    """A report of a whole run, beyond the run itself, as fast as the sandbox allows."""
    size = bench.size(1_000_000) + RAMP

    def run(*arguments):
        with Sandbox(bench, size) as sandbox:
            return apply(bench, prepare(bench, sandbox.port, size), "none", *arguments).sample

    samples = alternate(
        min(bench.rounds, 3), apply=run, report=lambda: run("--report", "report.json"))
    bare, reported = samples["apply"], samples["report"]
    yield Row(
        "files/report, beyond apply", size, row.timed(reported), row.timed(bare),
        reported.wall - bare.wall, "s", 3, samples=samples)
    # Wall time depends on the sandbox; this does not.
    yield Row(
        "files/report, CPU beyond apply", size, row.seconds(reported.cpu),
        row.seconds(bare.cpu), reported.cpu - bare.cpu, "s", 3, samples=samples)


ROWS = [
    ("files/plan", plan_file), ("files/pages", pages), ("files/text", text), ("files/report", report)]
