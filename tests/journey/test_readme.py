"""The README says what there is."""

from __future__ import annotations

import re
import subprocess
from dataclasses import fields
from pathlib import Path

from expectations.results import Result
from extractors.partition import Partition
from extractors.registry import CONNECTIONS, MODULES
from journey.sources_table import in_readme

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_of_sources_is_the_registry() -> None:
    readme = (ROOT / "README.md").read_text()
    assert in_readme(readme) == readme, "run python -m journey.sources_table"


def test_every_source_has_its_slice_in_every_layer() -> None:
    connections = (ROOT / "docs" / "connections.md").read_text()
    landing = (ROOT / "docs" / "landing.md").read_text()
    for name in MODULES:
        assert f"## {CONNECTIONS[name]}" in connections, name
        assert f"## {name} " in landing, name
        assert (ROOT / "dags" / f"ingest_{name}.py").exists(), name
        assert (ROOT / "expectations" / "landing" / f"{name}.py").exists(), name
        assert (ROOT / "sandbox" / "emulators" / name).is_dir(), name
        assert list((ROOT / "dbt_project" / "models" / "staging").rglob(f"stg_{name}__*.sql")), name


def test_every_file_that_the_readme_names_is_there() -> None:
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"`((?:docs|extractors|dbt_project|expectations|dags|sandbox)/[A-Za-z0-9_./]*)`", readme))
    assert {name for name in named if not (ROOT / name).exists()} == set()
    assert len(named) > 5


def test_every_field_of_the_ledger_and_of_the_validations_is_documented() -> None:
    """`read_at` and `asked` were not."""
    page = (ROOT / "docs" / "landing.md").read_text()
    ledger, validations = (page.partition(f"\n# {title}\n")[2].partition("\n# ")[0] for title in ("The ledger", "What validation found"))
    for text, record in ((ledger, Partition), (validations, Result)):
        assert [field.name for field in fields(record) if not re.search(rf"\b{field.name}\b", text)] == []


def test_make_alone_tells_the_targets_and_nothing_else() -> None:
    """It printed the comments of other lines of the Makefile too."""
    told = subprocess.run(["make", "-C", str(ROOT), "--no-print-directory"], capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert all(line.startswith("make ") for line in told.splitlines())
    assert {"run", "test", "up", "bench"} <= set(re.findall(r"make ([a-z-]+)", told)) <= targets
