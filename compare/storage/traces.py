"""Traces as bytes: compressed NPZ archives of plain numbers, written and read without pickles."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.outcome import Trace
from parity_compare.problems.errors import InvalidInput

LARGEST = 2**30
"""Bytes that a trace may have when it is unpacked."""
MOST_COLUMNS = 64
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .-]{0,99}")
_KINDS = "biuf"  # booleans, whole numbers, floating-point numbers
_MOST_DIMENSIONS = 4
_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = 10  # bytes before the header's text


def pack(trace: Trace) -> bytes:
    """A trace as a compressed NPZ archive; empty bytes for an empty trace.

    Raises:
        InvalidInput: a column that :func:`unpack` would refuse.
    """
    if not len(trace):
        return b""
    size = 0
    for name, column in trace.columns.items():
        _check_column(name, column.dtype, column.shape)
        size += column.nbytes
    _check_sizes(len(trace.columns), size)
    buffer = io.BytesIO()
    arrays: dict[str, Any] = dict(trace.columns)
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def unpack(blob: bytes) -> Trace:
    """The trace in an archive, which may come from a stranger; nothing in it is executed.

    What it claims is checked before it is unpacked: a small archive may hold more than memory does.

    Raises:
        InvalidInput: it is no archive of at most 64 columns of numbers of one length, or it
            holds more than 2^30 bytes.
    """
    if not blob:
        return Trace()
    try:
        with zipfile.ZipFile(io.BytesIO(blob)) as archive:
            members = archive.infolist()
            _check_sizes(len(members), sum(member.file_size for member in members))
            columns = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                if name in columns or not member.filename.endswith(".npy"):
                    raise InvalidInput(f"a trace must hold arrays, got {member.filename[:60]!a}")
                columns[name] = _array(name, archive.read(member), member.file_size)
    except InvalidInput:
        raise
    except (
        zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, TypeError, SyntaxError,
        KeyError, IndexError, OverflowError, RecursionError, RuntimeError, NotImplementedError,
        UnicodeDecodeError, MemoryError,
    ) as error:  # fmt: skip
        raise InvalidInput(f"a trace cannot be read: {type(error).__name__}: {error}") from None
    return Trace(columns)


def unpacked_size(blob: bytes) -> int:
    """Bytes that an archive claims to unpack to."""
    try:
        with zipfile.ZipFile(io.BytesIO(blob)) as archive:
            return sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InvalidInput(f"a trace cannot be read: {error}") from None


def _array(name: str, data: bytes, claimed: int) -> npt.NDArray[np.generic]:
    """An array from a file of NumPy's format 1.0, the only one that :func:`pack` writes."""
    if len(data) != claimed or not data.startswith(_MAGIC):
        raise InvalidInput(f"column {name[:60]!a} of a trace must be an array of NumPy's format")
    offset = _HEADER + int.from_bytes(data[8:10], "little")
    shape, fortran, dtype = _header(data[8:offset])
    _check_column(name, dtype, shape)
    if prod(shape) * dtype.itemsize != len(data) - offset:
        raise InvalidInput(f"column {name[:60]!a} of a trace must be as long as it says")
    # Copied, so that the array may be written to like any other.
    flat = np.frombuffer(data, dtype=dtype, offset=offset).copy()
    return flat.reshape(shape, order="F" if fortran else "C")


@lru_cache(maxsize=64)
def _header(written: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """What an array's header says; most columns of a trace have the same."""
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(io.BytesIO(written))
    return shape, fortran, dtype


def _check_column(name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"a trace's column must have a name of letters, digits, blanks and '_.-', at most 100 "
            f"of them, got {name[:60]!a}"
        )
    if dtype.kind not in _KINDS or dtype.itemsize > 8 or dtype.shape or dtype.names:
        raise InvalidInput(
            f"column {name} of a trace must hold numbers of at most 8 bytes, got {str(dtype)[:60]}"
        )
    if not 1 <= len(shape) <= _MOST_DIMENSIONS or any(length < 0 for length in shape):
        raise InvalidInput(
            f"column {name} of a trace must have 1 to {_MOST_DIMENSIONS} dimensions, got {shape}"
        )


def _check_sizes(columns: int, size: int) -> None:
    if columns > MOST_COLUMNS:
        raise InvalidInput(f"a trace must have at most {MOST_COLUMNS} columns, got {columns}")
    if size > LARGEST:
        raise InvalidInput(f"a trace must unpack to at most {LARGEST} bytes, got {size}")
