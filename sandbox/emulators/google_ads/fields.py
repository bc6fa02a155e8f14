"""GoogleAdsFieldService: what may be selected, and with what, told from the proto descriptors.

https://developers.google.com/google-ads/api/docs/concepts/field-service. Every resource of the version is listed with its fields. Which
metrics, segments and resources go with a resource is told for the resources that this emulator serves, by the rules that ``plan``
keeps. Two things that the descriptors do not hold are told more narrowly than by Google: a text that is a resource name is
RESOURCE_NAME only where the field is called so, and no message is selectable as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from sandbox.emulators.google_ads import gaql
from sandbox.emulators.google_ads.catalog import Catalog, Field, kind_of
from sandbox.emulators.google_ads.conditions import compile_condition
from sandbox.emulators.google_ads.plan import SEGMENTS, has_metric
from sandbox.emulators.google_ads.refusals import query_error
from sandbox.emulators.google_ads.resources import RESOURCES

Artifact = dict[str, Any]
"""Fields of ``GoogleAdsField``; enums by name."""
_NUMBERS = {
    FieldDescriptor.TYPE_INT32: "INT32",
    FieldDescriptor.TYPE_INT64: "INT64",
    FieldDescriptor.TYPE_UINT64: "UINT64",
    FieldDescriptor.TYPE_DOUBLE: "DOUBLE",
    FieldDescriptor.TYPE_FLOAT: "FLOAT",
}
_KINDS = {"bool": "BOOLEAN", "date": "DATE", "enum": "ENUM"}


def search(api: Catalog, text: str) -> tuple[list[str], list[Artifact]]:
    """(fields asked for, artifacts that match) of a query such as ``SELECT name, data_type WHERE name = 'campaign.id'``."""
    query = gaql.parse_fields(text)
    described = api.fields_response.DESCRIPTOR.fields_by_name["results"].message_type

    def field(name: str) -> Field:
        held = described.fields_by_name.get(name)
        if held is None:
            raise query_error("UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{name}'.")
        values = {value.name: value.number for value in held.enum_type.values} if held.enum_type else None
        return Field(name, (), name, kind_of(name, held), held.is_repeated, values)

    names = [field(name).name for name in query.fields]
    tests = [(field(one.field).name, compile_condition(one, field(one.field), date.min)) for one in query.conditions]
    found = [artifact for artifact in artifacts(api) if all(test(artifact.get(name)) for name, test in tests)]
    for name, descending in reversed([(field(name).name, descending) for name, descending in query.orderings]):
        found.sort(key=lambda artifact: str(artifact.get(name, "")), reverse=descending)
    return names, found[: query.limit]


def fill(results: Any, names: list[str], found: list[Artifact]) -> None:
    """Append one ``GoogleAdsField`` an artifact, with the fields asked for; the resource name comes unasked."""
    for artifact in found:
        message = results.add(resource_name=f"googleAdsFields/{artifact['name']}")
        for name in names:
            value = artifact.get(name)
            if value is None:
                continue
            held = message.DESCRIPTOR.fields_by_name[name]
            if held.is_repeated:
                getattr(message, name).extend(value)
            else:
                setattr(message, name, held.enum_type.values_by_name[value].number if held.enum_type else value)


@lru_cache(maxsize=8)
def artifacts(api: Catalog) -> list[Artifact]:
    """Every resource, field, segment and metric of the version, by name."""
    found: list[Artifact] = []
    members = api.row.fields_by_name
    metrics = list(_leaves(members["metrics"].message_type, "metrics.", "METRIC", ()))
    segments = list(_leaves(members["segments"].message_type, "segments.", "SEGMENT", ()))
    for name, member in members.items():
        if name in ("metrics", "segments"):
            continue
        goes_with = _goes_with(name, [metric["name"] for metric in metrics])
        found.append(_artifact(name, "RESOURCE", None, selectable=False, **goes_with))
        found += _leaves(member.message_type, f"{name}.", "ATTRIBUTE", ())
    return sorted([*found, *metrics, *segments], key=lambda artifact: str(artifact["name"]))


def _goes_with(resource: str, metrics: list[str]) -> Artifact:
    served = RESOURCES.get(resource)
    if served is None:
        return {}
    own = {
        "attribute_resources": list(served.joins[1:]),
        "metrics": [name for name in metrics if has_metric(resource, name.partition(".")[2])],
        "segments": list(SEGMENTS) if served.figures else [],
    }
    return {**own, "selectable_with": [name for names in own.values() for name in names]}


def _leaves(message: Any, prefix: str, category: str, above: tuple[str, ...]) -> Iterator[Artifact]:
    for member in message.fields:
        # Generated messages put an underscore behind a name that is a Python word.
        name = prefix + member.name.rstrip("_")
        if member.message_type is None:
            yield _artifact(name, category, member, selectable=True)
            continue
        yield _artifact(name, category, member, selectable=False)
        if not member.is_repeated and member.message_type.full_name not in above:
            yield from _leaves(member.message_type, f"{name}.", category, (*above, member.message_type.full_name))


def _artifact(name: str, category: str, member: Any, *, selectable: bool, **more: Any) -> Artifact:
    artifact = {"name": name, "resource_name": f"googleAdsFields/{name}", "category": category, "selectable": selectable, **more}
    repeated = bool(member is not None and member.is_repeated)
    artifact |= {"filterable": selectable, "sortable": selectable and not repeated, "is_repeated": repeated}
    if member is None:
        return artifact
    if member.message_type is not None:
        return artifact | {"data_type": "MESSAGE", "type_url": member.message_type.full_name}
    kind = kind_of(name, member)
    text = "RESOURCE_NAME" if name.endswith(".resource_name") else "STRING"
    artifact["data_type"] = _KINDS.get(kind) or _NUMBERS.get(member.type, text)
    if member.enum_type is not None:
        artifact |= {"type_url": member.enum_type.full_name, "enum_values": [value.name for value in member.enum_type.values]}
    return artifact
