"""``python -m benchmarks [name ...]``: run the benchmarks of these names (all of them by default) and print their ratios.

A benchmark is a module beside this file with a function ``run() -> Iterable[Ratio | Peak | Figure]``; its name is the module's. It checks
that both sides give the same answer before it measures, and raises ``Skip`` where it cannot run on this machine.
Exit code 1 when a benchmark failed, 2 for a name that is none.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

from benchmarks.measure import Figure, Peak, Ratio, Skip

SHARED = {"__main__", "measure"}


def names() -> list[str]:
    """The benchmarks there are: modules beside this file that are not shared code or a worker."""
    modules = (module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]) if not module.ispkg)
    return sorted(name for name in modules if name not in SHARED and not name.endswith("_worker"))


def main(asked: list[str]) -> int:
    """Run them one after the other."""
    known = names()
    if unknown := sorted(set(asked) - set(known)):
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    failed = False
    for name in asked or known:
        print(name, flush=True)
        try:
            results: Iterable[Ratio | Peak | Figure] = importlib.import_module(f"benchmarks.{name}").run()
            for result in results:
                print(f"  {result}", flush=True)
        except Skip as reason:
            print(f"  skipped: {reason}", flush=True)
        except Exception:  # noqa: BLE001 - one benchmark that fails must not keep the others from running
            traceback.print_exc()
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
