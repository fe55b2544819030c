"""Tables from NumPy arrays, and from the NPZ and NPY files that hold them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from parity_compare.problems.assembly import Reading, TableBuilder
from parity_compare.problems.cells import as_cells, text_of
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.faults import listed, twice
from parity_compare.problems.tables import Table
from parity_compare.problems.unpacking import bit_name, wanted_bits

PIECE = 65_536
"""So many rows are read at a time."""

UNREAD: npt.NDArray[Any] = np.zeros(0)
"""Stands for a column that is ignored."""

_MAGIC = b"\x93NUMPY"


def table_of_array(X: npt.ArrayLike, names: Sequence[str], reading: Reading) -> Table:
    """The table of a matrix (see :meth:`Table.from_arrays`)."""
    try:
        matrix = np.asarray(X)
    except ValueError:
        raise InvalidInput("X must be an array, got rows of different lengths") from None
    return table_of_columns(matrix_columns(matrix, names), reading, source="X")


def matrix_columns(matrix: npt.NDArray[Any], names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """The columns of a matrix by name."""
    if matrix.ndim != 2 or matrix.shape[1] < 1:
        raise InvalidInput(f"X must have shape (m, n) with n >= 1, got shape {matrix.shape}")
    named = tuple(map(str, names)) or tuple(f"x{i}" for i in range(matrix.shape[1]))
    if len(named) != matrix.shape[1]:
        raise InvalidInput(f"names must have {matrix.shape[1]} entries, got {len(named)}")
    if len(set(named)) < len(named):
        raise InvalidInput(f"names must differ, got '{twice(named)}' twice")
    return {name: matrix[:, i] for i, name in enumerate(named)}


def table_of_columns(
    columns: Mapping[str, npt.NDArray[Any]],
    reading: Reading,
    *,
    source: str,
    labels: Collection[str] = (),
) -> Table:
    """The table of arrays ``(m,)`` of one length."""
    builder = TableBuilder(list(columns), reading, source=source, labels=labels)
    arrays = list(columns.values())
    wanted = [arrays[position] for position in builder.wanted]
    lengths = {len(array) for array in wanted}
    if len(lengths) > 1:
        raise InvalidInput(f"columns of {source} must be equally long, got {sorted(lengths)} rows")
    for start in range(0, len(wanted[0]), PIECE):
        builder.add([as_cells(array[start : start + PIECE]) for array in wanted])
    return builder.finish()


def read_npy(file: Path, reading: Reading) -> Table:
    """Read an NPY file: a matrix, whose columns are x0, x1, ..., or a structured array."""
    with file.open("rb") as opened:
        if opened.read(len(_MAGIC)) != _MAGIC:
            raise InvalidInput(f"data file {file} is not an NPY file")
    array: npt.NDArray[Any] = _loaded(
        lambda: np.load(file, mmap_mode="r", allow_pickle=False), f"data file {file}", "NPY file"
    )
    fields = array.dtype.names
    if fields is None:
        columns = matrix_columns(array, ())
    elif array.ndim == 1:
        columns = {name: array[name] for name in fields}
    else:
        raise InvalidInput(
            f"data file {file}: structured arrays must have shape (m,), got shape {array.shape}"
        )
    return table_of_columns(columns, reading, source=f"data file {file}")


def read_npz(file: Path, reading: Reading) -> Table:
    """Read an NPZ archive.

    With a matrix ``X`` (m, n), its columns are the features, named by the array ``names`` if there
    is one, and the other arrays of shape (m,) are labels; if labels are asked for, the arrays that
    are not are left alone. Without ``X``, every array is a column.
    """
    source = f"data file {file}"
    if not zipfile.is_zipfile(file):
        raise InvalidInput(f"{source} is not an NPZ archive")
    with _loaded(lambda: np.load(file, allow_pickle=False), source, "NPZ archive") as opened:
        archive = _Archive(opened, source)
        matrix = _matrix(archive) if "X" in archive.names and "X" not in reading.ignore else {}
        _check_labels(archive, matrix, reading)
        others = _beside_matrix(archive, matrix, reading) if matrix else _columns(archive, reading)
    shared = matrix.keys() & others.keys()
    if shared:
        raise InvalidInput(f"{source} has two columns named '{min(shared)}'")
    labels = others if matrix else ()
    return table_of_columns(matrix | others, reading, source=source, labels=labels)


class _Archive:
    """The arrays of an NPZ archive, read when they are asked for."""

    def __init__(self, opened: Any, source: str) -> None:
        self._opened = opened
        self.source = source
        self.names: list[str] = list(opened.files)

    def read(self, name: str) -> npt.NDArray[Any]:
        """One array.

        Raises:
            InvalidInput: it is damaged, no array, or holds Python objects.
        """
        array = _loaded(lambda: self._opened[name], self.source, "NPZ archive")
        if not isinstance(array, np.ndarray):
            raise InvalidInput(f"{self.source} is a damaged NPZ archive: '{name}' is no array")
        return array


def _matrix(archive: _Archive) -> dict[str, npt.NDArray[Any]]:
    if "names" not in archive.names:
        return matrix_columns(archive.read("X"), ())
    names = archive.read("names")
    if names.ndim != 1:
        raise InvalidInput(f"names must have shape (n,), got shape {names.shape}")
    return matrix_columns(archive.read("X"), text_of(names))


def _check_labels(archive: _Archive, matrix: Collection[str], reading: Reading) -> None:
    made = {
        bit_name(name, bit) for name, bits in wanted_bits(reading.unpack).items() for bit in bits
    }
    for label in reading.labels:
        if label not in {*archive.names, *matrix, *made} - {"X", "names"}:
            raise InvalidInput(
                f"{archive.source} has no array '{label}'; it has {listed(archive.names)}"
            )


def _beside_matrix(
    archive: _Archive, matrix: Mapping[str, npt.NDArray[Any]], reading: Reading
) -> dict[str, npt.NDArray[Any]]:
    m = len(next(iter(matrix.values())))
    asked = {*reading.labels, *wanted_bits(reading.unpack), reading.group}
    found: dict[str, npt.NDArray[Any]] = {}
    for name in archive.names:
        if name in ("X", "names") or (reading.labels and name not in {*asked, *reading.ignore}):
            continue
        array = UNREAD if name in reading.ignore else archive.read(name)
        if name in asked and array.shape != (m,):
            raise InvalidInput(f"{name} must have shape ({m},), got shape {array.shape}")
        if array is UNREAD or array.shape == (m,):
            found[name] = array
    return found


def _columns(archive: _Archive, reading: Reading) -> dict[str, npt.NDArray[Any]]:
    columns = {
        name: UNREAD if name in reading.ignore else archive.read(name) for name in archive.names
    }
    shape = next((array.shape for array in columns.values() if array is not UNREAD), ())
    for name, array in columns.items():
        if array is not UNREAD and (array.ndim != 1 or array.shape != shape):
            raise InvalidInput(
                f"{archive.source} has no matrix 'X', so its arrays must be columns of one length, "
                f"got shape {array.shape} for '{name}'"
            )
    return columns


def _loaded(load: Callable[[], Any], source: str, kind: str) -> Any:
    """What ``load`` returns; whatever it raises is told as damage."""
    try:
        return load()
    except Exception as error:
        # Damaged headers make NumPy, zipfile, zlib, ast and tokenize raise what they like.
        if "pickle" in str(error) or "Python objects" in str(error):
            raise InvalidInput(
                f"{source} holds Python objects, which would need pickle; save plain arrays"
            ) from None
        reason = " ".join(str(error).split())
        raise InvalidInput(
            f"{source} is a damaged {kind}: {reason or type(error).__name__}"
        ) from None
