"""Measures imprune and its peers, prints a table and writes it as JSON.

Started by `make bench`; README.md in this folder says what each row is.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import row
import rows_apply
import rows_files
import rows_install
import rows_plan
import rows_scale
import rows_state
import rows_store
from context import Bench
from measure import CommandFailed

ROWS = (
    rows_plan.ROWS + rows_scale.ROWS + rows_state.ROWS + rows_apply.ROWS + rows_store.ROWS
    + rows_files.ROWS + rows_install.ROWS)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=Path, required=True, help="folder of the executables")
    parser.add_argument("--work", type=Path, required=True, help="folder for all that is written")
    parser.add_argument(
        "--rows", default="", help="only rows whose names begin with these, separated by commas")
    parser.add_argument("--rounds", type=int, default=5, help="how often each pair runs")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to check the harness")
    return parser.parse_args()


def chosen(beginnings):
    """The rows whose names begin with one of these."""
    beginnings = tuple(word for word in beginnings.split(",") if word)
    rows = [(name, rows) for name, rows in ROWS if not beginnings or name.startswith(beginnings)]
    if not rows:
        names = ", ".join(name for name, _ in ROWS)
        sys.exit(f"bench: no rows begin with {beginnings}; there are {names}")
    return rows


def machine(bench):
    """The machine of the measurements."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    version = subprocess.run(
        [bench.bin / "imprune", "version"], capture_output=True, text=True, check=True).stdout
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
        "imprune": version.strip(),
    }


def main():
    options = arguments()
    bench = Bench(
        options.bin.resolve(), options.work.resolve(), options.quick,
        1 if options.quick else options.rounds)
    results = {
        "format_version": 1,
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "is_quick": bench.is_quick, "rounds": bench.rounds, "machine": machine(bench), "rows": []}
    print(row.head(), flush=True)
    failures = 0
    for name, rows in chosen(options.rows):
        try:
            for result in rows(bench):
                if bench.is_quick:
                    result.limit = None
                print(row.text(result), flush=True)
                results["rows"].append(result.as_json())
        except (CommandFailed, OSError, RuntimeError) as error:
            print(f"{name} could not be measured: {error}", flush=True)
            failures += 1
    if bench.is_quick:
        print("The sizes were tiny: the figures mean nothing.")
    path = bench.work / "results.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    print(f"All samples: {path}")
    return 1 if failures else 0


sys.exit(main())
