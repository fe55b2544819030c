"""``parity-compare solve``: what it reads, prints and returns."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_compare.cli import main

KEYS = {
    "status", "learner", "label", "columns", "support", "constant", "agreements", "examples",
    "noise", "chance", "sure", "unique", "relations_among_columns", "alternatives", "ties",
    "runner_up", "guess", "attempts", "excluded", "advice", "seconds", "message",
}  # fmt: skip


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command in an empty folder; returns exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_info:
            main(list(arguments))
        captured = capsys.readouterr()
        return int(exit_info.value.code or 0), captured.out, captured.err

    return call


def write(path: Path, names: list[str], rows: Any) -> None:
    lines = [",".join(names), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Ten columns; y is an XNOR, z an XOR with 10 % noise that y would explain, c a coin toss."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (300, 10))
    y = 1 ^ X[:, 1] ^ X[:, 4]
    z = X[:, 1] ^ X[:, 4] ^ X[:, 7] ^ (rng.random(300) < 0.1)
    coin = rng.integers(0, 2, 300)
    names = [f"a{i}" for i in range(10)] + ["y", "z", "c"]
    write(tmp_path / "d.csv", names, np.column_stack([X, y, z, coin]).astype(int))
    return tmp_path / "d.csv"


def strict(text: str) -> dict[str, Any]:
    """JSON without the extensions NaN and Infinity."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    loaded: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return loaded


def test_several_labels_have_an_answer_each_and_are_no_columns_of_each_other(cli, table) -> None:
    code, out, _ = cli("solve", "d.csv", "--label", "y", "--label", "z", "--ignore", "c")
    assert code == 0
    assert "y = 1 XOR a1 XOR a4\n" in out
    assert "XNOR" in out
    assert "z = a1 XOR a4 XOR a7\n" in out
    assert "chosen because" in out


def test_json_is_complete_and_strict(cli, table) -> None:
    code, out, _ = cli("solve", "d.csv", "--json", "--label", "y", "--label", "z", "--label", "c")
    assert code == 1  # c has no answer
    facts = strict(out)
    assert set(facts) == {"dropped", "dropped_columns", "labels"}
    assert (facts["dropped"], facts["dropped_columns"]) == (0, [])
    y, z, c = facts["labels"]
    assert [entry["label"] for entry in facts["labels"]] == ["y", "z", "c"]
    for entry in (y, z, c):
        assert set(entry) == KEYS
        for attempt in entry["attempts"]:
            assert set(attempt) == {"learner", "reason", "status", "seconds", "detail"}
    assert (y["columns"], y["support"], y["constant"]) == (["a1", "a4"], [1, 4], 1)
    assert y["guess"] is None
    # c is random: what is best there is told, and how often luck does as well.
    assert set(c["guess"]) == {"columns", "support", "constant", "agreements", "chance"}
    assert c["guess"]["chance"] > 1e-3
    assert (y["agreements"], y["examples"], y["unique"], y["sure"]) == (300, 300, True, True)
    assert z["columns"] == ["a1", "a4", "a7"]
    assert z["noise"][1] < 0.1 < z["noise"][2]
    assert set(z["runner_up"]) == {
        "columns", "support", "constant", "agreements", "differing", "doubt",
    }  # fmt: skip
    assert c["columns"] is c["support"] is c["constant"] is c["noise"] is c["unique"] is None
    assert (c["chance"], c["sure"], c["agreements"]) == (1.0, False, 0)
    assert c["excluded"]


def test_the_exit_code_says_whether_every_label_has_an_answer(cli, table) -> None:
    assert cli("solve", "d.csv", "--label", "z", "--ignore", "y,c")[0] == 2  # no such column 'y,c'
    assert cli("solve", "d.csv", "--label", "z", "--ignore", "c")[0] == 0
    assert cli("solve", "d.csv", "--label", "c", "--ignore", "y", "--ignore", "z")[0] == 1
    assert cli("solve", "d.csv", "--label", "nowhere")[0] == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "no --label was given; data file d.csv has the columns"),
        (("--label", "y", "--label", "y"), "--label must name every label once, got 'y' twice"),
        (("--label", "y", "--k", "99"), "k must lie in 1..n = 1..12, got 99"),
        (("--label", "y", "--noise", "0.5"), "noise must lie in [0, 0.5), got 0.5"),
        (("--label", "y", "--threads", "0"), "--threads must be at least 1, got 0"),
        (("--label", "y", "--algo", "gf3"), "unknown learner 'gf3'"),
        (("--label", "y", "--time-limit", "soon"), "--time-limit must be a duration"),
        (("--label", "y", "--missing", "guess"), "missing"),
        (("--label", "y", "--bits", "a0"), "a0"),
    ],
)
def test_bad_options_are_one_line(cli, table, options: tuple[str, ...], message: str) -> None:
    code, out, err = cli("solve", "d.csv", *options)
    assert (code, out) == (2, "")
    assert err.startswith("parity-compare: error: ")
    assert err.count("\n") == 1
    assert message in err


