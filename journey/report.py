"""The reports of a build: the journey map and the Data Docs."""

from __future__ import annotations

from journey.settings import Places


def write(places: Places) -> None:
    """Write both below ``reports/``."""
    from expectations import docs
    from journey.map import write_map

    docs.write(places.landing, places.reports / "data_docs")
    write_map(places.warehouse, places.reports / "journey_map.html")
