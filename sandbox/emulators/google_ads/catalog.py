"""The fields of one API version, read from its proto descriptors.

A GAQL field name is a path in ``GoogleAdsRow``; where the path holds a Python word the generated message has an
underscore behind it (``ad_group.type`` is ``type_``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from sandbox.emulators.google_ads.refusals import query_error

VERSIONS = ("v26", "v25", "v24", "v23")
DATE_SEGMENTS = ("segments.date", "segments.week", "segments.month", "segments.quarter", "segments.year")
_INTEGERS = {FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64}
_FLOATS = {FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT}


@dataclass(frozen=True)
class Field:
    """One leaf. ``kind``: int, float, str, bool, enum, date. ``parents`` and ``leaf`` are attribute names of the message."""

    name: str
    parents: tuple[str, ...]
    leaf: str
    kind: str
    repeated: bool
    enum: dict[str, int] | None = field(default=None, compare=False)

    @property
    def group(self) -> str:
        """``metrics``, ``segments`` or the resource the field belongs to."""
        return self.name.partition(".")[0]

    def converter(self) -> Callable[[Any], Any]:
        """From a value as JSON has it to one the message takes."""
        one: Callable[[Any], Any] = {"int": int, "float": float, "bool": bool, "str": str, "date": str}.get(self.kind, str)
        if self.enum is not None:
            numbers = self.enum
            one = lambda value: value if isinstance(value, int) else numbers.get(value, 1)  # noqa: E731  1 is UNKNOWN
        if self.repeated:
            return lambda values: [one(value) for value in values]
        return one


class Catalog:
    """Fields and message classes of one version."""

    def __init__(self, version: str) -> None:
        self.version = version
        base = f"google.ads.googleads.{version}"
        services = import_module(f"{base}.services.types.google_ads_service")
        customers = import_module(f"{base}.services.types.customer_service")
        errors = import_module(f"{base}.errors.types.errors")
        field_service = import_module(f"{base}.services.types.google_ads_field_service")
        self.search_request = _raw(services.SearchGoogleAdsRequest)
        self.search_response = _raw(services.SearchGoogleAdsResponse)
        self.stream_request = _raw(services.SearchGoogleAdsStreamRequest)
        self.stream_response = _raw(services.SearchGoogleAdsStreamResponse)
        self.accessible_response = _raw(customers.ListAccessibleCustomersResponse)
        self.fields_request = _raw(field_service.SearchGoogleAdsFieldsRequest)
        self.fields_response = _raw(field_service.SearchGoogleAdsFieldsResponse)
        self.failure = _raw(errors.GoogleAdsFailure)
        self._row = _raw(services.GoogleAdsRow).DESCRIPTOR
        self._fields: dict[str, Field] = {}

    @property
    def row(self) -> Any:
        """Descriptor of ``GoogleAdsRow``."""
        return self._row

    def resource(self, name: str) -> bool:
        """Whether the version has a resource of that name."""
        return name in self._row.fields_by_name and name not in ("metrics", "segments")

    def field(self, name: str) -> Field:
        """The leaf of that name; UNRECOGNIZED_FIELD, or PROHIBITED_FIELD_IN_SELECT_CLAUSE for a message."""
        if name not in self._fields:
            self._fields[name] = self._find(name)
        return self._fields[name]

    def _find(self, name: str) -> Field:
        message = self._row
        steps: list[str] = []
        found: Any = None
        for part in name.split("."):
            found = None if message is None else message.fields_by_name.get(part) or message.fields_by_name.get(f"{part}_")
            if found is None or (found.is_repeated and found.message_type is not None):
                raise query_error("UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{name}'.")
            steps.append(found.name)
            message = found.message_type
        if message is not None:
            raise query_error("PROHIBITED_FIELD_IN_SELECT_CLAUSE", f"'{name}' is a message; name one of its fields.")
        enum = found.enum_type
        numbers = {value.name: value.number for value in enum.values} if enum is not None else None
        return Field(name, tuple(steps[:-1]), steps[-1], kind_of(name, found), found.is_repeated, numbers)


def kind_of(name: str, descriptor: Any) -> str:
    """The ``Field.kind`` of a leaf."""
    if name in DATE_SEGMENTS[:-1]:
        return "date"
    if descriptor.enum_type is not None:
        return "enum"
    if descriptor.cpp_type in _INTEGERS:
        return "int"
    if descriptor.cpp_type in _FLOATS:
        return "float"
    return "bool" if descriptor.cpp_type == FieldDescriptor.CPPTYPE_BOOL else "str"


def _raw(message: Any) -> Any:
    return type(message.pb(message()))


@cache
def catalog(version: str) -> Catalog:
    """The catalog of a version; building one imports the version's messages."""
    return Catalog(version)
