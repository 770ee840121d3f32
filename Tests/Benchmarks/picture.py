"""Draws docs/scale.svg from scale.tsv, the measured rows of `scale`. With --check, it only compares."""

import math
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PICTURE = HERE.parents[1] / "docs/scale.svg"
WIDTH, HEIGHT, TOP, BOTTOM = 720, 250, 40, 200
#: Left and right edge of each plot, its title, and the powers of ten at its edges.
PLOTS = ((52, 340, "seconds", -2, 2), (416, 704, "MiB of memory at the peak", 1, 4))
USERS = (3, 8)
HEAD = f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Time and memory of a \
plan, by the number of users">
<style>
svg {{ color: #1f2328; background: #ffffff }}
text {{ font: 12px sans-serif; fill: currentColor }}
.grid {{ stroke: currentColor; stroke-opacity: .15 }}
.measured {{ fill: none; stroke: #0969da; stroke-width: 2 }}
circle {{ fill: #0969da }}
@media (prefers-color-scheme: dark) {{
  svg {{ color: #e6edf3; background: #0d1117 }}
  .measured {{ stroke: #4493f8 }}
  circle {{ fill: #4493f8 }}
}}
</style>
"""


def words(value):
    """A measured number with at most three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def plot(rows, column, left, right, title, low, high):
    """The parts of one plot, both axes logarithmic."""
    def x(users):
        return left + (math.log10(users) - USERS[0]) / (USERS[1] - USERS[0]) * (right - left)

    def y(value):
        return BOTTOM - (math.log10(value) - low) / (high - low) * (BOTTOM - TOP)

    yield f'<text x="{left}" y="20">{title}</text>'
    for power in range(low, high + 1):
        level = y(10.0 ** power)
        yield (
            f'<path class="grid" d="M{left},{level:.1f}H{right}"/>'
            f'<text x="{left - 6}" y="{level + 4:.1f}" text-anchor="end">{10.0 ** power:,g}</text>')
    for power in range(USERS[0], USERS[1] + 1):
        yield (
            f'<text x="{x(10 ** power):.1f}" y="{BOTTOM + 18}" text-anchor="middle">'
            f"10<tspan dy=\"-4\" font-size=\"9\">{power}</tspan></text>")
    yield f'<text x="{(left + right) / 2:.1f}" y="{HEIGHT - 10}" text-anchor="middle">users</text>'
    points = [(x(row[0]), y(row[column])) for row in rows]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline class="measured" points="{path}"/>'
    for (place, level), row in zip(points, rows):
        # Beside the line, which rises.
        anchor, aside, above = ("start", 2, 12) if place == left else ("end", -7, 6)
        yield (
            f'<circle cx="{place:.1f}" cy="{level:.1f}" r="3"/>'
            f'<text x="{place + aside:.1f}" y="{level - above:.1f}" text-anchor="{anchor}">{words(row[column])}</text>')


def picture():
    lines = (HERE / "scale.tsv").read_text(encoding="ascii").splitlines()
    rows = [tuple(map(float, line.split("\t"))) for line in lines[1:]]
    parts = [part for column, edges in enumerate(PLOTS, 1) for part in plot(rows, column, *edges)]
    return HEAD + "\n".join(parts) + "\n</svg>\n"


def main():
    if sys.argv[1:] != ["--check"]:
        PICTURE.write_text(picture(), encoding="ascii")
    elif PICTURE.read_text(encoding="ascii") != picture():
        sys.exit("picture.py: docs/scale.svg is not what scale.tsv says; run make pictures")


main()
