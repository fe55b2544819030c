"""The command ``relations``: what it promises to people with data."""

import csv
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from parity_compare.cli import main
from parity_compare.dual.search import Enumeration


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command in an empty folder; returns exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_info:
            main(list(arguments))
        captured = capsys.readouterr()
        return int(exit_info.value.code or 0), captured.out, captured.err

    return call


def write(path: str, names, rows) -> None:
    with Path(path).open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows])


@pytest.fixture
def words() -> np.ndarray:
    """Ten columns: c = a XOR b but for 5 %, d = 1 XOR e XOR f but for 10 %."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (1000, 10))
    X[:, 2] = X[:, 0] ^ X[:, 1] ^ (rng.random(1000) < 0.05)
    X[:, 3] = 1 ^ X[:, 4] ^ X[:, 5] ^ (rng.random(1000) < 0.1)
    X[:, 8] = 0
    X[:, 9] = 1 - X[:, 6]
    return X


def test_relations_are_listed_with_what_was_searched(cli, words) -> None:
    write("words.csv", "abcdefghij", words.tolist())
    code, out, _ = cli("relations", "words.csv", "--max-k", "4")
    assert code == 0
    assert out.startswith("2 XOR relations among 10 columns in 1000 rows:\n")
    assert "a XOR b XOR c = 0   " in out
    assert "d XOR e XOR f = 1   " in out
    assert "all 154 sets of 2 to 4 columns" in out  # of the 8 columns that are left
    assert "in every row, and left out: i = 0" in out
    assert "in every row, and left out: j = NOT g" in out
    assert "with probability 0.999" in out


def test_json_has_the_documented_fields(cli, words) -> None:
    write("words.csv", "abcdefghij", words.tolist())
    code, out, err = cli("relations", "words.csv", "--max-k", "6", "--json", "--all")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    documented = (Path(__file__).parents[2] / "docs" / "relations.md").read_text()
    for field in (*answer, *answer["basis"][0], *answer["searches"][0]):
        assert f"`{field}`" in documented
    assert [relation["columns"] for relation in answer["basis"]] == [list("abc"), list("def")]
    assert [relation["constant"] for relation in answer["basis"]] == [0, 1]
    assert answer["rank"] == 2
    # The sum of the two is a relation of six columns as well.
    assert [relation["columns"] for relation in answer["all"]][2] == list("abcdef")
    assert answer["discoveries"] == 3
    assert answer["complete"]
    assert answer["copies"] == [{"column": "j", "of": "g", "negated": True}]


def test_bank_functions_from_hexadecimal_addresses(cli) -> None:
    rng = np.random.default_rng(1)
    addresses = rng.integers(0, 1 << 30, 1500)
    bank = ((addresses >> 14) ^ (addresses >> 17)) & 1 | (
        ((addresses >> 7) ^ (addresses >> 9)) & 1
    ) << 1
    wrong = rng.random(1500) < 0.05
    bank[wrong] = rng.integers(0, 4, wrong.sum())
    rows = [[f"{a:#x}", f"set{b}"] for a, b in zip(addresses, bank, strict=True)]
    write("sets.csv", ["addr", "set"], rows)
    code, out, _ = cli(
        *("relations", "sets.csv", "--bits", "addr:6-21", "--group", "set", "--max-k", "3"),
    )
    assert code == 0
    assert "2 XORs that are constant within groups among 16 columns in 1500 rows of 4 groups" in out
    assert "addr7 XOR addr9 " in out
    assert "addr14 XOR addr17 " in out
    assert "tell 4 of 4 apart" in out


def test_functions_too_wide_to_be_counted_are_found_by_collisions(
    cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where sets of four columns would take too long; some rows stand in another group."""
    monkeypatch.setattr(
        Enumeration, "predicted", lambda self, weight: 0.0 if weight < 4 else math.inf
    )
    rng = np.random.default_rng(6)
    bits, group = rng.integers(0, 2, (300, 40)), rng.integers(0, 20, 300)
    bits[:, 39] = bits[:, [4, 17, 30]].sum(axis=1) % 2 ^ rng.integers(0, 2, 20)[group]
    moved = rng.random(300) < 0.04
    group[moved] = rng.integers(0, 20, moved.sum())
    names = [f"b{i}" for i in range(40)]
    write("wide.csv", [*names, "set"], np.column_stack([bits, group]).tolist())
    code, out, _ = cli(
        *("relations", "wide.csv", "--group", "set", "--max-k", "4", "--time-limit", "1h")
    )
    assert code == 0
    assert "1 XOR that is constant within groups among 40 columns" in out
    assert "b4 XOR b17 XOR b30 XOR b39 " in out
    assert "rounds of collisions" in out
    assert "are missed with probability at most 1e-3" in " ".join(out.split())


