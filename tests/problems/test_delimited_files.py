"""CSV and TSV files that users bring: what is right is read, what is wrong is named."""

import csv as csv_module
import io

import numpy as np
import pytest
from complaints import complaint
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.problems import InvalidInput, SparseParity, read_samples, read_table
from parity_compare.problems import delimited as reader


@pytest.fixture
def csv(tmp_path):
    """Writes text, or bytes, and reads it as a CSV file with the label ``y``."""

    def read(content, label="y"):
        path = tmp_path / "data.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_samples(path, label)

    return read


# --- CSV ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "a,b,y\n0,1,1\n1,0,0\n1,1,0\n",
        "a,b,y\r\n0,1,1\r\n1,0,0\r\n1,1,0\r\n",
        "a,b,y\n1,-1,-1\n-1,1,1\n-1,-1,1\n",
        "a,b,y\n+1,-1,-1\n-1,+1,+1\n-1,-1,+1\n",
        "a,b,y\n0,1,-1\n1,0,1\n1,1,1\n",
        "a,b,y\nfalse,TRUE,1\nTrue,false,0\ntrue,tRuE,0\n",
        "a,b,y\n0.0,1.0,1\n1.0,0.0,0.0\n1.0,1.0,0\n",
        'a , "b", y\n0, 1 ,1\n"1",0,0\n1 ,1, 0\n',
        "\na,b,y\n0,1,1\n\n1,0,0\n1,1,0",
        b"\xef\xbb\xbfa,b,y\n0,1,1\n1,0,0\n1,1,0\n",
    ],
    ids=["bits", "crlf", "signs", "plus", "mixed", "words", "floats", "spaces", "blank", "bom"],
)
def test_every_way_of_writing_the_same_table_reads_alike(csv, text):
    samples = csv(text)
    assert samples.names == ("a", "b")
    assert samples.bits.tolist() == [[0, 1], [1, 0], [1, 1]]
    assert samples.labels.tolist() == [1, 0, 0]


def test_a_byte_order_mark_is_no_part_of_the_first_name(csv):
    assert csv(b"\xef\xbb\xbfy,a\n0,1\n1,0\n").names == ("a",)


def test_the_label_may_be_any_column(csv):
    samples = csv("a,b,y\n0,1,1\n1,0,0\n", "a")
    assert samples.names == ("b", "y")
    assert samples.labels.tolist() == [0, 1]


def test_columns_named_by_numbers_are_columns(csv):
    """What pandas writes of an array: the header 0,1,...,y."""
    assert csv("0,1,y\n0,1,1\n1,0,0\n").names == ("0", "1")


def test_a_parity_survives_the_way_through_a_file(tmp_path):
    samples = SparseParity(130, 3, seed=1).sample(50)
    table = np.column_stack([samples.bits, samples.labels])
    header = ",".join([*samples.names, "label"])
    np.savetxt(tmp_path / "d.CSV", table, fmt="%d", delimiter=",", header=header, comments="")
    read = read_samples(tmp_path / "d.CSV", "label")
    assert np.array_equal(read.rows, samples.rows)
    assert np.array_equal(read.labels, samples.labels)
    assert read.names == samples.names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b,y\n", "has no rows"),
        ("a,b,y\n0,1,1\n1,0,0,1\n", "is ragged: line 3 has 4 values for 3 columns"),
        ("a,b,y\n0,1,1,1\n1,0,0\n", "is ragged: line 2 has 4 values for 3 columns"),
        ("a,b,y\n0,1,1,1\n1,0,0,0\n", "is ragged: line 2 has 4 values for 3 columns"),
        ("a,b,y\n0,1,1\n1,0\n", "got an empty cell at row 2, column 'y'"),
        ("a,b,y\n0,1,1\n,0,1\n", "got an empty cell at row 2, column 'a'"),
        ("a,b,y\n0,1,1\n1,2,0\n", "got 2 at row 2, column 'b'"),
        ("a,b,y\n0,1,1\n1,0.5,0\n", "got 0.5 at row 2, column 'b'"),
        ("a,b,y\n0,1,1\n1,0,foo\n", "got 'foo' at row 2, column 'y'"),
        ("a,b,y\n-1.0,1,1\nNA,0,0\n", "got 'NA' at row 2, column 'a'"),
        ("a,b,y\n0,1,1\n-1,1,0\n", "got 0 at row 1, column 'a', -1 at row 2, column 'a'"),
        ("a,b,z\n0,1,1\n", "no label column 'y'; data file "),
        ("a;b;y\n0;1;1\n", "has the columns 'a;b;y'"),
        ("a,b,y\n0,1,1,1\n1,0,0,0\n", "4 values for 3 columns; 1 more row is too long"),
        ("y\n0\n1\n", "has no column besides the label 'y'"),
        ("a,a,y\n0,1,1\n", "has two columns named 'a'"),
        ("a,y,y\n0,1,1\n", "has two columns named 'y'"),
        ('a,b,y\n0,"1,1\n', "is damaged at line 2: a cell in quotes does not end"),
        (b"\xe9,b,y\n0,1,1\n", "is not text"),
        ("a,b,y\n0,1,1\n".encode("utf-16"), "is not text"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_csv_file_is_named(csv, text, message):
    assert message in complaint(csv, text)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("0,1,1\n1,0,1\n", "y"),
        ("0,1,1\n1,0,1\n", None),
        ("0,1,1\n1,0,1\n", "1"),
        ("-1,1,-1\n1,1,1\n", "-1"),
        ("true,false\n1,1\n", "y"),
    ],
)
def test_a_missing_header_is_said_to_be_missing(csv, text, label):
    """Its first row must not be taken for names: the label '1' would even be found."""
    assert "has no header: its first line holds bits" in complaint(csv, text, label)


