"""Wire bytes of a SearchStream chunk to Arrow, by way of a message that has only the selected fields.

``GoogleAdsRow`` has nearly 200 members and ``Metrics`` nearly 300, so parsing into the vendor's own classes spends most of
its time on fields nobody asked for. A query gets classes of its own: the same field numbers and types, nothing else.
They are proto2, where every field has presence, so unset and zero stay apart; enums are read as their numbers.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from importlib import import_module
from operator import attrgetter
from typing import Any

import pyarrow as pa
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from extractors.collector import collector_held
from extractors.errors import PayloadError
from extractors.google_ads.columns import Column, Query

_PACKAGE = "journey.google_ads"
_ENUM = descriptor_pb2.FieldDescriptorProto.TYPE_ENUM
_INT32 = descriptor_pb2.FieldDescriptorProto.TYPE_INT32
_MESSAGE = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE
_OPTIONAL = descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL
_REPEATED = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED


class Decoder:
    """Decodes the chunks of one query of one API version."""

    def __init__(self, query: Query, version: str) -> None:
        self._query = query
        services = import_module(f"google.ads.googleads.{version}.services.types.google_ads_service")
        self._vendor = services.GoogleAdsRow.pb(services.GoogleAdsRow()).DESCRIPTOR
        self._chunk_field = services.SearchGoogleAdsStreamResponse.pb(services.SearchGoogleAdsStreamResponse()).DESCRIPTOR
        self._enums: dict[str, dict[int, str]] = {}
        self._leaves: dict[str, Any] = {}

    def batch(self, chunk: bytes) -> pa.RecordBatch:
        """The rows of one chunk, in the query's schema; PayloadError where a required field is missing."""
        with collector_held():
            return self._batch(list(self._class.FromString(chunk).results))

    @cached_property
    def _class(self) -> Any:
        """Class of ``{repeated Row results}`` with the projected row."""
        file = descriptor_pb2.FileDescriptorProto(name="projection.proto", package=_PACKAGE, syntax="proto2")
        row = file.message_type.add(name="Row")
        for column in self._query.columns:
            self._project(row, self._vendor, column.path.split("."), f".{_PACKAGE}.Row", column.path)
        chunk = file.message_type.add(name="Chunk")
        number = self._chunk_field.fields_by_name["results"].number
        chunk.field.add(name="results", number=number, label=_REPEATED, type=_MESSAGE, type_name=f".{_PACKAGE}.Row")
        pool = descriptor_pool.DescriptorPool()
        pool.Add(file)
        return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Chunk"))

    def _project(self, message: Any, vendor: Any, steps: list[str], scope: str, path: str) -> None:
        step = steps[0]
        # Generated messages put an underscore behind a name that is a Python word.
        theirs = vendor.fields_by_name.get(step) or vendor.fields_by_name.get(f"{step}_")
        if theirs is None:
            raise ValueError(f"{path} is no field of this API version")
        if len(steps) == 1:
            self._leaves[path] = theirs
            kind = _INT32 if theirs.type == _ENUM else theirs.type
            message.field.add(name=step, number=theirs.number, label=_REPEATED if theirs.is_repeated else _OPTIONAL, type=kind)
            return
        inner = next((nested for nested in message.nested_type if nested.name == f"M_{step}"), None)
        if inner is None:
            inner = message.nested_type.add(name=f"M_{step}")
            message.field.add(name=step, number=theirs.number, label=_OPTIONAL, type=_MESSAGE, type_name=f"{scope}.M_{step}")
        self._project(inner, theirs.message_type, steps[1:], f"{scope}.M_{step}", path)

    def _batch(self, rows: list[Any]) -> pa.RecordBatch:
        # One getter call a row and a message reads all fields of that message.
        by_parent: dict[str, list[Column]] = defaultdict(list)
        for column in self._query.columns:
            by_parent[column.path.rpartition(".")[0]].append(column)
        arrays: dict[str, pa.Array] = {}
        for parent, columns in by_parent.items():
            messages = list(map(attrgetter(parent), rows))
            leaves = [column.path.rpartition(".")[2] for column in columns]
            read = attrgetter(*leaves)
            values = list(zip(*map(read, messages), strict=True)) if len(leaves) > 1 else [tuple(map(read, messages))]
            for column, leaf, found in zip(columns, leaves, values or [()] * len(leaves), strict=True):
                arrays[column.name] = self._array(column, leaf, found, messages)
        return pa.RecordBatch.from_arrays([arrays[column.name] for column in self._query.columns], schema=self._query.schema)

    def _array(self, column: Column, leaf: str, found: tuple[Any, ...], messages: list[Any]) -> pa.Array:
        descriptor = self._leaves[column.path]
        if descriptor.is_repeated:
            if descriptor.type == _ENUM:
                of = self._enum(descriptor)
                return pa.array([[of.get(number, "UNKNOWN") for number in numbers] for numbers in found], column.type)
            return pa.array([list(values) for values in found], column.type)
        values: Any = found
        if descriptor.type == _ENUM:
            names = self._enum(descriptor)
            values = [names.get(number, "UNKNOWN") for number in found]
        # Only a default value can stand for an unset field, so only those are asked for their presence.
        if not column.is_metric and not all(found):
            unset = [at for at, value in enumerate(found) if not value and not messages[at].HasField(leaf)]
            if unset and column.required:
                raise _missing(column, len(unset), len(found))
            values = list(values)
            for at in unset:
                values[at] = None
        try:
            return pa.array(values, pa.string()).cast(column.type) if pa.types.is_date(column.type) else pa.array(values, column.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            raise PayloadError(
                f"The field {column.path} came in another form than {column.type}.",
                action="Compare the platform's changelog with the stream.",
            ) from None

    def _enum(self, descriptor: Any) -> dict[int, str]:
        key = descriptor.enum_type.full_name
        if key not in self._enums:
            self._enums[key] = {value.number: value.name for value in descriptor.enum_type.values}
        return self._enums[key]


def _missing(column: Column, missing: int, rows: int) -> PayloadError:
    return PayloadError(
        f"The field {column.path} is missing in {missing} of {rows} rows of the answer.",
        action="Compare the platform's changelog with the stream's schema; the days are read again at the next run.",
    )
