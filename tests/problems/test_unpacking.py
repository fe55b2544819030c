"""Integer columns become bits: the arithmetic is Python's, the way of writing is recognised."""

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.problems import InvalidInput, Table, read_table
from parity_compare.problems import delimited as reader
from parity_compare.problems.unpacking import wanted_bits

WRITTEN = {
    "decimal": str,
    "hexadecimal": hex,
    "capitals": lambda value: f"0X{value:X}",
    "bare": lambda value: f"{value:x}",
    "padded": lambda value: f"{value:040x}",
}


@pytest.fixture
def read(tmp_path):
    """Writes values as the column ``addr`` beside a column of bits, and unpacks it."""

    def write_and_read(values, bits="0-5", **options):
        path = tmp_path / "d.csv"
        path.write_text("addr,y\n" + "".join(f"{v},{i % 2}\n" for i, v in enumerate(values)))
        return read_table(path, unpack=[f"addr:{bits}"], **options)

    return write_and_read


def complaint(read, *arguments, **options):
    with pytest.raises(InvalidInput) as error:
        read(*arguments, **options)
    return str(error.value)


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(st.integers(0, 2**130 - 1), min_size=1, max_size=20),
    low=st.integers(0, 129),
    count=st.integers(1, 40),
)
def test_bits_are_those_of_the_integers(tmp_path_factory, written, values, low, count):
    """One value has the digit a in every way of writing but the decimal: the base is not open."""
    values = [*values, 10]
    path = tmp_path_factory.mktemp("d") / "d.csv"
    path.write_text("addr\n" + "".join(f"{written(value)}\n" for value in values))
    table = read_table(path, unpack=[f"addr:{low}-{low + count - 1}"])
    assert table.names == tuple(f"addr{bit}" for bit in range(low, low + count))
    assert table.bits.tolist() == [
        [value >> bit & 1 for bit in range(low, low + count)] for value in values
    ]


@pytest.mark.parametrize(
    "array",
    [
        np.array([0, 1, 5, 255], np.uint8),
        np.array([0, 1, 2**62, 2**63 - 1], np.int64),
        np.array([2**64 - 1, 2**63, 1, 0], np.uint64),
        np.array([0.0, 3.0, 2.0**52 + 1, 2.0**53 - 1]),
        np.array(["0xffffffffffffffff", "0x10", "0x3", "0x1f"]),
    ],
    ids=lambda array: str(array.dtype),
)
def test_arrays_of_every_type_are_unpacked(tmp_path, array):
    np.savez(tmp_path / "d.npz", addr=array, y=[0, 1, 0, 1])
    table = read_table(tmp_path / "d.npz", unpack=["addr:0-63"])
    values = [int(v, 16) if isinstance(v, str) else int(v) for v in array.tolist()]
    assert table.bits[:, :64].tolist() == [[v >> bit & 1 for bit in range(64)] for v in values]


def test_a_column_whose_first_letter_comes_late_is_hexadecimal_throughout(read, monkeypatch):
    """Pieces read before it were taken for decimal numbers, also those of more than one word."""
    monkeypatch.setattr(reader, "MAX_ROWS", 64)
    digits = [str(i) for i in range(150)] + ["12345678901234567890123"]
    table = read([*digits, "1f"], "0-91")
    expected = [int(value, 16) for value in [*digits, "1f"]]
    assert table.bits[:, :92].tolist() == [[v >> bit & 1 for bit in range(92)] for v in expected]


def test_whole_numbers_with_a_point_are_integers_while_they_are_exact(read):
    """So a column of integers is often written that has gaps."""
    assert read(["3.0", "5."]).bits[:, :3].tolist() == [[1, 1, 0], [1, 0, 1]]
    assert "got 9007199254740992.0 at row 2" in complaint(read, ["3.0", f"{2**53}.0"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["0x1f", "20"], "with 0x or all without, in whole numbers, got '0x1f' at row 1, column"),
        (["1f", "0x20"], "got '1f' at row 1, column 'addr', '0x20' at row 2, column 'addr'"),
        (["1f", "2.0"], "got '1f' at row 1, column 'addr', '2.0' at row 2, column 'addr'"),
        (["3", "-5"], "not negative, and exact, got -5 at row 2, column 'addr'"),
        (["3", "x"], "got 'x' at row 2, column 'addr'"),
        (["3", "1.5"], "got 1.5 at row 2, column 'addr'"),
        (["3", "0x"], "got '0x' at row 2, column 'addr'"),
        (["3", "f" * 129], "column 'addr'"),
        (["3", ""], "values must not be missing, got an empty cell at row 2, column 'addr'"),
    ],
)
def test_what_is_no_integer_is_named(read, values, message):
    assert message in complaint(read, values)