def test_a_doubled_label_is_no_feature(csv):
    """Renamed and kept, it would be a column that explains the label perfectly."""
    assert "two columns named 'y'" in complaint(csv, "a,y,y\n0,1,1\n1,0,0\n")


def test_without_a_label_the_columns_are_listed(csv):
    message = complaint(csv, "a,b,y\n0,1,1\n", None)
    assert message.startswith("no label column was given; data file ")
    assert message.endswith(" has the columns 'a', 'b', 'y'")
    many = ",".join(f"c{i}" for i in range(40))
    assert complaint(csv, many + "\n", "y").endswith("'c10', 'c11' and 28 more")


def test_a_bad_value_far_down_is_found_among_many(csv):
    """Long files are parsed in pieces that must not differ in type."""
    rows = ["0,1"] * 300_000
    rows[299_998] = "0,x"
    assert "got 'x' at row 299999, column 'y'" in complaint(csv, "a,y\n" + "\n".join(rows))


@pytest.fixture
def table(tmp_path):
    """Writes text as a CSV file and reads it as a table."""

    def read(text, **options):
        path = tmp_path / "data.csv"
        path.write_text(text, newline="")
        return read_table(path, **options)

    return read


CELLS = st.sampled_from(
    ["0", "1", "-1", "+1", "true", "1.0", "", "NA", "2", "0x1f", "é", " 1", "a b"]
)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=70),
    ending=st.sampled_from(["\n", "\r\n"]),
    missing=st.sampled_from(["error", "drop-rows", "drop-columns"]),
)
def test_quotes_make_no_difference(tmp_path_factory, rows, ending, missing):
    """With quotes the csv module reads the cells, without them whole columns are split at once."""
    folder = tmp_path_factory.mktemp("d")
    read = []
    for quoting in (csv_module.QUOTE_MINIMAL, csv_module.QUOTE_ALL):
        text = io.StringIO(newline="")
        writer = csv_module.writer(text, quoting=quoting, lineterminator=ending)
        writer.writerows([["a", "b", "g"], *rows])
        (folder / "d.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
        try:
            found = read_table(folder / "d.csv", group="g", missing=missing)
        except InvalidInput as error:
            read.append(str(error))
        else:
            groups = [found.groups.values[code] for code in found.groups.codes]
            read.append((found.names, found.bits.tolist(), groups, found.dropped))
    assert read[0] == read[1]


@pytest.mark.parametrize("quoted", [False, True], ids=["plain", "quoted"])
def test_pieces_join_without_a_seam(table, monkeypatch, quoted):
    """Rows are read 64 at a time, and some of them dropped, so that words straddle pieces."""
    monkeypatch.setattr(reader, "MAX_ROWS", 64)
    rng = np.random.default_rng(3)
    bits = rng.integers(0, 2, (1000, 3))
    gaps = rng.random(1000) < 0.1
    cells = np.where(gaps[:, None] & (np.arange(3) == 1), "NA", bits.astype(str))
    quote = '"' if quoted else ""
    lines = [",".join(f"{quote}{cell}{quote}" for cell in row) for row in cells]
    read = table("a,b,c\n" + "\n".join(lines), missing="drop-rows")
    assert np.array_equal(read.bits, bits[~gaps])
    assert read.dropped == gaps.sum()
    with pytest.raises(InvalidInput) as error:
        table("a,b,c\n" + "\n".join(lines))
    first = np.flatnonzero(gaps)[:5] + 1
    places = ", ".join(f"'NA' at row {row}, column 'b'" for row in first)
    assert f"got {places} and {gaps.sum() - 5} more in column 'b'" in str(error.value)


def test_lines_without_a_value_are_skipped_also_in_a_table_of_one_column(table):
    assert table("a\n0\n\n1\n").bits.tolist() == [[0], [1]]
    assert table("a,b\n0,1\n   \n1,0\n\n").bits.tolist() == [[0, 1], [1, 0]]
    assert "an empty cell at row 1, column 'a'" in complaint(table, "a,b\n,\n")


def test_a_delimiter_at_the_end_of_lines_makes_no_column(table):
    """So some programs end their lines, with the header or without it."""
    assert table("a,b,\n0,1,\n1,0,\n").names == ("a", "b")
    assert table("a,b\n0,1,\n1,0,\n").bits.tolist() == [[0, 1], [1, 0]]


def test_a_column_without_a_name_is_called_by_its_place(table):
    """Such as the row numbers that pandas writes."""
    text = ",a\n0,1\n1,0\n2,1\n"
    assert "got 2 at row 3, column 'column 1'" in complaint(table, text)
    assert table(text, ignore=["column 1"]).names == ("a",)


def test_all_bad_cells_are_counted_and_the_first_five_shown(table):
    rows = [f"{i % 2},{'x' if i % 3 == 0 else 1},{2 if i == 4 else 0}" for i in range(30)]
    message = complaint(table, "a,b,c\n" + "\n".join(rows))
    assert message.startswith(
        "values must be bits (0/1, -1/+1 or true/false), got 'x' at row 1, column 'b', "
        "'x' at row 4, column 'b', 2 at row 5, column 'c', 'x' at row 7, column 'b', "
        "'x' at row 10, column 'b' and 6 more in columns 'b', 'c'; "
    )
    assert "--bits c:0-1 (in the library unpack=['c:0-1'])" in message
    assert "--ignore b (in the library ignore=['b'])" in message


def test_lines_are_told_where_rows_are_counted_differently(table):
    """After a blank line, and after a cell that goes over two lines."""
    text = 'a,b\n0,1\n\n2,1\n"\n1",0\n1,x\n'
    message = complaint(table, text)
    assert "got 2 at row 2, column 'a' (line 4), 'x' at row 4, column 'b' (line 7)" in message
    assert "line" not in complaint(table, "a,b\n0,1\n2,1\n")
    assert "is ragged: line 4 has 3 values for 2 columns" in complaint(table, "a,b\n\n0,1\n1,1,1\n")


def test_missing_values_are_an_error_that_says_how_to_drop_them(table):
    text = "a,b,y\n0,1,1\n,0,0\n1,null,1\n1,1,0\n"
    assert complaint(table, text) == (
        "values must not be missing, got an empty cell at row 2, column 'a', 'null' at row 3, "
        "column 'b'; drop the rows or the columns that lack values with --missing drop-rows or "
        "--missing drop-columns (in the library missing='drop-rows' or 'drop-columns')"
    )
    rows = table(text, missing="drop-rows")
    assert (rows.bits.tolist(), rows.dropped) == ([[0, 1, 1], [1, 1, 0]], 2)
    columns = table(text, missing="drop-columns")
    assert (columns.names, columns.m, columns.dropped) == (("y",), 4, 0)
    assert (columns.dropped_columns, rows.dropped_columns) == (("a", "b"), ())


def test_what_is_ignored_is_not_looked_at(table):
    read = table("t,a,b\n2020-01-01,0,1\n,1,0\n", ignore=["t"])
    assert (read.names, read.m) == (("a", "b"), 2)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a,b\n0,1\n", {"unpack": ["c:0"]}, "no column 'c' to unpack; data file "),
        ("a,b\n0,1\n", {"group": "g"}, "no column 'g' to group by; data file "),
        ("a,b\n0,1\n", {"ignore": "c"}, "no column 'c' to ignore; data file "),
        ("a,b\n0,1\n", {"labels": "c"}, "no label column 'c'; data file "),
        ("a,b\n0,1\n", {"group": "a", "ignore": ["a"]}, "must not be both used and ignored"),
        ("a,b\n0,1\n", {"group": "a", "unpack": ["a:0"]}, "both unpacked and the group"),
        ("a,b\n0,1\n", {"labels": ["a", "b"]}, "no column besides the labels 'a', 'b'"),
        ("a,b\n0,1\n", {"ignore": ["a", "b"]}, "has no column of bits"),
        ("a,y\n,1\n0,0\n", {"missing": "drop-columns", "labels": "y"}, "value besides the label"),
        ("a,b\n0,1\n", {"missing": "drop"}, "missing must be one of error, drop-rows, drop-col"),
        ("a,b\n,1\n0,\n", {"missing": "drop-rows"}, "has no row without a missing value"),
        ("a,b\n,1\n0,\n", {"missing": "drop-columns"}, "has no column without a missing value"),
        ("a,y\n0,1\n0,\n", {"missing": "drop-columns", "labels": "y"}, "the label 'y' has miss"),
        ("0x1f,0\n0x2f,1\n", {}, "has no header: its first line holds numbers"),
        ("5,0,0\n6,1,1\n", {}, "has no header: its first line holds numbers"),
        ("a\tb\n0\t1\n", {}, "cells must be separated by commas in .csv and by tabs in .tsv"),
        ('a,b\n0,"1"x\n', {}, "is damaged at line 2: "),
        ('a,b\n"0" ,1\n', {}, "at line 2: after a closing quote must come a comma or the end of"),
        ("# by a tool\na,b\n0,1\n", {}, "begins with a comment, '# by a tool'; remove the lines"),
        ("a,y\n0,2\n1,1\n", {"labels": "y"}, "'y:0-1']); a label is then one of its bits"),
    ],
)
def test_what_cannot_be_done_is_named(table, text, options, message):
    assert message in complaint(lambda: table(text, **options))


