"""Runs the benchmarks named, or every module beside this file that has a `run() -> Iterable[Result]`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

NOT_BENCHMARKS = {"__init__", "__main__", "result", "big", "emulated_link", "long_forms", "record_window"}


def benchmarks() -> list[str]:
    """The names of all benchmarks."""
    return sorted({file.stem for file in Path(__file__).parent.glob("*.py")} - NOT_BENCHMARKS)


def main() -> int:
    """Prints one line a result; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(prog="dev.py bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(benchmarks()))
    parser.add_argument("--json", action="store_true", help="one object a line, for other programs")
    parser.add_argument("--table", action="store_true", help="the rows of docs/benchmarks.md")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(benchmarks()):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(benchmarks())}")
    met = True
    for name in asked.names or benchmarks():
        for result in import_module(f"benchmarks.{name}").run():
            line = json.dumps(asdict(result)) if asked.json else result.row if asked.table else result.line
            print(line, flush=True)
            met = met and result.met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
