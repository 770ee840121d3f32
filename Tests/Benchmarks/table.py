"""Prints one table of several runs of `make bench`, given as their JSON files, in order.

The rows are the last run's; beside its figure stand the least and the greatest of all runs, and a
target is met only if it was met in each.
"""

import json
import sys

from row import UNITS, line

HEAD = ("row", "size", "imprune", "peer", "figure", "all runs", "target", "verdict")
WIDTHS = (41, 10, 23, 23, 9, 22, 12, 7)


def main():
    runs = [{(row["row"], row["size"]): row for row in json.load(open(path))["rows"]} for path in sys.argv[1:]]
    if not runs:
        sys.exit(__doc__)
    print(line(HEAD, WIDTHS))
    print(line(["-" * width for width in WIDTHS], WIDTHS))
    for name, row in runs[-1].items():
        print(line(cells(row, [run[name] for run in runs if name in run]), WIDTHS))


def cells(row, rows):
    words = UNITS[row["unit"]]
    figures = [row["figure"] for row in rows]
    target = "-"
    if row["limit"] is not None:
        target = (">= " if row["at_least"] else "<= ") + words(row["limit"])
    return (
        row["row"], f"{row['size']:,}", row["imprune"], row["peer"], words(row["figure"]),
        f"{words(min(figures))} to {words(max(figures))}", target, verdict(rows))


def verdict(rows):
    verdicts = [row["verdict"] for row in rows]
    if len(set(verdicts)) == 1:
        return verdicts[0]
    return f"{verdicts.count('met')} of {len(verdicts)}"


main()