def test_a_hexadecimal_address_column_is_unpacked(cli, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    addresses = rng.integers(0, 2**20, 200)
    label = [(int(a) & 0b1001000001000000).bit_count() % 2 for a in addresses]
    write(tmp_path / "d.csv", ["addr", "slice"], zip(map(hex, addresses), label, strict=True))
    code, out, _ = cli("solve", "d.csv", "--label", "slice", "--bits", "addr:6-19")
    assert code == 0
    assert "slice = addr6 XOR addr12 XOR addr15\n" in out


def test_rows_with_missing_values_are_dropped_on_request(cli, table: Path) -> None:
    lines = table.read_text().splitlines()
    lines[3] = "," + lines[3].partition(",")[2]
    table.write_text("\n".join(lines) + "\n")
    code, _, err = cli("solve", "d.csv", "--label", "y")
    assert code == 2
    assert "drop-rows" in err
    code, out, _ = cli("solve", "d.csv", "--label", "y", "--missing", "drop-rows")
    assert code == 0
    assert out.startswith("1 row with missing values left out.\ny = 1 XOR a1 XOR a4\n")
    code, out, _ = cli("solve", "d.csv", "--label", "y", "--missing", "drop-columns")
    assert code == 0
    assert out.startswith("1 column (a0) with missing values left out.\ny = 1 XOR a1 XOR a4\n")
    _, out, _ = cli("solve", "d.csv", "--label", "y", "--missing", "drop-columns", "--json")
    assert strict(out)["dropped_columns"] == ["a0"]


def test_columns_that_tell_nothing_are_reported_not_fatal(cli, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    X = rng.integers(0, 2, (100, 6))
    X[:, 3], X[:, 5] = 0, 1 ^ X[:, 1]
    write(tmp_path / "d.csv", [*"abcdef", "y"], np.column_stack([X, X[:, 0] ^ X[:, 1]]))
    code, out, _ = cli("solve", "d.csv", "--label", "y")
    assert code == 0
    assert "y = a XOR b\n" in out
    assert "or          1 XOR a XOR f\n" in out
    assert "d is 0 in every row: rows in which it is 1 would tell whether it takes part." in out
    assert "f is the opposite of b in every row: rows in which they are equal would tell" in out


def test_column_names_cannot_command_the_terminal(cli, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    X = rng.integers(0, 2, (100, 3))
    names = ["\x1b[31mred", "plain", "\x9b2Jgone", "\x1b]0;title\x07y"]
    write(tmp_path / "d.csv", names, np.column_stack([X, X[:, 0] ^ X[:, 2]]))
    code, out, _ = cli("solve", "d.csv", "--label", names[-1])
    assert code == 0
    assert out.startswith("?]0;title?y = ?[31mred XOR ?2Jgone\n")
    assert all(character.isprintable() or character == "\n" for character in out)


def test_a_narrow_terminal_breaks_no_word(cli, table, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ("solve", "d.csv", "--label", "c", "--label", "z")
    _, wide, _ = cli(*command)
    monkeypatch.setenv("COLUMNS", "60")
    _, narrow, _ = cli(*command)
    assert max(map(len, wide.splitlines())) > 60
    assert max(map(len, narrow.splitlines())) <= 60
    first, second = (
        re.sub(r"[\d.]+ (us|ms|s)\b", "TIME", " ".join(text.split())) for text in (wide, narrow)
    )
    assert first == second


def test_npz_arrays_and_no_answer(cli, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "d.npz", X=rng.integers(0, 2, (300, 6)), y=rng.integers(0, 2, 300))
    code, out, _ = cli("solve", "d.npz")
    assert code == 1
    assert out.startswith("No parity found for y (walsh-hadamard: gave_up).\nThe best, ")
    assert "excluded    No XOR of columns" in out
