"""``python -m benchmarks.eventset NAME ...``: make sets (tiny, 2M, 20M, night, tiny-night) and say where they are."""

from __future__ import annotations

import sys
import time

from benchmarks.eventset.made import made
from benchmarks.eventset.sizes import SETS

for name in sys.argv[1:] or SETS:
    begun = time.process_time()
    folder = made(name).folder
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
    print(f"{name}: {folder}, {size / 1e6:.0f} MB, {time.process_time() - begun:.1f} CPU seconds")
