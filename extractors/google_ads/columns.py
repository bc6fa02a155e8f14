"""What is asked of Google Ads: columns as GAQL paths, and the query they make."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from extractors.stream import CONFIGURED, Days

METRICS = "metrics."


@dataclass(frozen=True)
class Column:
    """One field of ``GoogleAdsRow``. ``required``: in every row; a metric that is unset counts as zero.
    ``configured``: the Connection asked for it, not this project."""

    path: str
    type: pa.DataType
    required: bool = False
    configured: bool = False

    @property
    def name(self) -> str:
        """Name in the landing zone: the vendor's, dots written as underscores."""
        return self.path.replace(".", "_")

    @property
    def is_metric(self) -> bool:
        return self.path.startswith(METRICS)


@dataclass(frozen=True)
class Query:
    """Columns of one resource; ``dated`` queries are asked over a range of ``segments.date``."""

    resource: str
    columns: tuple[Column, ...]
    dated: bool = False

    @property
    def schema(self) -> pa.Schema:
        return pa.schema(
            [
                pa.field(column.name, column.type, nullable=not column.required, metadata=CONFIGURED if column.configured else None)
                for column in self.columns
            ]
        )

    def text(self, days: Days | None = None) -> str:
        """GAQL for the range. Never filtered on a status: removed ads and paused campaigns still cost."""
        query = f"SELECT {', '.join(column.path for column in self.columns)} FROM {self.resource}"
        if self.dated and days is not None:
            query += f" WHERE segments.date BETWEEN '{days.first}' AND '{days.last}'"
        return query


def columns(text: str) -> tuple[Column, ...]:
    """Columns from ``path!:type`` words, ``!`` marking a required one; types as in docs/landing.md."""
    types = {"i": pa.int64(), "f": pa.float64(), "s": pa.string(), "b": pa.bool_(), "d": pa.date32(), "ls": pa.list_(pa.string())}
    made = []
    for word in text.split():
        path, _, kind = word.partition(":")
        made.append(Column(path.rstrip("!"), types[kind], path.endswith("!")))
    return tuple(made)
