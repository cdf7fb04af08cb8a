"""Runs benchmarks and prints a table:  python -m bench [NAME ...] [--json FILE] [options of a benchmark]"""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType


def discover() -> dict[str, ModuleType]:
    """Every benchmark by name: the modules of this folder that have a NAME."""
    found: dict[str, ModuleType] = {}
    for module in iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("_"):
            loaded = import_module(f"bench.{module.name}")
            if hasattr(loaded, "NAME"):
                found[loaded.NAME] = loaded
    return found


def main(arguments: list[str]) -> int:
    """Runs those named, or all; one that fails is told and the others still run.

    A benchmark with `add_options` is given what was chosen.
    """
    every = discover()
    parser = argparse.ArgumentParser(prog="bin/bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(every))
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes figure name -> number")
    for loaded in every.values():
        if hasattr(loaded, "add_options"):
            loaded.add_options(parser)
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in every]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(every)}")
    figures: dict[str, float] = {}
    failed = []
    for name in chosen.names or every:
        print(f"== {name}", flush=True)
        try:
            loaded = every[name]
            measured: dict[str, float] = loaded.run(chosen) if hasattr(loaded, "add_options") else loaded.run()
        except Exception as trouble:  # noqa: BLE001  # told, counted in the exit status
            failed.append(name)
            print(f"   failed: {trouble}", flush=True)
            continue
        for figure, value in measured.items():
            print(f"   {figure:44}{value:>18,.3f}".rstrip("0").rstrip("."), flush=True)
        figures.update(measured)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
