"""Labelled examples from CSV and NPZ files that users bring."""

from __future__ import annotations

import csv
import warnings
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.samples import Encoding, Samples

if TYPE_CHECKING:
    import pandas as pd

_BITS = {"true": 1, "false": 0, "1": 1, "0": 0, "-1": -1, "+1": 1,
         "1.0": 1, "0.0": 0, "-1.0": -1, "+1.0": 1}  # fmt: skip


def read_samples(
    path: str | Path, label: str | None = None, *, encoding: Encoding = "auto"
) -> Samples:
    """Read examples and labels from a file.

    A CSV file has a header; every column but ``label`` is a feature. An NPZ file has the arrays
    ``X`` (m, n) and ``y`` (m,); ``label`` then names another array to take the labels from. Values
    are 0/1, -1/+1 or true/false; ``encoding`` is that of :meth:`Samples.from_arrays`.

    Raises:
        InvalidInput: the file is missing, empty, ragged, of another format, would need pickle, has
            no header, two columns of one name or no such label, or has a value that is not a bit
            (named by row and column; row 1 is the first after the header).
    """
    file = Path(path)
    if not file.is_file():
        raise InvalidInput(f"data file {file} does not exist or is no file")
    readers = {".csv": _read_csv, ".npz": _read_npz}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise InvalidInput(f"data file {file} must be {' or '.join(readers)}, got '{file.suffix}'")
    samples = reader(file, label, encoding)
    if not samples.m:
        raise InvalidInput(f"data file {file} has no rows")
    return samples


def _read_csv(file: Path, label: str | None, encoding: Encoding) -> Samples:
    import pandas as pd

    try:
        names = _header(file)
        target = _label_column(file, names, label)
        with warnings.catch_warnings():
            # A row that is longer than the header is cut with a warning; here it is an error.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                file,
                header=0,
                names=names,
                index_col=False,
                skipinitialspace=True,
                keep_default_na=False,
                na_values=[""],
                low_memory=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        where = _first_long_row(file, len(names)) or reason
        raise InvalidInput(f"data file {file} is ragged: {where}") from None
    except UnicodeDecodeError as error:
        raise InvalidInput(f"data file {file} is not text: {error}") from None
    features = [name for name in names if name != target]
    columns = {name: _bit_column(table.iloc[:, i], name) for i, name in enumerate(names)}
    X = np.stack([columns[name] for name in features], axis=1)
    return Samples.from_arrays(
        X, columns[target], names=features, label_name=target, encoding=encoding
    )


def _header(file: Path) -> list[str]:
    """The names in the first line that is not blank."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for cells in csv.reader(lines, skipinitialspace=True):
            if cells:
                return [cell.strip() for cell in cells]
    raise InvalidInput(f"data file {file} is empty")


def _label_column(file: Path, names: list[str], label: str | None) -> str:
    """The label, if the header is a header and has it."""
    twice = [name for name, times in Counter(names).items() if times > 1]
    if (label not in names or twice) and all(name.lower() in _BITS for name in names):
        raise InvalidInput(
            f"data file {file} has no header: its first line holds bits; name the columns there"
        )
    if twice:
        raise InvalidInput(f"data file {file} has two columns named '{twice[0]}'")
    if label is None or label not in names:
        asked = "no label column was given" if label is None else f"no label column '{label}'"
        raise InvalidInput(f"{asked}; data file {file} has the columns {_listed(names)}")
    if len(names) < 2:
        raise InvalidInput(f"data file {file} has no column besides the label '{label}'")
    return label


def _first_long_row(file: Path, width: int) -> str:
    """Where a row has more values than the header has names; empty if nowhere."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, skipinitialspace=True)
        for cells in reader:
            if any(cell.strip() for cell in cells[width:]):
                return f"line {reader.line_num} has {len(cells)} values for {width} columns"
    return ""


def _bit_column(column: pd.Series, name: str) -> npt.NDArray[np.int8]:
    """A column as int8 of -1, 0 and 1; raises at the first other value."""
    if column.dtype.kind in "biuf":
        values = column.to_numpy(dtype=np.float64)
    else:
        texts = column.astype("object").map(lambda v: _BITS.get(str(v).strip().lower(), np.nan))
        values = texts.to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~np.isin(values, (-1.0, 0.0, 1.0)))
    if len(wrong):
        row, raw = int(wrong[0]), column.iloc[int(wrong[0])]
        shown = "an empty cell" if raw != raw else repr(raw.item() if hasattr(raw, "item") else raw)
        raise InvalidInput(
            f"values must be bits (0/1, -1/+1 or true/false), got {shown} at row {row + 1}, "
            f"column '{name}'"
        )
    return values.astype(np.int8)


def _read_npz(file: Path, label: str | None, encoding: Encoding) -> Samples:
    target = label or "y"
    if not zipfile.is_zipfile(file):
        raise InvalidInput(f"data file {file} is not an NPZ archive")
    try:
        with np.load(file, allow_pickle=False) as archive:
            missing = [name for name in ("X", target) if name not in archive.files]
            if missing:
                raise InvalidInput(
                    f"data file {file} has no array '{missing[0]}'; it has {_listed(archive.files)}"
                )
            X, y = archive["X"], archive[target]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise InvalidInput(f"data file {file} is a damaged NPZ archive: {error}") from None
    except ValueError as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(
            f"data file {file} holds Python objects, which would need pickle; save plain arrays"
        ) from None
    return Samples.from_arrays(X, y, label_name=target, encoding=encoding)


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:12])
    return shown + (f" and {len(names) - 12} more" if len(names) > 12 else "") if names else "none"
