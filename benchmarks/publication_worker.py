"""One publication in a process of its own: ``python -m benchmarks.publication_worker BUILD_FILE SERVED_FILE BEFORE``.

Prints one line of JSON: CPU seconds (user and system, all threads), and the process's largest resident memory in bytes.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from journey.served import write

if __name__ == "__main__":
    build, served, before = (Path(argument) for argument in sys.argv[1:4])
    begun = time.process_time()
    write(build, served, before=before)
    seconds = time.process_time() - begun
    print(json.dumps({"seconds": seconds, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
