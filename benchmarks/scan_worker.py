"""The scan floor in a process of its own: ``python -m benchmarks.scan_worker LANDING``.

Reads every column that the models need of the landed GA4 events once, as counts, and prints the CPU seconds (user and system, all
threads) that this takes. Whatever the journey costs, this has to be paid.
"""

from __future__ import annotations

import sys
import time

import duckdb

NEEDED = """event_timestamp, event_name, event_params, event_bundle_sequence_id, batch_event_index, batch_page_id, batch_ordering_id,
    user_id, user_pseudo_id, privacy_info, user_properties, collected_traffic_source, device, ecommerce, _loaded_at"""


def main(landing: str) -> None:
    """Read and print."""
    counts = ", ".join(f"count({name.strip()})" for name in NEEDED.split(","))
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        begun = time.process_time()
        connection.execute(f"select {counts} from read_parquet('{landing}/ga4/events/*/*/*.parquet', hive_partitioning = true)").fetchall()
        print(time.process_time() - begun)


if __name__ == "__main__":
    main(sys.argv[1])
