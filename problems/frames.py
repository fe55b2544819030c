"""Tables from DataFrames and from Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from parity_compare.problems.arrays import PIECE, UNREAD, table_of_columns
from parity_compare.problems.assembly import Reading, TableBuilder
from parity_compare.problems.cells import Cells, as_cells
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.faults import twice
from parity_compare.problems.tables import Table


def table_of_frame(frame: Any, reading: Reading) -> Table:
    """The table of a DataFrame (see :meth:`Table.from_frame`)."""
    try:
        keys = list(frame.columns)
    except (AttributeError, TypeError):
        raise InvalidInput(
            f"frame must be a DataFrame with columns, got {type(frame).__name__}"
        ) from None
    names = [str(key) for key in keys]
    if len(set(names)) < len(names):
        raise InvalidInput(f"the DataFrame has two columns named '{twice(names)}'")
    columns = {
        name: UNREAD if name in reading.ignore else _array(frame[key], name)
        for name, key in zip(names, keys, strict=True)
    }
    return table_of_columns(columns, reading, source="the DataFrame")


def read_parquet(file: Path, reading: Reading) -> Table:
    """Read a Parquet file, a batch of rows at a time, and only the columns that are wanted."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise InvalidInput(
            f'data file {file} needs pyarrow to be read: pip install "parity-compare[parquet]"'
        ) from None
    source = f"data file {file}"
    try:
        with pq.ParquetFile(file) as opened:
            names = list(opened.schema_arrow.names)
            builder = TableBuilder(names, reading, source=source)
            wanted = [names[position] for position in builder.wanted]
            for name in wanted:
                kind = opened.schema_arrow.field(name).type
                if pa.types.is_nested(kind):
                    raise InvalidInput(
                        f"columns must hold one value per row, got {kind} in column '{name}' of "
                        f"{source}"
                    )
            for batch in opened.iter_batches(PIECE, columns=wanted, use_threads=False):
                builder.add([_arrow_cells(batch.column(name)) for name in wanted])
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidInput(f"{source} is not a Parquet file, or damaged: {reason}") from None
    return builder.finish()


def _array(column: Any, name: str) -> npt.NDArray[Any]:
    array = column.to_numpy() if hasattr(column, "to_numpy") else np.asarray(column)
    foreign = not isinstance(getattr(column, "dtype", None), np.dtype)
    if foreign and hasattr(column, "to_list") and array.dtype.kind not in "biu":
        # Integers beside missing values become floats in arrays, which rounds them.
        array = np.fromiter(column.to_list(), dtype=object, count=len(column))
    if not isinstance(array, np.ndarray) or array.ndim != 1:
        raise InvalidInput(f"columns must hold one value per row, got another shape in '{name}'")
    return array


def _arrow_cells(column: Any) -> Cells:
    """A batch's column: numbers as an array if none is missing, so that no integer is rounded."""
    import pyarrow as pa

    kind = column.type
    plain = pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if plain and not column.null_count:
        return as_cells(column.to_numpy(zero_copy_only=False))
    return tuple(map(_text, column.to_pylist()))


def _text(item: Any) -> str:
    """An item as text; bytes are the text of writers that do not mark it as such."""
    if item is None:
        return ""
    return item.decode("utf-8", "backslashreplace") if isinstance(item, bytes) else str(item)
