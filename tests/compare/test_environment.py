"""Where a run took place: told without imports, and without fail."""

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from parity_compare import environment
from parity_compare.algorithms import registry


def test_it_says_what_a_reader_needs() -> None:
    facts = environment.describe()
    assert {"python", "numpy", "system", "processor", "cores", "host"} <= facts.keys()
    assert all(isinstance(value, str) and value.isprintable() for value in facts.values())


def test_nothing_heavy_is_imported_for_it() -> None:
    code = (
        "import json, sys\nfrom parity_compare.environment import describe\ndescribe()\n"
        "print(json.dumps(sorted({'torch', 'numba', 'pandas', 'scipy'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A working copy with one commit of one file."""
    git = ("git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org")
    (tmp_path / "compare").mkdir()
    (tmp_path / "compare" / "environment.py").write_text("")
    for command in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "Begin")):
        try:
            subprocess.run([*git, *command], check=True, capture_output=True)
        except FileNotFoundError:
            pytest.skip("git is not installed")
    return tmp_path


def test_the_commit_of_a_working_copy_says_whether_it_was_changed(copy: Path) -> None:
    source = copy / "compare" / "environment.py"
    command = ["git", "-C", str(copy), "rev-parse", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert environment._commit(source) == commit
    (copy / "notes.txt").write_text("not part of it")
    assert environment._commit(source) == commit
    source.write_text("changed")
    assert environment._commit(source) == f"{commit}-dirty"


def test_an_installed_package_is_of_no_commit(copy: Path) -> None:
    installed = copy / ".venv" / "lib" / "site-packages" / "parity_compare" / "environment.py"
    assert environment._commit(installed) == ""


def test_without_git_there_is_no_commit(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert environment._commit(copy / "compare" / "environment.py") == ""
    assert "commit" not in environment.describe()


def test_a_program_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(environment, "_SECONDS", 0.05)
    assert environment._output([sys.executable, "-c", "import time; time.sleep(60)"]) == ""
    assert environment._output(["no-such-program"]) == ""


def test_cards_are_read_off_the_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        card = tmp_path / f"0000:0{number}:00.0"
        card.mkdir()
        (card / "information").write_text(f"Model: \t\t Imaginary 9000\nIRQ:   {number}\n")
    monkeypatch.setattr(environment, "_NVIDIA", tmp_path)
    assert environment._gpu() == "2 × Imaginary 9000"


def test_plug_ins_are_listed_with_where_they_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_it(entry: EntryPoint) -> None:
        raise AssertionError(f"{entry.name} was loaded")

    entries = dict(registry._entry_points())
    entries["plugged"] = EntryPoint("plugged", "no_such_module:Plugged", registry.GROUP)
    monkeypatch.setattr(registry, "_entry_points", lambda: entries)
    monkeypatch.setattr(registry, "_load", load_it)
    assert environment.describe()["plug-ins"] == "plugged (unknown distribution)"


def test_limits_on_threads_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in environment._LIMITS:
        monkeypatch.delenv(name, raising=False)
    assert "limits" not in environment.describe()
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert environment.describe()["limits"] == "OMP_NUM_THREADS=3"
    assert os.environ["OMP_NUM_THREADS"] == "3"
