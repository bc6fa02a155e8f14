"""The journey map: one self-contained HTML page drawn from the served warehouse."""

from __future__ import annotations

import os
from pathlib import Path

from journey.build_alone import check_memory_limit
from journey.duck import connect, memory_limit, quoted
from journey.map import page, queries


def write_map(warehouse: Path, target: Path, *, identifier: str | None = None) -> None:
    """Write the map of ``warehouse`` to ``target``, whole or not at all.

    ``identifier`` (a user id, device or email hash of ``dim_identities``; default: the setting ``map_identifier``) chooses
    the customer whose path is drawn; without one it is the customer with the most kinds of touchpoints. Raises OSError where
    ``target`` cannot be written, SettingsError where JOURNEY_MEMORY_LIMIT, which it keeps to, is no size.
    """
    from journey.settings import load

    settings = load()
    wanted = identifier if identifier is not None else str(settings["map_identifier"])
    check_memory_limit()
    with connect(warehouse, read_only=True) as served:
        served.execute(f"set memory_limit = '{quoted(memory_limit())}'")
        figures = queries.all_figures(served, wanted)
    # What is served may be older than the settings.
    html = page.render(figures, currency=str(figures["overview"][0].pop("currency") or settings["reporting_currency"]))
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_suffix(".writing")
    try:
        aside.write_text(html, encoding="utf-8")
        os.replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)
