"""The Triton kernel equals plain NumPy, compiles for real GPUs, and has the room it claims.

Without a GPU the kernel runs in Triton's interpreter, in a process of its own, since triton decides
at import whether to interpret; this file, run as a script with TRITON_INTERPRET=1, makes the
comparisons. The compiler needs no GPU either, and says what a program takes.
"""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from parity_compare.algorithms.kernels import two_layer_triton
from parity_compare.algorithms.kernels.two_layer_triton import Schedule, fits, tiling, train
from parity_compare.problems import InvalidInput
from parity_compare.problems.bits import pack

HAS_TRITON = importlib.util.find_spec("triton") is not None
needs_triton = pytest.mark.skipif(not HAS_TRITON, reason="triton is not installed")


class Case(NamedTuple):
    n: int
    width: int
    batch: int
    loss: int = 0
    degree: int = 0
    scale: float = 1.0
    bias1: bool = True
    bias2: bool = True
    heat: float = 0.0
    second: bool = True  # whether u and c are trained
    steps: int = 4
    trials: int = 2


CASES = [
    Case(7, 5, 1),
    Case(33, 100, 3, heat=0.5, bias1=False),
    Case(15, 16, 8, loss=1, degree=2, scale=0.1, bias2=False),
    Case(16, 20, 16, loss=2, degree=1, second=False, heat=0.5),
    Case(30, 100, 45, heat=0.01, steps=6),
    Case(40, 70, 24, loss=3, degree=3, scale=0.05, bias1=False, bias2=False),
    Case(64, 12, 20, loss=2, scale=2.0),
    Case(127, 100, 40, heat=0.005, steps=3),
    Case(20, 128, 18, loss=1, scale=0.3),
]


# --- the step in plain NumPy, in float64 ----------------------------------------------------------


