"""Whatever relations are looked for in, as a table of bits with its groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import unpack as unpacked
from parity_compare.problems.cells import Code, code_of, text_of
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.tables import Groups, Table

if TYPE_CHECKING:
    from parity_compare.problems.assembly import Missing
    from parity_compare.problems.samples import Encoding


def read(
    data: Any,
    names: Sequence[str],
    group: str | npt.ArrayLike | None,
    unpack: Sequence[str],
    ignore: Sequence[str],
    missing: Missing,
    encoding: Encoding,
) -> Table:
    """The table of a path, a DataFrame, an array or a table; see :func:`.relations.relations`."""
    named = group if isinstance(group, str) else None
    options: dict[str, Any] = {
        "unpack": (unpack,) if isinstance(unpack, str) else tuple(unpack),
        "ignore": (ignore,) if isinstance(ignore, str) else tuple(ignore),
        "missing": missing,
        "encoding": encoding,
    }
    if isinstance(data, str | Path):
        from parity_compare.problems.files import read_table

        table = read_table(data, group=named, **options)
    elif isinstance(data, Table):
        if unpack or ignore:
            raise InvalidInput(
                "unpack and ignore are for data that are still to be read, not a Table"
            )
        table = data
        if named is not None and (table.groups is None or table.groups.name != named):
            table = _grouped_by_column(table, named)
    elif hasattr(data, "columns"):
        table = Table.from_frame(data, group=named, **options)
    else:
        from parity_compare.problems.arrays import table_of_array
        from parity_compare.problems.assembly import Reading

        table = table_of_array(data, names, Reading(group=named, **options))
    if group is not None and named is None:
        table = _grouped_by_labels(table, group)
    return table


def _grouped_by_column(table: Table, name: str) -> Table:
    if name not in table.names:
        raise InvalidInput(f"group must name a column, got '{name}'")
    codes = unpacked(table.columns[table.names.index(name)], table.m).astype(np.int64)
    others = table.select([other for other in table.names if other != name])
    return replace(others, groups=Groups(name, codes, ("0", "1")))


def _grouped_by_labels(table: Table, labels: npt.ArrayLike | None) -> Table:
    given = np.asarray(labels)
    if given.shape != (table.m,):
        raise InvalidInput(f"group must have shape ({table.m},), got shape {given.shape}")
    if given.dtype.kind in "fO":
        texts = text_of(given)
        absent = next((i for i, text in enumerate(texts) if code_of(text) is Code.MISSING), None)
        if absent is not None:
            raise InvalidInput(
                f"group must have a value in every row, got none in row {absent + 1}"
            )
        given = given if given.dtype.kind == "f" else np.array(texts)
    values, codes = np.unique(given, return_inverse=True)
    groups = Groups("group", codes.astype(np.int64), tuple(str(value) for value in values))
    return replace(table, groups=groups)