def test_no_relation_is_exit_code_1(cli) -> None:
    rng = np.random.default_rng(2)
    write("noise.csv", "abcdef", rng.integers(0, 2, (300, 6)).tolist())
    code, out, _ = cli("relations", "noise.csv")
    assert code == 1
    assert out.startswith("No XOR relation found among 6 columns in 300 rows.")
    assert "a noise rate of at most 0.29" in out


def test_too_few_rows_are_said_to_be_too_few(cli) -> None:
    rng = np.random.default_rng(3)
    write("few.csv", "abcdefgh", rng.integers(0, 2, (12, 8)).tolist())
    code, out, _ = cli("relations", "few.csv")
    assert code == 1
    assert "too few to tell any relation from chance" in out


def test_groups_that_cannot_tell_anything_are_named_as_the_reason(cli) -> None:
    bits = np.random.default_rng(4).integers(0, 2, (100, 4))
    names = [*"abcd", "one", "own"]
    write("groups.csv", names, [[*row, "x", i] for i, row in enumerate(bits.tolist())])
    code, out, _ = cli("relations", "groups.csv", "--group", "one", "--ignore", "own")
    assert code == 1
    assert "among 4 columns in 100 rows of 1 group of 'one'" in out
    assert "none: there is one group" in out
    code, out, _ = cli("relations", "groups.csv", "--group", "own", "--ignore", "one")
    assert code == 1
    assert "none: every group has one row" in out


def test_what_was_left_out_for_missing_values_is_told(cli, words) -> None:
    rows = words.tolist()
    rows[7][6] = ""
    write("words.csv", "abcdefghij", rows)
    _, out, _ = cli("relations", "words.csv", "--max-k", "2", "--missing", "drop-rows")
    assert out.startswith("1 row with missing values left out.\n")
    _, out, _ = cli("relations", "words.csv", "--max-k", "2", "--missing", "drop-columns")
    assert out.startswith("1 column (g) with missing values left out.\n")
    _, out, _ = cli("relations", "words.csv", "--max-k", "2", "--missing", "drop-rows", "--json")
    assert (json.loads(out)["dropped"], json.loads(out)["dropped_columns"]) == (1, [])


def test_a_narrow_terminal_breaks_no_word(cli, words, monkeypatch: pytest.MonkeyPatch) -> None:
    write("words.csv", "abcdefghij", words.tolist())
    monkeypatch.setenv("COLUMNS", "60")
    _, out, _ = cli("relations", "words.csv", "--max-k", "4", "--all")
    assert max(map(len, out.splitlines())) <= 60
    assert "  - a XOR b XOR c = 0\n    " in out


