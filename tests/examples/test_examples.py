"""The examples find what was hidden, and their pages show what the scripts and commands print."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from example_pages import NAMES, PAGES, ROOT, clone, commands, comparable, run


@pytest.fixture
def example(request: pytest.FixtureRequest) -> ModuleType:
    """The module of one example, by its name."""
    path = ROOT / "examples" / f"{request.param}.py"
    spec = importlib.util.spec_from_file_location(f"example_{request.param}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder that a test works in."""
    with clone(tmp_path):
        yield tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_every_example_has_a_page_that_holds_its_script(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text()
    assert f'--8<-- "examples/{name}.py"' in page
    assert f"({name}.md)" in (PAGES / "index.md").read_text()


@pytest.mark.parametrize("example", ["cache_slice"], indirect=True)
def test_the_slice_masks_are_recovered(example: ModuleType, folder: Path) -> None:
    """From 2000 rows of which one in twenty lies, and from 300 that all tell the truth."""
    path = folder / "slice.csv"
    for rows, noise in ((2000, 0.05), (300, 0.0)):
        example.measure(path, rows, noise)
        assert example.recover(path) == list(example.MASKS)


@pytest.mark.parametrize("example", ["cache_slice"], indirect=True)
def test_measurements_of_a_slice_follow_its_mask(example: ModuleType, folder: Path) -> None:
    """Written data against Python's own count of bits; three standard errors of the noise."""
    path = folder / "slice.csv"
    example.measure(path, 4000, 0.05)
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    for position, mask in enumerate(example.MASKS, start=1):
        lies = sum((int(row[0], 16) & mask).bit_count() % 2 != int(row[position]) for row in rows)
        assert abs(lies / len(rows) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / len(rows))


NARROW_PAIRS = ((14, 17), (15, 18), (16, 19), (17, 20), (7, 8, 9, 12, 13, 18, 19))
"""The wide channel function with pairs that are three bits apart; no system that we know of has
just these five."""


@pytest.mark.parametrize("example", ["dram_banks"], indirect=True)
def test_the_banks_functions_are_recovered(example: ModuleType, folder: Path) -> None:
    """What is found spans what the sets were made from, for three sets of functions."""
    for functions in (example.HASWELL, example.COFFEE_LAKE, NARROW_PAIRS):
        path = folder / f"{len(functions)}.csv"
        example.measure(path, functions, rows=4000, misplaced=0.05)
        found = example.recover(path)
        assert len(found) == len(functions)
        assert example.span(found) == example.span(functions)


@pytest.mark.parametrize("example", ["dram_banks"], indirect=True)
def test_bits_that_choose_no_bank_have_no_function(example: ModuleType, folder: Path) -> None:
    """Sets that are drawn at random leave nothing to find; the false alarm rate is 1 %."""
    path = folder / "random.csv"
    example.measure(path, example.HASWELL, rows=4000, misplaced=31 / 32)
    assert example.recover(path) == []


@pytest.mark.parametrize("example", ["crc8"], indirect=True)
def test_the_checksum_is_the_catalogues(example: ModuleType) -> None:
    """The catalogue's check value 0xA1 is of nine bytes: the register goes on from byte to byte."""
    register = 0
    for byte in b"123456789":
        register ^= byte
        for _ in range(8):
            register = (register << 1 & 0xFF) ^ (example.POLYNOMIAL if register & 0x80 else 0)
    assert register ^ example.FINAL_XOR == 0xA1
    register = 0
    for byte in b"1234":
        register ^= byte
        for _ in range(8):
            register = (register << 1 & 0xFF) ^ (example.POLYNOMIAL if register & 0x80 else 0)
    assert example.crc8(int.from_bytes(b"1234")) == register ^ example.FINAL_XOR


@pytest.mark.parametrize("example", ["crc8"], indirect=True)
def test_the_checksums_bits_are_recovered(example: ModuleType, folder: Path) -> None:
    path = folder / "crc.csv"
    example.observe(path, rows=100)
    found = example.recover(path)
    assert found == [example.by_algebra(bit) for bit in range(8)]
    assert [constant for _, constant in found] == [1, 0, 1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("example", ["ldpc_checks"], indirect=True)
def test_gallagers_code_is_regular(example: ModuleType) -> None:
    checks = example.gallager(36)
    assert checks.shape == (18, 36)
    assert set(checks.sum(axis=0)) == {3}
    assert set(checks.sum(axis=1)) == {6}


@pytest.mark.parametrize("example", ["ldpc_checks"], indirect=True)
def test_the_codes_checks_are_recovered(example: ModuleType, folder: Path) -> None:
    path = folder / "words.csv"
    for n, seed in ((24, 1), (36, 0)):
        checks = example.gallager(n, seed)
        example.receive(path, checks, rows=3000, flips=0.01)
        found = example.recover(path, n)
        ranks = [example.rank(part) for part in (checks, found, np.vstack([checks, found]))]
        assert len(found) == ranks[0]
        assert len(set(ranks)) == 1


@pytest.mark.parametrize("example", ["lpn64"], indirect=True)
def test_dense_secrets_of_64_bits_are_recovered(example: ModuleType) -> None:
    assert example.solve_a_list(rows=5000, noise=0.125)


@pytest.mark.parametrize("example", ["figure1"], indirect=True)
def test_figure_1_has_the_pages_numbers(example: ModuleType, folder: Path) -> None:
    """Two of the page's points to within a quarter: other processors round otherwise."""
    drawn = folder / "figure1.svg"
    medians = example.main(drawn, n=(10, 20), k=(2,))
    assert drawn.read_text().startswith("<svg")
    page = (PAGES / "figure1.md").read_text()
    for n in (10, 20):
        row = re.search(rf"^{n} +([\d.]+) +[\d.]+ +[\d.]+$", page, re.MULTILINE)
        assert row is not None
        assert medians.loc[n, 2] == pytest.approx(float(row[1]), rel=0.25)


def test_the_classifier_on_the_first_page_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    page = (PAGES / "index.md").read_text()
    script = re.search(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert script is not None
    exec(script[1], {})
    assert capsys.readouterr().out.strip() == script[1].rpartition("  # ")[2].strip()


@pytest.mark.parametrize("name", [*NAMES, "index"])
def test_pages_show_what_their_commands_print(name: str) -> None:
    for command in commands((PAGES / f"{name}.md").read_text()):
        code, printed = run(command)
        assert code == 0, command.text
        assert comparable(printed) == comparable(command.output), command.text
