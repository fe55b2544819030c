"""Tables from text files with a header: CSV and TSV, also compressed by gzip."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO

from parity_compare.problems.assembly import Reading, TableBuilder
from parity_compare.problems.cells import Cells, Code, code_of
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.faults import shown
from parity_compare.problems.simple_blocks import simple_block
from parity_compare.problems.tables import Table

MAX_ROWS = 65_536
MAX_CELLS = 2**20
"""So many rows, and so many cells, are read at a time: many, since each column of a piece costs a
step of Python, and few, since a piece takes up to a hundred bytes per cell."""

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[+-]?[0-9]+(\.[0-9]*)?", re.ASCII)

Row = list[str]


def read_delimited(file: Path, reading: Reading, delimiter: str) -> Table:
    """Read a text file whose cells are separated by ``delimiter``.

    Lines without a value are skipped. Cells that a row lacks at its end are missing values; cells
    past the header's last name must be empty.

    Raises:
        InvalidInput: the file is no text, damaged or ragged, has no header, or its cells are wrong.
    """
    return _DelimitedFile(file, delimiter).table(reading)


class _DelimitedFile:
    def __init__(self, file: Path, delimiter: str) -> None:
        self._source = f"data file {file}"
        self._file = file
        self._delimiter = delimiter
        self._reader = csv.reader([])
        self._lines_before_reader = 0
        self._first_too_long: tuple[int, int] | None = None
        self._times_too_long = 0

    def table(self, reading: Reading) -> Table:
        try:
            with self._open() as lines:
                names = self._header(lines)
                builder = TableBuilder(names, reading, source=self._source)
                for pieces in self._pieces(lines, len(names), builder):
                    builder.add(pieces)
            if self._first_too_long is not None:
                raise self._ragged(builder, self._first_too_long, len(names))
            return builder.finish(self._lines_of)
        except csv.Error as error:
            line = self._lines_before_reader + self._reader.line_num
            reason = self._reason(error)
            raise InvalidInput(f"{self._source} is damaged at line {line}: {reason}") from None
        except UnicodeDecodeError as error:
            octet = error.object[error.start]
            raise InvalidInput(
                f"{self._source} is not text: byte 0x{octet:02x} is no UTF-8 ({error.reason})"
            ) from None
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InvalidInput(f"{self._source} is a damaged gzip file: {error}") from None
        except OSError as error:
            raise InvalidInput(f"{self._source} cannot be read: {error.strerror}") from None

    def _open(self) -> IO[str]:
        if self._file.suffix.lower() == ".gz":
            return gzip.open(self._file, "rt", encoding="utf-8-sig", newline="")
        return self._file.open(encoding="utf-8-sig", newline="")

    def _read(self, lines: Iterable[str], before: int) -> Iterator[Row]:
        self._reader = csv.reader(
            lines, delimiter=self._delimiter, skipinitialspace=True, strict=True
        )
        self._lines_before_reader = before
        return self._reader

    def _header(self, lines: IO[str]) -> list[str]:
        """The names, in the first line that is not blank."""
        cells = next((row for row in self._read(lines, 0) if not _blank(row)), [])
        names = [cell.strip() for cell in cells]
        while names and not names[-1]:
            names.pop()
        if not names:
            raise InvalidInput(f"{self._source} is empty")
        self._check_header(names)
        return [name or f"column {i}" for i, name in enumerate(names, 1)]

    def _check_header(self, names: list[str]) -> None:
        if len(names) == 1 and names[0].startswith("#") and " " in names[0]:
            raise InvalidInput(
                f"{self._source} begins with a comment, {shown(names[0])}; remove the lines before "
                "the header"
            )
        held = ""
        if all(code_of(name) < Code.MISSING for name in names):
            held = "bits"
        elif all(_NUMBER.fullmatch(name) for name in names) and (
            len(set(names)) < len(names) or any(name[:2] in ("0x", "0X") for name in names)
        ):
            held = "numbers"
        if held:
            raise InvalidInput(
                f"{self._source} has no header: its first line holds {held}; name the columns there"
            )
        if len(names) == 1 and any(separator in names[0] for separator in ",;\t"):
            raise InvalidInput(
                f"cells must be separated by commas in .csv and by tabs in .tsv files; "
                f"{self._source} has the columns '{names[0]}'"
            )

    def _pieces(self, lines: IO[str], width: int, builder: TableBuilder) -> Iterator[list[Cells]]:
        """The wanted columns, some rows at a time."""
        size = max(64, min(MAX_ROWS, MAX_CELLS // width) // 64 * 64)
        before = self._reader.line_num
        taken: list[str] = []
        while taken := list(islice(lines, size)):
            block = simple_block(taken, width, self._delimiter)
            if block is None:
                break
            before += len(taken)
            yield [block.column(position) for position in builder.wanted]
        rows = self._read(chain(taken, lines), before)
        while cells := self._cells(rows, size, width, builder.rows):
            yield [tuple(cells[position::width]) for position in builder.wanted]

    def _cells(self, rows: Iterator[Row], size: int, width: int, before: int) -> list[str]:
        """The cells of some rows, row by row; blank lines are skipped, too long rows noted."""
        # Rows are lists; if many were alive at once, the garbage collector would visit them all.
        cells: list[str] = []
        for row in islice(rows, size):
            if len(row) != width:
                if not row or (width > 1 and _blank(row)):
                    continue
                if any(cell.strip() for cell in row[width:]):
                    self._times_too_long += 1
                    place = (before + len(cells) // width + 1, len(row))
                    self._first_too_long = self._first_too_long or place
                row = row[:width] + [""] * (width - len(row))
            cells += row
        return cells

    def _reason(self, error: csv.Error) -> str:
        """What the csv module found, in words that tell what to mend."""
        if "unexpected end" in str(error):
            return "a cell in quotes does not end"
        if "expected after" in str(error):
            ending = "a tab" if self._delimiter == "\t" else "a comma"
            return f"after a closing quote must come {ending} or the end of the line, with no space"
        return str(error)

    def _ragged(
        self, builder: TableBuilder, first_too_long: tuple[int, int], width: int
    ) -> InvalidInput:
        """What to say of rows that are too long, and of whatever else is wrong."""
        told = f"{self._source} is ragged: {self._told_too_long(*first_too_long, width)}"
        try:
            builder.finish(self._lines_of)
        except InvalidInput as faults:
            told += f"; {faults}"
        return InvalidInput(told)

    def _told_too_long(self, row: int, cells: int, width: int) -> str:
        more = self._times_too_long - 1
        rest = f"; {more} more row{' is' if more == 1 else 's are'} too long" if more else ""
        line = self._lines_of([row])[row]
        return f"line {line} has {cells} values for {width} column{'s' * (width != 1)}{rest}"

    def _lines_of(self, rows: Collection[int]) -> dict[int, int]:
        """The lines on which rows begin, found by reading the file once more."""
        found: dict[int, int] = {}
        with self._open() as lines:
            width = len(self._header(lines))
            line, row = self._reader.line_num, 0
            last = max(rows)
            for cells in self._read(lines, line):
                if cells and not (width > 1 and _blank(cells)):
                    row += 1
                    if row in rows:
                        found[row] = line + 1
                    if row == last:
                        break
                line = self._lines_before_reader + self._reader.line_num
        return found


def _blank(row: Row) -> bool:
    """Whether a line held nothing but space."""
    return len(row) <= 1 and not any(cell.strip() for cell in row)