def test_no_more_is_promised_of_sizes_that_were_not_searched(cli) -> None:
    rng = np.random.default_rng(5)
    names = [f"c{i}" for i in range(64)]
    write("wide.csv", names, rng.integers(0, 2, (1000, 64)).tolist())
    _, out, _ = cli("relations", "wide.csv", "--max-k", "12", "--time-limit", "0.2s", "--json")
    answer = json.loads(out)
    assert not answer["complete"]
    assert answer["complete_to"] < 12
    for search in answer["collisions"]:
        assert set(search) == {"weight", "rounds", "seconds", "noise"}
    _, out, _ = cli("relations", "wide.csv", "--max-k", "12", "--time-limit", "0.2s")
    assert "each would have been found" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--max-k", "0"), "error: --max-k must be at least 1, got 0"),
        (("--fdr", "2"), "error: --fdr must lie in (0, 1), got 2.0"),
        (("--threads", "0"), "error: --threads must be at least 1, got 0"),
        (("--time-limit", "soon"), "--time-limit must be a duration"),
        (("--group", "bank"), "bank"),
    ],
)
def test_bad_input_is_exit_code_2_and_one_line(cli, words, arguments, message) -> None:
    write("words.csv", "abcdefghij", words.tolist())
    code, out, err = cli("relations", "words.csv", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("parity-compare: error: ")
    assert message in err
    assert err.count("\n") == 1


def test_what_biased_columns_add_is_not_said_to_be_generated_by_the_basis_alone(cli) -> None:
    """One relation has one XOR, itself; the other discoveries are it XOR biased columns."""
    rng = np.random.default_rng(3)
    X = (rng.random((2000, 8)) < 0.15) * 1
    X[:, 7] = rng.integers(0, 2, 2000)
    X[:, 6] = X[:, 7] ^ X[:, 0]
    write("biased.csv", "abcdefgh", X)
    _, out, _ = cli("relations", "biased.csv", "--max-k", "4")
    assert out.startswith("1 XOR relation among 8 columns in 2000 rows, which generates all ")
    assert " found, together with biased columns:" in out


def test_names_from_a_file_are_harmless_on_a_terminal(cli, words) -> None:
    write("words.csv", ["a\x1b[31m", *"bcdefghij"], words.tolist())
    code, out, _ = cli("relations", "words.csv", "--max-k", "3")
    assert code == 0
    assert "\x1b" not in out
    assert "a?[31m XOR b XOR c = 0" in out


INTERRUPTED_AT = """
import os, signal, sys
from parity_compare.cli import main
from parity_compare.dual.search import Enumeration

chunks = Enumeration._chunks

def pressed(self, weight, *arguments):
    for chunk in chunks(self, weight, *arguments):
        if weight == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGINT)
        yield chunk

Enumeration._chunks = pressed
main(sys.argv[2:])
"""


def interrupted(weight: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A process that gets Ctrl-C while it counts sets of that size."""
    return subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT, str(weight), "relations", *arguments],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_ctrl_c_lists_what_was_found_and_how_far_the_search_is_complete(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (2000, 150))
    X[:, 149] = X[:, 3] ^ X[:, 77] ^ (rng.random(2000) < 0.05)
    path = str(tmp_path / "wide.csv")
    write(path, [f"c{i}" for i in range(150)], X.tolist())
    ended = interrupted(4, path, "--time-limit", "none", "--threads", "1")
    assert ended.returncode == 130
    assert ended.stdout.startswith("1 XOR relation among 150 columns in 2000 rows:\n")
    told = " ".join(ended.stdout.split())
    assert "c3 XOR c77 XOR c149 = 0 1912 of 2000 rows" in told
    assert "interrupted sets of up to 3 columns were searched completely searched all" in told
    assert ended.stderr == (
        "Interrupted: 1 relation found so far; sets of up to 3 columns were searched completely.\n"
    )


def test_ctrl_c_before_anything_is_found_says_so(tmp_path: Path) -> None:
    path = str(tmp_path / "noise.csv")
    bits = np.random.default_rng(1).integers(0, 2, (2000, 150))
    write(path, [f"c{i}" for i in range(150)], bits.tolist())
    ended = interrupted(3, path, "--time-limit", "none", "--threads", "2", "--json")
    assert ended.returncode == 130
    answer = json.loads(ended.stdout)
    assert (answer["found"], answer["interrupted"], answer["complete_to"]) == (False, True, 2)
    assert ended.stderr.startswith("Interrupted: nothing found so far; sets of up to 2 columns ")
