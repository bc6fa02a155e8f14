"""Fields that the Connection adds to a stream (``extra.fields``), checked against the API's own catalogue before anything is loaded.

https://developers.google.com/google-ads/api/docs/concepts/field-service: attributes of the resource in FROM and of the resources
attributed to it do not change a row's grain; segments would, so they are refused. Metrics go with streams of daily figures only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa

from extractors.connections import Connection
from extractors.errors import ConfigurationError
from extractors.google_ads.client import GoogleAds
from extractors.google_ads.columns import Column, Query
from extractors.stream import Kind, Stream

_TYPES: Mapping[str, pa.DataType] = {
    **dict.fromkeys(("STRING", "ENUM", "RESOURCE_NAME", "DATE"), pa.string()),
    **dict.fromkeys(("INT32", "INT64", "UINT64"), pa.int64()),
    **dict.fromkeys(("DOUBLE", "FLOAT"), pa.float64()),
    "BOOLEAN": pa.bool_(),
}


def configured(connection: Connection) -> dict[str, list[str]]:
    """``extra.fields``: stream -> GAQL field names. ConfigurationError names the field of the Connection where it has another form."""
    value = connection.extra.get("fields") or {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise connection.wrong("extra.fields", "is not JSON") from None
    if not isinstance(value, dict) or not all(isinstance(names, list) for names in value.values()):
        raise connection.wrong("extra.fields", "must be an object of lists: stream name to field names")
    if not all(isinstance(name, str) and re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", name) for names in value.values() for name in names):
        raise connection.wrong("extra.fields", "holds something that is not the name of a field, such as campaign.labels")
    return {str(stream): list(dict.fromkeys(names)) for stream, names in value.items()}


def extended(client: GoogleAds, streams: Sequence[Stream]) -> Sequence[Stream]:
    """The streams with the client's extra fields as nullable columns at their end; ConfigurationError names a field that cannot be had."""
    wanted = configured(client.connection)
    unknown = sorted(set(wanted) - {stream.name for stream in streams})
    if unknown:
        raise _wrong(f"there is no stream {unknown[0]}")
    if not any(wanted.values()):
        return streams
    resources = {stream.name: _query(stream).resource for stream in streams if wanted.get(stream.name)}
    told = client.describe(sorted({*resources.values(), *(name for names in wanted.values() for name in names)}))
    return [_extended(stream, wanted[stream.name], told) if stream.name in resources else stream for stream in streams]


def _extended(stream: Stream, names: Sequence[str], told: Mapping[str, Any]) -> Stream:
    query = _query(stream)
    there = {column.path for column in query.columns}
    added = [_column(stream, query.resource, name, told) for name in names if name not in there]
    longer = replace(query, columns=(*query.columns, *added))
    assert isinstance(stream.extract, partial)
    return replace(stream, schema=longer.schema, extract=partial(stream.extract.func, longer))


def _query(stream: Stream) -> Query:
    assert isinstance(stream.extract, partial)
    query = stream.extract.args[0]
    assert isinstance(query, Query)
    return query


def _column(stream: Stream, resource: str, name: str, told: Mapping[str, Any]) -> Column:
    """The column of one field. Raises ConfigurationError."""
    field = told.get(name)
    if field is None:
        raise _wrong(f"{name} (stream {stream.name}) is no field of this version of the API")
    category, kind = field.category.name, field.data_type.name
    if not field.selectable or kind not in _TYPES:
        raise _wrong(f"{name} (stream {stream.name}) cannot be selected; name one of the fields inside it")
    if category == "SEGMENT":
        raise _wrong(f"{name} (stream {stream.name}) is a segment, which would change what a row stands for")
    allowed = told.get(resource)
    joined = {resource, *(allowed.attribute_resources if allowed else ())}
    if category == "METRIC":
        fits = stream.kind is Kind.DAILY and allowed is not None and name in allowed.metrics
    else:
        fits = name.partition(".")[0] in joined
    if not fits:
        raise _wrong(f"{name} cannot be had with the stream {stream.name} (resource {resource})")
    return Column(name, pa.list_(_TYPES[kind]) if field.is_repeated else _TYPES[kind], configured=True)


def _wrong(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"Connection google_ads_default: field extra.fields: {why}.",
        action="Correct extra.fields in the Airflow Connection google_ads_default (docs/connections.md has an example).",
        source="google_ads",
    )
