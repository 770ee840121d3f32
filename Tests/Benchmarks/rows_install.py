"""Rows of installing: from a bare Debian to the first plan, and the start of the packaged binary.

Those of the package need root, Debian's package servers, and what `make dist` built.
"""

import os
import shutil
from pathlib import Path

import row
from measure import alternate
from row import Row

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / ".build/dist"
FIRST_PLAN = (
    "imprune init --app 1400000000 --region singapore --edition trial >/dev/null"
    " && imprune plan >/dev/null")


def package():
    """The package of imprune, or None with the reason printed."""
    packages = sorted(DIST.glob("imprune_*.deb"))
    if packages and os.geteuid() == 0:
        return packages[0]
    print("install: the package is left out, it needs root and `make dist`")
    return None


def first_plan(bench):
    """From a bare bookworm to the first plan, with the package of imprune; the tree itself is made before."""
    deb = package()
    if not deb:
        return
    tree = bench.folder("bookworm")

    def install():
        shutil.rmtree(tree)
        bench.run([ROOT / ".ci/bare-tree", "bookworm", tree])
        shutil.copy(deb, tree / "imprune.deb")
        script = (
            "apt-get update -q && apt-get install -qy --no-install-recommends /imprune.deb"
            f" && cd /tmp && {FIRST_PLAN}")
        return bench.run([ROOT / ".ci/in-tree", tree, "sh", "-c", script])

    samples = alternate(min(bench.rounds, 3), package=install)
    yield Row(
        "install/first plan, package", 0, row.timed(samples["package"]), "-", samples["package"].wall, "s", 10,
        samples=samples)
    shutil.rmtree(tree)


def from_source(bench):
    """From a new clone to the first plan, on this machine, which has Swift and the libraries."""
    if not shutil.which("swift"):
        print("install/from source: left out, Swift is not installed")
        return
    source = bench.folder("source")
    bench.run(["git", "clone", "--quiet", ROOT, source])
    script = (
        "swift build -c release --product imprune && PATH=$PWD/.build/release:$PATH"
        f" && mkdir plan && cd plan && {FIRST_PLAN}")
    samples = alternate(1, source=lambda: bench.run(["sh", "-c", script], cwd=source))
    yield Row(
        "install/from source, first plan", 0, row.timed(samples["source"]), "-", samples["source"].wall, "s",
        samples=samples)
    shutil.rmtree(source)


def cold_start(bench):
    """A plan of two users with the packaged binary, against the build with shared libraries."""
    deb = package()
    if not deb:
        return
    folder = bench.folder("package")
    bench.run(["dpkg-deb", "--extract", deb, folder])
    manifest, state = bench.inputs.block(2), bench.inputs.state(0)
    packaged = folder / "usr/bin/imprune"
    samples = alternate(
        4 * bench.rounds, packaged=lambda: bench.run([packaged, "plan", manifest, "--state", state]),
        shared=lambda: bench.plan(manifest, state))
    yield row.ratio("install/small plan", 2, samples, "packaged", "shared", 1.0)


ROWS = [
    ("install/first plan", first_plan), ("install/from source", from_source),
    ("install/small plan", cold_start)]