@pytest.mark.parametrize("value", [-1, 0.5, 2.0**53, np.inf])
def test_numbers_that_cannot_be_unpacked_are_named(tmp_path, value):
    np.save(tmp_path / "d.npy", np.array([[1, 0], [value, 1]]))
    with pytest.raises(InvalidInput, match=r"integers to unpack .* at row 2, column 'x0'"):
        read_table(tmp_path / "d.npy", unpack=["x0:0-3"])


def test_a_missing_integer_takes_its_row_or_its_column_along(read):
    rows = read(["1", "", "3"], missing="drop-rows")
    assert (rows.m, rows.dropped, rows.bits[:, 1].tolist()) == (2, 1, [0, 1])
    assert read(["1", "", "3"], missing="drop-columns").names == ("y",)


def test_unpacked_columns_stand_where_the_integer_stood(tmp_path):
    path = tmp_path / "d.tsv.gz"
    path.write_bytes(gzip.compress(b"a\tv:w\tb\n0\t6\t1\n1\t1\t0\n"))
    table = read_table(path, unpack=["v:w:2", "v:w:0-1"], labels=["v:w0"])
    assert table.names == ("a", "v:w2", "v:w0", "v:w1", "b")
    assert table.bits.tolist() == [[0, 1, 0, 1, 1], [1, 0, 1, 0, 0]]


def test_a_column_may_not_be_made_twice(tmp_path):
    (tmp_path / "d.csv").write_text("a,a0\n2,1\n")
    message = complaint(read_table, tmp_path / "d.csv", unpack=["a:0"])
    assert "unpacking makes a second column 'a0'" in message


def test_an_integer_column_that_was_not_unpacked_is_answered_with_the_bits_it_needs(tmp_path):
    for name, text in {"a": "7,0x3fffffffff,ff,3", "b": "1,0x1,2,x"}.items():
        (tmp_path / f"{name}.csv").write_text(f"n,hex,bare,mixed\n{text}\n1,0x0,10,9\n")
    told = complaint(read_table, tmp_path / "a.csv")
    assert "--bits n:0-2 --bits hex:0-37 --bits bare:0-7 …" in told
    assert "unpack=['n:0-2', 'hex:0-37', 'bare:0-7']" in told
    assert "--ignore mixed (in the library ignore=['mixed'])" in complaint(
        read_table, tmp_path / "b.csv"
    )
    table = np.array([[0, 4], [-1, 1]])
    with pytest.raises(InvalidInput, match="unpacked with --bits x1:0-2"):
        Table.from_arrays(table)


def test_items_are_ranges_and_lists_of_bits():
    assert wanted_bits(["a:6-8", "b:0, 3,6-7", "a:1"]) == {"a": (6, 7, 8, 1), "b": (0, 3, 6, 7)}
    assert wanted_bits("a:511") == {"a": (511,)}
    assert wanted_bits([]) == {}


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("addr", "must be written like addr:6-37, got 'addr'"),
        (":3", "must be written like addr:6-37, got ':3'"),
        ("a:", "must be written like addr:6-37, got 'a:'"),
        ("a:1-", "must be written like addr:6-37, got 'a:1-'"),
        ("a:-1", "must be written like addr:6-37, got 'a:-1'"),
        ("a:3-1", "must run upwards, as in 1-3, got 'a:3-1'"),
        ("a:512", "must lie in [0, 511], got 'a:512'"),
        ("a:1,0-2", "bit 1 of column 'a' must be asked for once"),
    ],
)
def test_what_is_wrong_with_an_item_is_named(item, message):
    assert message in complaint(wanted_bits, [item])


def test_bits_of_a_column_whose_name_ends_in_a_digit_are_set_apart(tmp_path) -> None:
    """Else bit 1 of ``c0`` were called like column ``c01``, or bit 01 of ``c``."""
    path = tmp_path / "d.csv"
    path.write_text("c0,c01,c,y\n2,0,5,1\n3,1,4,0\n")
    table = read_table(path, unpack=["c0:0-1", "c:0,2"])
    assert table.names == ("c0_0", "c0_1", "c01", "c0", "c2", "y")
    path.write_text("c0,c0_1,y\n2,0,1\n3,1,0\n")
    with pytest.raises(InvalidInput, match=r"unpacking makes a second column 'c0_1' .* rename one"):
        read_table(path, unpack=["c0:0-1"])
