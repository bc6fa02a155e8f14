"""``selectedFields`` of REST and ``selected_fields`` of the Storage Read API: columns or dotted nested fields."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from sandbox.emulators.ga4.schema import is_list


class UnknownField(ValueError):
    """A selected field that the table does not have; ``name`` is as it was asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def select(table: pa.Table, names: Iterable[str]) -> pa.Table:
    """The table with only the selected fields, always in the table's own order; all of it for no names."""
    wanted = [name.strip() for name in names if name.strip()]
    if not wanted:
        return table
    columns = {column.lower(): column for column in table.column_names}
    for name in wanted:
        if name.split(".")[0].lower() not in columns:
            raise UnknownField(name)
    arrays: dict[str, pa.Array | pa.ChunkedArray] = {}
    for column in table.column_names:
        paths = [name.split(".")[1:] for name in wanted if name.split(".")[0].lower() == column.lower()]
        if paths:
            array = table.column(column)
            arrays[column] = array if [] in paths else _nested(array.combine_chunks(), paths, column)
    return pa.Table.from_pydict(arrays)


def _nested(array: pa.Array | pa.ChunkedArray, paths: list[list[str]], parent: str) -> pa.Array:
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if is_list(array.type):
        array = pa.concat_arrays([array])  # offsets from zero
        return pa.ListArray.from_arrays(array.offsets, _nested(array.values, paths, parent))
    fields = [field.name for field in array.type] if pa.types.is_struct(array.type) else []
    for path in paths:
        if path[0].lower() not in [name.lower() for name in fields]:
            raise UnknownField(".".join([parent, *path]))
    children: dict[str, pa.Array] = {}
    for i, name in enumerate(fields):
        below = [path[1:] for path in paths if path[0].lower() == name.lower()]
        if below:
            children[name] = array.field(i) if [] in below else _nested(array.field(i), below, f"{parent}.{name}")
    named = [pa.field(name, child.type) for name, child in children.items()]
    return pa.StructArray.from_arrays(list(children.values()), fields=named, mask=array.is_null())
