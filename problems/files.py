"""Data files that users bring: CSV, TSV, Parquet, NPZ and NPY."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.samples import Encoding, Samples
from parity_compare.problems.tables import Table

if TYPE_CHECKING:
    from parity_compare.problems.assembly import Missing, Reading

_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet", ".npz", ".npy")


def read_table(
    path: str | Path,
    *,
    unpack: Sequence[str] = (),
    group: str | None = None,
    ignore: Sequence[str] = (),
    encoding: Encoding = "auto",
    missing: Missing = "error",
    labels: Sequence[str] = (),
) -> Table:
    """Read a data file as a table of bits.

    The ending tells the format: ``.csv`` and ``.tsv``, also with ``.gz``, have a header;
    ``.parquet`` needs pyarrow; ``.npz`` has either the features in a matrix ``X`` (m, n), named by
    the array ``names`` if there is one, and labels in further arrays (m,), or its columns in arrays
    (m,); ``.npy`` has a matrix, with the columns x0, x1, ..., or a structured array.

    Columns hold 0/1, -1/+1 (-1 <-> bit 1, +1 <-> bit 0), or true/false (true <-> bit 1). Each
    column has its own convention; a column of nothing but 1 is read by that of the others if they
    agree, and as bits otherwise.

    Args:
        path: the file.
        unpack: integer columns that become columns of bits: ``addr:6-37`` gives addr6 ... addr37,
            of which addr6 is the bit of weight 2^6; also ``addr:0,3,6-9``. Where a column's name
            ends in a digit, a line stands between: ``set0:6`` gives set0_6. In text, a column is
            hexadecimal if every value begins with ``0x``, or none does and some has a letter from a
            to f; otherwise it is decimal.
        group: a column of any values that tell which group a row belongs to; no feature.
        ignore: columns that are not looked at.
        encoding: ``bits`` (0/1) or ``signs`` (-1/+1) for all columns of numbers, or ``auto``, which
            reads the convention off the values.
        missing: what is done about empty cells, NaN, NA, N/A, #N/A, <NA>, null, None and ?, in
            capitals or not: ``error``, ``drop-rows``
            (``Table.dropped`` tells how many), or ``drop-columns``
            (``Table.dropped_columns`` tells which).
        labels: columns that must be there, after unpacking, beside at least one other; of an NPZ
            file with ``X``, only these arrays are read beside it.

    Raises:
        InvalidInput: the file is missing, empty, damaged, ragged, of another format, would need
            pickle, has no header, two columns of one name or not the columns asked for; or cells
            are wrong or missing, which are named by row and column. Row 1 is the first after the
            header; lines of the file are told as well where they are counted differently.
    """
    from parity_compare.problems.assembly import Reading

    reading = Reading(
        unpack=_several(unpack),
        group=group,
        ignore=_several(ignore),
        encoding=encoding,
        missing=missing,
        labels=_several(labels),
    )
    file = Path(path)
    if not file.is_file():
        raise InvalidInput(f"data file {file} does not exist or is no file")
    return _reader(file)(file, reading)


def read_samples(
    path: str | Path, label: str | None = None, *, encoding: Encoding = "auto"
) -> Samples:
    """Read examples and labels from a file.

    Every column but ``label`` is a feature; in an NPZ file with a matrix ``X``, only the columns of
    ``X`` are, and ``label`` is ``y`` unless given. Formats and conventions are those of
    :func:`read_table`.

    Raises:
        InvalidInput: as for :func:`read_table`, or there is no such label.
    """
    file = Path(path)
    if label is None and file.suffix.lower() == ".npz":
        label = "y"
    table = read_table(file, encoding=encoding, labels=() if label is None else (label,))
    if label is None:
        from parity_compare.problems.faults import listed

        raise InvalidInput(
            f"no label column was given; data file {file} has the columns {listed(table.names)}"
        )
    return table.samples(label)


def _reader(file: Path) -> Callable[[Path, Reading], Table]:
    """What reads files of this ending; a format's reader is loaded when it is needed."""
    name = file.name.lower()
    if name.endswith((".csv", ".tsv", ".csv.gz", ".tsv.gz")):
        from parity_compare.problems.delimited import read_delimited

        delimiter = "," if name.removesuffix(".gz").endswith(".csv") else "\t"
        return lambda file, reading: read_delimited(file, reading, delimiter)
    if name.endswith(".parquet"):
        from parity_compare.problems.frames import read_parquet

        return read_parquet
    if name.endswith((".npz", ".npy")):
        from parity_compare.problems import arrays

        return arrays.read_npz if name.endswith(".npz") else arrays.read_npy
    raise InvalidInput(
        f"data file {file} must be {', '.join(_ENDINGS[:-1])} or {_ENDINGS[-1]}, "
        f"got '{file.suffix}'"
    )


def _several(names: Sequence[str]) -> tuple[str, ...]:
    """A single name is a sequence of letters, which nobody means."""
    return (names,) if isinstance(names, str) else tuple(names)
