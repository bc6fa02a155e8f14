"""The peer's side of ``landing_load``, in the peer's own environment: loads the same rows for each line of input, answers with seconds."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any


def main(rows_file: str, folder: str) -> None:
    """dlt: dictionaries to Parquet files of the filesystem destination; columns and types are declared, and a deviation is refused."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": f"{folder}/home", "RUNTIME__LOG_LEVEL": "ERROR"}
    import dlt  # type: ignore[import-not-found]
    import pyarrow.parquet as pq

    table = pq.read_table(rows_file)
    rows: list[dict[str, Any]] = table.to_pylist()
    kinds = {"int64": "bigint", "double": "double", "string": "text", "date32[day]": "date"}
    columns = [{"name": field.name, "data_type": kinds[str(field.type)], "nullable": field.nullable} for field in table.schema]
    for _ in sys.stdin:
        shutil.rmtree(folder, ignore_errors=True)
        Path(folder).mkdir(parents=True)
        begun = time.process_time()
        resource = dlt.resource(
            (rows[at : at + 10_000] for at in range(0, len(rows), 10_000)),
            name="ad_performance",
            columns=columns,
            schema_contract={"tables": "evolve", "columns": "freeze", "data_type": "freeze"},
        )
        pipeline = dlt.pipeline(
            "bench",
            destination=dlt.destinations.filesystem(bucket_url=f"file://{folder}/out"),
            dataset_name="landing",
            pipelines_dir=f"{folder}/pipelines",
        )
        pipeline.run(resource, loader_file_format="parquet", write_disposition="replace")
        seconds = time.process_time() - begun
        files = [str(path) for path in Path(folder, "out").rglob("ad_performance/*.parquet")]
        print(json.dumps({"seconds": seconds, "files": files}), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
