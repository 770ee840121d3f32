"""One row of the table: a figure, its target, and its samples."""

from dataclasses import dataclass, field


def seconds(value):
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"


def mebibytes(value):
    return f"{value / (1 << 20):.0f} MiB"


UNITS = {
    "x": lambda value: f"{value:.2f} x",
    "s": seconds,
    "B": mebibytes,
    "ns": lambda value: f"{value:.0f} ns",
    "ms": lambda value: f"{value:.3f} ms",
    "/s": lambda value: f"{value:.2f}/s",
    "%": lambda value: f"{value:.2f} %",
    "1": lambda value: f"{value:.1f}",
    "": lambda value: f"{value:.0f}",
}


@dataclass
class Row:
    """`ours` and `theirs` are the texts of the columns; the target applies to `figure`."""

    name: str
    size: int
    ours: str
    theirs: str
    figure: float
    unit: str
    #: The maximum, or with `at_least` the minimum, of the figure; None: for information.
    limit: float | None = None
    at_least: bool = False
    #: Why the figure is void, if it is.
    void: str | None = None
    samples: dict = field(default_factory=dict)

    @property
    def verdict(self):
        if self.void:
            return "void"
        if self.limit is None:
            return "-"
        is_met = self.figure >= self.limit if self.at_least else self.figure <= self.limit
        return "met" if is_met else "missed"

    @property
    def target(self):
        if self.limit is None:
            return "-"
        return (">= " if self.at_least else "<= ") + UNITS[self.unit](self.limit)

    def as_json(self):
        return {
            "row": self.name, "size": self.size, "imprune": self.ours, "peer": self.theirs,
            "figure": self.figure, "unit": self.unit, "limit": self.limit,
            "at_least": self.at_least, "verdict": self.verdict, "void": self.void,
            "samples": {
                name: value.as_json() if hasattr(value, "as_json") else value
                for name, value in self.samples.items()},
        }


HEAD = ("row", "size", "imprune", "peer", "figure", "target", "verdict")
WIDTHS = (41, 10, 23, 23, 9, 12, 7)


def line(cells, widths=WIDTHS):
    """A line of the table, which is Markdown."""
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"


def head():
    return line(HEAD) + "\n" + line(["-" * width for width in WIDTHS])


def text(row):
    words = line((
        row.name, f"{row.size:,}", row.ours, row.theirs, UNITS[row.unit](row.figure), row.target,
        row.verdict))
    return words + (f"\n  void: {row.void}" if row.void else "")


def timed(samples):
    """Wall and CPU time as text."""
    return f"{seconds(samples.wall)} ({seconds(samples.cpu)} CPU)"


def ratio(name, size, samples, ours, theirs, limit=None):
    """imprune's time divided by a peer's."""
    mine, peer = samples[ours], samples[theirs]
    return Row(
        name, size, timed(mine), timed(peer), mine.wall / peer.wall, "x", limit,
        samples={ours: mine, theirs: peer})


def speed(name, size, samples, ours, theirs):
    """A peer's time divided by imprune's."""
    row = ratio(name, size, samples, ours, theirs)
    row.figure = 1 / row.figure
    return row
