"""Measures on real programs: python -m bench.run [WHAT ...] [--quick]. Each WHAT is a file of this folder."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from tocsin.store.sqlite import version_rule

ALL = ("start", "intake", "page", "timers", "pages", "kill")
"""In this order; each has `run(folder, quick=...)`, which prints its table."""


def main(arguments: list[str]) -> int:
    """Run what was asked for; answers 1 when a measurement could not be made."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*ALL, []], help="which measurements; all when none is named")
    parser.add_argument(
        "--quick", action="store_true", help="short and small: shows that all works, not how fast it is"
    )
    asked = parser.parse_args(arguments)
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} processors, {version_rule()}"
    )
    failed = False
    for what in asked.what or ALL:
        began = time.perf_counter()
        busy = os.getloadavg()[0]
        with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
            try:
                importlib.import_module(f"bench.{what}").run(Path(folder), quick=asked.quick)
            except (RuntimeError, TimeoutError, OSError) as problem:
                failed = True
                print(f"\n{what} could not be measured: {problem}")
        print(f"  {what}: {time.perf_counter() - began:.0f} s; load of the machine before: {busy:.1f}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
