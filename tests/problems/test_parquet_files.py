"""Parquet files that users bring: what is right is read, what is wrong is named."""

import sys

import numpy as np
import pandas as pd
from complaints import complaint

from parity_compare.problems import read_table


def test_parquet_reads_what_csv_reads(tmp_path, monkeypatch):
    monkeypatch.setattr("parity_compare.problems.frames.PIECE", 64)
    rng = np.random.default_rng(5)
    bits = rng.integers(0, 2, (300, 4))
    frame = pd.DataFrame(
        {
            "a.b": bits[:, 0],
            "signs": 1.0 - 2 * bits[:, 1],
            "gaps": pd.array(bits[:, 2], dtype="Int64"),
            "words": bits[:, 3].astype(bool),
            "addr": pd.array(rng.integers(0, 2**64, 300, dtype=np.uint64), dtype="UInt64"),
            "bank": rng.choice(["x", "y"], 300),
            "time": pd.date_range("2020-01-01", periods=300),
        }
    )
    frame.loc[[7, 100], "gaps"] = pd.NA
    frame.loc[[8], ["addr", "bank"]] = None
    frame.to_parquet(tmp_path / "d.parquet")
    frame.to_csv(tmp_path / "d.csv", index=False)
    options = {"unpack": ["addr:0-63"], "group": "bank", "ignore": ["time"], "missing": "drop-rows"}
    one, other = (read_table(tmp_path / name, **options) for name in ("d.parquet", "d.csv"))
    assert one.names == other.names
    assert one.dropped == other.dropped == 3
    assert np.array_equal(one.columns, other.columns)
    assert np.array_equal(one.groups.codes, other.groups.codes)
    assert np.array_equal(one.bits[:, :2], np.delete(bits, [7, 8, 100], axis=0)[:, :2])
    assert "an empty cell at row 8, column 'gaps'" in complaint(
        lambda: read_table(tmp_path / "d.parquet", ignore=["time", "addr", "bank"])
    )


def test_text_that_is_stored_as_bytes_is_text(tmp_path):
    """Some writers store text without saying that it is."""
    frame = pd.DataFrame({"a": [b"1", b"0", None], "addr": [b"0x10", b"0x01", b"0x11"]})
    frame.to_parquet(tmp_path / "d.parquet")
    read = read_table(tmp_path / "d.parquet", unpack=["addr:0,4"], missing="drop-rows")
    assert read.bits.tolist() == [[1, 0, 1], [0, 1, 0]]


def test_what_is_wrong_with_a_parquet_file_is_named(tmp_path):
    path = tmp_path / "d.parquet"
    for content in (b"", b"PAR1 and no more", b"PAR1" + bytes(40) + b"PAR1"):
        path.write_bytes(content)
        assert "is not a Parquet file, or damaged" in complaint(read_table, path)
    pd.DataFrame({"a": [0], "v": [[1, 2]]}).to_parquet(path)
    assert "one value per row, got list" in complaint(read_table, path)
    assert read_table(path, ignore="v").names == ("a",)
    pd.DataFrame({"a": [0], "t": ["noon"]}).to_parquet(path)
    assert "got 'noon' at row 1, column 't'" in complaint(read_table, path)


def test_without_pyarrow_parquet_is_an_error_that_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "d.parquet").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert complaint(read_table, tmp_path / "d.parquet").endswith(
        'needs pyarrow to be read: pip install "parity-compare[parquet]"'
    )
