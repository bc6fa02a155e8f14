"""Files of paths and touches, and `journey attribute` over them through the console script."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

JOURNEY = Path(sys.executable).with_name("journey")
PATHS = "path,conversions,conversion_value,non_conversions\nPaid Social > Email,3,300,1\nEmail,1,40.5,2\nDirect,0,0,4\n"
TOUCHES = """customer_id,occurred_at,channel,conversion,conversion_value
ann,2026-01-08T10:00:00Z,Email,1,100
ann,2026-01-01,Paid Social,0,
bob,2026-01-02 10:00:00+03:00,Email,0,
ann,2026-01-09,Direct,0,
"""


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([JOURNEY, "attribute", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


def written(folder: Path, text: str | bytes, name: str = "file.csv") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file
