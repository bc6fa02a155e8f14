"""The reports of a build: the journey map and the Data Docs."""

from __future__ import annotations

from journey.settings import Places


def write(places: Places) -> None:
    """Write both below ``reports/``."""
    from expectations.docs import write as write_data_docs
    from journey.map import write_map

    write_data_docs(places.landing, places.reports / "data_docs")
    write_map(places.warehouse, places.reports / "journey_map.html")
