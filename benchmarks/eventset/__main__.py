"""``python -m benchmarks.eventset NAME ...``: make sets (tiny, 2M, 20M, night, tiny-night) and say where they are.

Exit code 2 for a name that is none.
"""

from __future__ import annotations

import sys
import time

from benchmarks.eventset.made import made
from benchmarks.eventset.sizes import SETS


def main(asked: list[str]) -> int:
    """Make those asked for, else all."""
    if unknown := [name for name in asked if name not in SETS]:
        print(f"no set {', '.join(unknown)}; there are {', '.join(SETS)}", file=sys.stderr)
        return 2
    for name in asked or SETS:
        begun = time.process_time()
        folder = made(name).folder
        size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
        print(f"{name}: {folder}, {size / 1e6:.0f} MB, {time.process_time() - begun:.1f} CPU seconds")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
