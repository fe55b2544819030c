"""Traces come from strangers too: what no run writes is refused, whatever it claims to be."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from attacks import SCRIPT, attack, bomb, change, honest_store

from parity_compare.algorithms.outcome import Trace
from parity_compare.problems.errors import InvalidInput
from parity_compare.storage import reading, traces


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return honest_store(tmp_path_factory.mktemp("good") / "r")


def archive(members: Iterable[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return buffer.getvalue()


def array(values: object, **options: object) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(values), **options)  # type: ignore[arg-type]
    return buffer.getvalue()


class TestTraces:
    @pytest.mark.parametrize(
        ("blob", "message"),
        [
            (b"nothing of the kind", "cannot be read"),
            (bomb(), "must unpack to at most 1073741824 bytes, got 2147483648"),
            (bomb(500), "cannot be read|as long as it says"),
            (archive([("step.npy", array([print], allow_pickle=True))]), "must hold numbers"),
            (archive([("step.npy", array(["text"]))]), "must hold numbers"),
            (archive([("step.npy", array([1 + 2j]))]), "must hold numbers"),
            (archive([("step.npy", array(np.zeros(2, "f8,i4")))]), "must hold numbers"),
            (archive([("step.npy", array(3.0))]), "1 to 4 dimensions"),
            (archive([("step.npy", array(np.zeros((1,) * 9)))]), "1 to 4 dimensions"),
            (archive([("step.npy", array([1.0])[:-1])]), "must be as long as it says"),
            (archive([("step.npy", array([1.0], version=(2, 0)))]), "of NumPy's format"),
            (archive([("../step.npy", array([1.0]))]), "must have a name of letters"),
            (archive([(SCRIPT + ".npy", array([1.0]))]), "must have a name of letters"),
            (archive([("step", array([1.0]))]), "must hold arrays"),
            (archive([("a.npy", array([1.0])), ("b.npy", array([1, 2]))]), "one length"),
            (archive((f"{i}.npy", array([1.0])) for i in range(65)), "at most 64 columns"),
        ],
    )
    def test_what_no_run_writes_is_refused(self, blob: bytes, message: str) -> None:
        with pytest.raises(InvalidInput, match=message):
            traces.unpack(blob)

    def test_a_shape_that_no_memory_holds_is_refused(self) -> None:
        content = array(np.zeros(1000))
        for claim in (b"(10**9,)", b"(9999999999,)", b"(-1, -1000)", b"(True,)", b"(1e3,)"):
            forged = content.replace(b"(1000,), }" + b" " * 10, claim + b", }" + b" " * 20, 1)
            forged = forged[: len(content) - len(forged)] if len(forged) > len(content) else forged
            with pytest.raises(InvalidInput):
                traces.unpack(archive([("step.npy", forged)]))

    def test_many_small_bombs_are_refused_before_the_memory_is_full(
        self, good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each within the limit of one trace: zeros, a thousandth of their size on the disk."""
        monkeypatch.setattr(reading, "_UNPACKED_FREELY", 2**20)
        packed = traces.pack(Trace({"step": np.zeros(2**15)}))  # a quarter of the limit
        statement = "INSERT OR REPLACE INTO traces SELECT id, ? FROM trials"
        said = attack(good, tmp_path, lambda folder: change(folder, statement, values=(packed,)))
        assert "the traces must unpack to at most 1048576 bytes or 100 times their size" in said