@pytest.mark.parametrize("text", ["", "?", "NA", "n/a", "#N/A", "NaN", "-nan", "null", "None"])
def test_what_stands_for_a_missing_value_is_one(table, text):
    assert table(f"a,b\n0,1\n{text},0\n1,1\n", missing="drop-rows").dropped == 1


def test_rows_that_are_too_long_hide_no_other_fault(table):
    told = complaint(table, "a,b\n0,1,1\n1,x\n,0\n")
    assert "is ragged: line 2 has 3 values for 2 columns; values must be bits" in told
    assert "got 'x' at row 2, column 'b'" in told
    assert "got an empty cell at row 3, column 'a'" in told


def test_nobody_is_told_to_leave_out_all_columns_or_the_label(table):
    def told(text):
        return complaint(lambda: table(text, labels=["y"]))

    assert "--ignore" not in told("a,b,y\nno,yes,1\n")
    assert "--ignore" not in told("a,b,y\n0,1,yes\n")
    assert "left out with --ignore b (in" in told("a,b,y\n0,yes,no\n")


@pytest.mark.parametrize("text", ["0_1", "\N{ARABIC-INDIC DIGIT ONE}", "\N{FULLWIDTH DIGIT ONE}"])
def test_what_only_python_takes_for_a_number_is_none(table, text):
    assert f"got '{text}' at row 1" in complaint(table, f"a,b\n{text},1\n0,0\n")


def test_names_that_are_as_long_as_a_page_are_cut(table):
    assert len(complaint(table, "x" * 10_000 + ",b\n5,1\n")) < 700


def test_text_that_a_terminal_might_obey_is_quoted(table):
    assert r"'\x1b[31m'" in complaint(table, "a,b\n0,\x1b[31m\n")
    assert len(complaint(table, "a,b\n0," + "x" * 10_000 + "\n")) < 400