def normals(key: int, first: int, count: int) -> np.ndarray:
    """Normal numbers first, first + 1, ... of the stream of a key."""
    j = np.arange(first, first + count, dtype=np.uint64)
    z = np.uint64(key) + (j // np.uint64(2) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    u1 = ((z >> np.uint64(32)).astype(float) + 1) * 2.0**-32
    u2 = (z & np.uint64(0xFFFFFFFF)).astype(float) * 2.0**-32
    wave = np.where(j % np.uint64(2) == 0, np.cos(2 * np.pi * u2), np.sin(2 * np.pi * u2))
    return np.sqrt(-2 * np.log(u1)) * wave


def loss_and_slope(code, f, y):
    margin = y * f
    if code == 0:
        return np.maximum(1 - margin, 0), np.where(margin < 1, -y, 0)
    if code == 1:
        return (y - f) ** 2, 2 * (f - y)
    if code == 2:
        return np.log1p(np.exp(-margin)), -y / (1 + np.exp(margin))
    return -margin, -y


def step(case, theta, bits, labels, rates, keeps, heats, noise):
    """One step of one trial; theta = (W (width, n + 1), u (width,), c), bits (B, n), labels (B,).

    Returns:
        The new theta, and the batch's losses before the update.
    """
    W, u, c = theta
    X = np.hstack([1.0 - 2.0 * bits, np.ones((case.batch, 1))])
    y = 1.0 - 2.0 * labels
    z = X @ W.T
    k = case.degree
    h, derivative = (np.maximum(z, 0), z > 0) if k == 0 else (z**k, k * z ** (k - 1))
    losses, slope = loss_and_slope(case.loss, case.scale * h @ u + c, y)
    g = slope / case.batch
    dW = (case.scale * g[:, None] * derivative * u).T @ X
    normal_W = noise[: W.size].reshape(W.shape)
    new_W = keeps[0] * W - rates[0] * dW + heats[0] * normal_W
    if not case.bias1:
        new_W[:, case.n] = W[:, case.n]
    new_u = keeps[1] * u - rates[1] * case.scale * g @ h + heats[1] * noise[W.size : -1]
    new_c = keeps[1] * c - rates[1] * g.sum() + heats[1] * noise[-1]
    return (new_W, new_u, new_c if case.bias2 else c), losses


# --- both side by side ----------------------------------------------------------------------------


def compare(case: Case, device: str, tolerance: float) -> None:
    """Train with the kernel in two launches, and in NumPy; nothing may differ by more."""
    n, r, B, S, T = case.n, case.width, case.batch, case.steps, case.trials
    rng = np.random.default_rng(0)
    W = rng.uniform(-1, 1, (T, r, n + 1)) / np.sqrt(n)
    u, c = rng.uniform(-1, 1, (T, r)) / np.sqrt(r), rng.uniform(-1, 1, T)
    bits = rng.integers(0, 2, (T, S * B, n), dtype=np.uint8)
    labels = rng.integers(0, 2, (T, S * B), dtype=np.uint8)
    keys = rng.integers(-(2**63), 2**63, T)
    rates = np.stack([rng.uniform(0.1, 0.3, S), rng.uniform(0.1, 0.3, S) * case.second])
    keeps = np.stack([rng.uniform(0.9, 1, S), 1 - rng.uniform(0, 0.1, S) * case.second])
    heats = np.stack([rng.uniform(0, case.heat, S), rng.uniform(0, case.heat, S) * case.second])
    first_step = 2**33 // (r * (n + 2) + 1)  # so that numbers of the stream pass 32 bits

    def tensor(values, dtype=torch.float32):
        return torch.from_numpy(np.ascontiguousarray(values)).to(dtype).to(device)

    R, C = -(-r // 16) * 16, -(-(n + 1) // 16) * 16
    padded_W = np.zeros((T, R, C))
    padded_W[:, :r, : n + 1] = W
    padded_u = np.zeros((T, R))
    padded_u[:, :r] = u
    gpu_W, gpu_u, gpu_c = tensor(padded_W), tensor(padded_u), tensor(c)
    rows = tensor(pack(bits.reshape(-1, n)).view(np.int64).reshape(T, S * B, -1), torch.int64)
    gpu_labels = tensor(labels, torch.uint8)
    losses = torch.full((T, B), torch.nan, device=device)
    columns = [tensor(v) for v in (*rates, *keeps, *heats)]
    for start, end in ((0, 1), (1, S)):
        part = slice(start * B, end * B)
        train(
            gpu_W, gpu_u, gpu_c,
            rows[:, part].contiguous(), gpu_labels[:, part].contiguous(),
            Schedule(*(v[start:end] for v in columns)), losses,
            n=n, width=r, loss=case.loss, degree=case.degree, scale=case.scale,
            bias1=case.bias1, bias2=case.bias2,
            keys=tensor(keys, torch.int64) if case.heat else None, first_step=first_step + start,
        )  # fmt: skip

    P = r * (n + 2) + 1
    for t in range(T):
        theta = (W[t], u[t], c[t])
        for s in range(S):
            batch = slice(s * B, (s + 1) * B)
            noise = normals(int(keys[t]) % 2**64, (first_step + s) * P, P)
            theta, expected = step(
                case, theta, bits[t, batch], labels[t, batch],
                rates[:, s], keeps[:, s], heats[:, s], noise,
            )  # fmt: skip
        wanted = {"W": np.zeros((R, C)), "u": np.zeros(R), "c": theta[2], "losses": expected}
        wanted["W"][:r, : n + 1] = theta[0]
        wanted["u"][:r] = theta[1]
        got = {"W": gpu_W[t], "u": gpu_u[t], "c": gpu_c[t], "losses": losses[t]}
        for name, values in got.items():
            found = values.cpu().numpy()
            np.testing.assert_allclose(
                found, wanted[name], rtol=tolerance, atol=tolerance, err_msg=f"{name} of {case}"
            )
            assert not np.any(found[wanted[name] == 0]), f"padding of {name} of {case}"


@needs_triton
def test_the_kernel_equals_numpy_in_tritons_interpreter():
    environment = {**os.environ, "TRITON_INTERPRET": "1"}
    done = subprocess.run(
        [sys.executable, __file__], env=environment, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("equal") == len(CASES)


@pytest.mark.cuda
@needs_triton
@pytest.mark.parametrize(
    "case", [*CASES, Case(50, 100, 128, steps=100), Case(127, 128, 128, heat=0.001, steps=50)]
)
def test_the_kernel_equals_numpy_on_a_gpu(case):
    if not two_layer_triton.available("cuda"):
        pytest.skip("no NVIDIA GPU with bfloat16 here")
    # In so many steps rounding may flip a ReLU or two, each worth rate |u| / batch.
    compare(case, "cuda", tolerance=2e-5 if case.steps < 50 else 1e-3)


# --- the compiler's word that it fits -------------------------------------------------------------

SHARED_BYTES = {80: 163 << 10, 90: 227 << 10}  # most of one program, by compute capability
CACHE_BYTES = {80: 192 << 10, 90: 256 << 10}  # shared memory and first-level cache together
REGISTERS = 65536  # of one multiprocessor


def resources(n: int, width: int, batch: int, capability: int) -> tuple[int, int, int]:
    """Compile for a GPU that need not be here.

    Returns:
        Bytes of shared memory, registers per thread and bytes of stack (spills) per thread.
    """
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from parity_compare.algorithms.kernels.two_layer_program import train_trial

    tile = tiling(n, width, batch)
    constants = {
        "n": n, "width": width, "R": -(-width // 16) * 16, "C": -(-(n + 1) // 16) * 16,
        "ROWS": tile.rows, "COLUMNS": tile.columns, "HALVES": 2 * -(-n // 64), "BLOCK": tile.block,
        "LOSS": 0, "DEGREE": 0, "BIAS1": 1, "BIAS2": 1, "HEATED": True,
    }  # fmt: skip
    kinds = {
        "rows": "*i32", "labels": "*u8", "keys": "*i64",
        "steps": "i32", "first_step": "i64", "batch": "i32", "scale": "fp32",
    }  # fmt: skip
    names = train_trial.arg_names
    signature = {
        name: "constexpr" if name in constants else kinds.get(name, "*fp32") for name in names
    }
    aligned = {
        (names.index(name),): [["tt.divisibility", 16]] for name in ("W_pointer", "u_pointer")
    }
    compiled = triton.compile(
        ASTSource(train_trial, signature, constants, aligned),
        target=GPUTarget("cuda", capability, 32),
        options={"num_warps": tile.warps, "num_stages": 1, "enable_fp_fusion": True},
    )
    return (compiled.metadata.shared, *registers_and_stack(compiled.asm["cubin"]))


def registers_and_stack(cubin: bytes) -> tuple[int, int]:
    import triton

    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    if not tool.exists():
        pytest.skip("this triton has no cuobjdump")
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        done = subprocess.run([tool, "-res-usage", file.name], capture_output=True, check=True)
    found = re.search(rb"REG:(\d+) STACK:(\d+)", done.stdout)
    assert found is not None, done
    return int(found[1]), int(found[2])


@needs_triton
@pytest.mark.parametrize("capability", [80, 90])
@pytest.mark.parametrize(
    ("n", "width", "batch"),
    [(15, 16, 1), (31, 100, 128), (63, 100, 32), (127, 64, 128), (127, 100, 1), (127, 128, 128)],
)
def test_what_fits_compiles_within_the_hardware(n, width, batch, capability):
    """Registers that spill at the largest sizes still find room in the first-level cache."""
    assert fits(n, width, batch)
    shared, registers, stack = resources(n, width, batch, capability)
    threads = 32 * tiling(n, width, batch).warps
    assert shared <= SHARED_BYTES[capability]
    assert registers * threads <= REGISTERS
    assert stack == 0 or n > (63 if capability >= 90 else 31)
    assert shared + stack * threads <= CACHE_BYTES[capability]


# --- promises to the caller -----------------------------------------------------------------------


def test_what_fits():
    assert all(fits(127, 100, batch) for batch in (1, 2, 16, 128, 1000))
    assert fits(127, 128, 4096)
    assert not fits(128, 100, 32)
    assert not fits(10, 129, 32)
    assert not fits(10, 100, 5000)


def small(**changed):
    """Arguments of one step of one network with n = 7 and width 5, some of them changed."""
    column = torch.zeros(1)
    given = {
        "W": torch.zeros(1, 16, 16),
        "u": torch.zeros(1, 16),
        "c": torch.zeros(1),
        "rows": torch.zeros(1, 3, 1, dtype=torch.int64),
        "labels": torch.zeros(1, 3, dtype=torch.uint8),
        "schedule": Schedule(*[column] * 6),
        "losses": torch.zeros(1, 3),
        "n": 7,
        "width": 5,
    }
    return {**given, **changed}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"W": torch.zeros(1, 16, 8)}, r"W must be \(1, 16, 16\) torch.float32, got \(1, 16, 8\)"),
        ({"u": torch.zeros(1, 16, dtype=torch.float64)}, "u must be .* got .* torch.float64"),
        ({"losses": torch.zeros(3)}, "losses must have 2 axes"),
        ({"rows": torch.zeros(1, 3, 2, dtype=torch.int64)}, "rows must be"),
        ({"W": torch.zeros(1, 16, 16).mT}, "W must be contiguous"),
        ({"loss": 4}, "loss must be a code from 0 to 3, got 4"),
        ({"degree": -1}, "degree must be at least 0, got -1"),
        ({"n": 200}, "n, width and batch must fit one program, got 200, 5 and 3"),
        ({"keys": torch.zeros(1)}, "keys must be"),
    ],
)
def test_wrong_arguments_are_named(changed, message):
    with pytest.raises(InvalidInput, match=message):
        train(**small(**changed))


def test_no_triton_is_told_when_it_is_needed(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not two_layer_triton.available("cuda")
    with pytest.raises(ImportError, match="needs triton, which is not installed"):
        train(**small())


def mend_interpreter():
    """Triton's interpreter (3.9 and before) multiplies the bit patterns of bfloat16 as integers."""
    import triton.language as tl
    from triton.runtime import interpreter

    builder = interpreter.InterpreterBuilder
    create_dot = builder.create_dot

    def widening(self, a, b, *rest):
        return create_dot(self, *[self.create_fp_ext(x, tl.float32) for x in (a, b)], *rest)

    builder.create_dot = widening


if __name__ == "__main__":
    mend_interpreter()
    for chosen in CASES:
        compare(chosen, "cpu", tolerance=2e-5)
        print("equal", chosen)
