"""The README's table of sources, made from the registry: ``python -m journey.sources_table`` writes it in."""

from __future__ import annotations

import re
import sys

from extractors import registry
from journey.settings import ROOT

START, END = "<!-- sources: made by python -m journey.sources_table -->", "<!-- end of sources -->"


def table() -> str:
    """Markdown, one row a source: Connection, API version, streams."""
    lines = ["| source | Connection | API | streams |", "|---|---|---|---|"]
    for name in registry.MODULES:
        source = registry.load(name)
        streams = ", ".join(stream.name for stream in source.streams)
        lines.append(f"| `{name}` | `{source.connection_id}` | {source.api.version if source.api else source.api_version} | {streams} |")
    return "\n".join(lines)


def in_readme(readme: str) -> str:
    """The README with the table between its marks renewed; ValueError where the marks are missing."""
    if START not in readme or END not in readme:
        raise ValueError("README.md has lost the marks of its table of sources")
    return re.sub(f"{re.escape(START)}.*?{re.escape(END)}", lambda _: f"{START}\n{table()}\n{END}", readme, flags=re.DOTALL)


if __name__ == "__main__":
    file = ROOT / "README.md"
    file.write_text(in_readme(file.read_text()))
    sys.exit(0)
