"""Fourier analysis on the cube {-1,1}^n (O'Donnell, Analysis of Boolean Functions, 2014).

The parities chi_S(x) = prod of x_i over i in S are an orthonormal basis of the functions on the
cube under <f, g> = E[f g], x uniform. So f = sum over S of f^(S) chi_S with the coefficients

    f^(S) = E[f chi_S],    sum over S of f^(S)^2 = E[f^2]  (Parseval).

A function is an array of its 2^n values. Bit i of the index is 1 where x_i = -1, and a set S has
the index sum of 2^i over i in S; so chi_S(x) = (-1)^popcount(x & S) in terms of indices, and the
coefficients are 2^-n times the Walsh-Hadamard transform of the values. Leading axes run over
functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import Bits
from parity_compare.problems.errors import InvalidInput

MAX_BITS = 24
"""Functions of more bits are not tabulated; 2^24 float64 are 128 MiB."""

Reals = npt.NDArray[np.float64]
Function = Callable[[Bits], npt.ArrayLike]
"""Maps bits ``(m, n)``, uint8 of 0 and 1, to values ``(m,)``."""

_CHUNK = 1 << 19  # entries between two polls: about a millisecond
_ROWS = 1 << 16  # inputs that a function is evaluated on at once
_TYPES = tuple(np.dtype(kind) for kind in (np.float64, np.float32, np.int64, np.int32))


def walsh_hadamard(
    values: npt.NDArray[Any], poll: Callable[[], object] = lambda: None, *, threads: int = 1
) -> None:
    """Transform the last axis in place: F(s) = sum_u (-1)^(s.u) f(u), s.u the inner product.

    n 2^n additions per function. Twice the transform is 2^n times the identity. An array of up to
    2^24 entries goes through main memory twice (:mod:`parity_compare.problems.fourier_kernel`).

    Args:
        values: ``(..., 2^n)`` float64, float32, int64 or int32, contiguous. Sums of integers are
            not checked: the sum of |f| must stay below 2^63 or 2^31.
        poll: called about every millisecond; what it raises ends the transform half done.
        threads: how many share the work.

    Raises:
        InvalidInput: the array is none of these, or not contiguous and writeable.
    """
    from parity_compare.problems import fourier_kernel as kernel

    levels = _bits_of(values)
    if values.dtype not in _TYPES:
        kinds = ", ".join(str(kind) for kind in _TYPES)
        raise InvalidInput(f"values must be of one of the types {kinds}, got {values.dtype}")
    if not (values.flags.c_contiguous and values.flags.writeable):
        raise InvalidInput("values must be contiguous and writeable to be transformed in place")
    if threads < 1:
        raise InvalidInput(f"threads must be at least 1, got {threads}")
    flat = values.reshape(-1)
    low = kernel.block_bits(levels)

    def blocks(first: int, last: int) -> None:
        kernel.transform_blocks(flat, low, first, last)

    _in_chunks(blocks, len(flat) >> low, 1 << low, poll, threads)
    while low < levels:
        remaining = levels - low
        passes = -(-remaining // kernel.COLUMN_LEVELS)
        share, start = -(-remaining // passes), low

        def columns(first: int, last: int, start: int = start, share: int = share) -> None:
            kernel.transform_columns(flat, start, share, first, last)

        size = kernel.column_width(flat) << share
        _in_chunks(columns, len(flat) // size, size, poll, threads)
        low += share


def _in_chunks(
    work: Callable[[int, int], None],
    count: int,
    size: int,
    poll: Callable[[], object],
    threads: int,
) -> None:
    """``work(first, last)`` over 0, ..., count - 1, of ``size`` entries each, polling between."""
    step = max(1, _CHUNK // size)
    chunks = [(first, min(count, first + step)) for first in range(0, count, step)]
    if threads == 1 or len(chunks) == 1:
        for first, last in chunks:
            poll()
            work(first, last)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(work, *chunk) for chunk in chunks]
        try:
            for future in futures:
                poll()
                future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def cube(n: int, first: int = 0, last: int | None = None) -> Bits:
    """The inputs of the indices ``first``, ..., ``last - 1`` (all 2^n by default): ``(m, n)`` bits.

    Raises:
        InvalidInput: n is out of range.
    """
    _check_bits(n)
    numbers = np.arange(first, 2**n if last is None else last, dtype=np.uint32)
    octets = numbers.astype("<u4", copy=False).view(np.uint8).reshape(-1, 4)
    return np.unpackbits(octets, axis=1, count=n, bitorder="little")


def tabulate(function: Function, n: int) -> Reals:
    """All values ``(2^n,)`` of a function of bits, evaluated on 2^16 inputs at a time.

    Args:
        function: vectorised, see :data:`Function`.
        n: number of bits, at most :data:`MAX_BITS`.

    Raises:
        InvalidInput: n is out of range, or the function's values have another shape.
    """
    _check_bits(n)
    values = np.empty(2**n)
    for first in range(0, 2**n, _ROWS):
        last = min(2**n, first + _ROWS)
        block = np.asarray(function(cube(n, first, last)))
        if block.shape != (last - first,):
            raise InvalidInput(
                f"function must map bits ({last - first}, {n}) to values ({last - first},), "
                f"got values {block.shape}"
            )
        values[first:last] = block
    return values


def parity_values(support: Iterable[int], n: int) -> npt.NDArray[np.int8]:
    """chi_S on the whole cube: ``(2^n,)`` signs."""
    _check_bits(n)
    odd = np.bitwise_count(np.arange(2**n, dtype=np.uint32) & np.uint32(_index_in(support, n))) & 1
    signs: npt.NDArray[np.int8] = (1 - 2 * odd.astype(np.int8)).astype(np.int8, copy=False)
    return signs


def fourier_coefficients(
    function: npt.ArrayLike | Function, n: int | None = None, *, threads: int = 1
) -> Reals:
    """f^(S) = E[f chi_S] for all S, at the indices of :func:`index_of`.

    Args:
        function: values ``(..., 2^n)``, or a vectorised function of bits; left as it is.
        n: number of bits; needed for a function of bits alone.
        threads: how many share the transform.

    Returns:
        ``(..., 2^n)`` float64.

    Raises:
        InvalidInput: more than :data:`MAX_BITS` bits, or none told for a function of bits.
    """
    if callable(function):
        if n is None:
            raise InvalidInput("n must be told for a function of bits, got None")
        coefficients = tabulate(function, n)
    else:
        coefficients = _copy(function, n)
    walsh_hadamard(coefficients, threads=threads)
    coefficients /= coefficients.shape[-1]
    return coefficients


def from_coefficients(coefficients: npt.ArrayLike, *, threads: int = 1) -> Reals:
    """The function's values ``(..., 2^n)`` from its coefficients: f = sum of f^(S) chi_S."""
    values = _copy(coefficients, None)
    walsh_hadamard(values, threads=threads)
    return values


def convolve(f: npt.ArrayLike, g: npt.ArrayLike) -> Reals:
    """(f * g)(x) = E over y of f(y) g(x y), products coordinate by coordinate: ``(..., 2^n)``.

    Its coefficients are the products f^(S) g^(S) (O'Donnell 2014, theorem 1.27).
    """
    left, right = fourier_coefficients(f), fourier_coefficients(g)
    if left.shape[-1] != right.shape[-1]:
        raise InvalidInput(
            f"f and g must have equally many values, got {left.shape[-1]} and {right.shape[-1]}"
        )
    return from_coefficients(left * right)


def index_of(subset: Iterable[int]) -> int:
    """The index of a set's coefficient: the sum of 2^i over its members.

    Raises:
        InvalidInput: a member is negative or occurs twice.
    """
    index = 0
    for i in subset:
        if i < 0 or index >> i & 1:
            raise InvalidInput(f"subset must hold distinct coordinates from 0 on, got {i}")
        index |= 1 << i
    return index


def subset_of(index: int) -> tuple[int, ...]:
    """Inverse of :func:`index_of`, sorted."""
    if index < 0:
        raise InvalidInput(f"index must be at least 0, got {index}")
    return tuple(i for i in range(index.bit_length()) if index >> i & 1)


def level_weights(coefficients: npt.ArrayLike) -> Reals:
    """W^s[f] = sum of f^(S)^2 over |S| = s, for s = 0, ..., n: ``(..., n + 1)``."""
    given = np.asarray(coefficients, dtype=np.float64)
    n = _bits_of(given)
    sizes = np.bitwise_count(np.arange(2**n, dtype=np.uint32))
    rows = [
        np.bincount(sizes, weights=row, minlength=n + 1) for row in (given**2).reshape(-1, 2**n)
    ]
    weights = np.array(rows, dtype=np.float64)
    return weights.reshape(*given.shape[:-1], n + 1)


def influences(values: npt.ArrayLike) -> Reals:
    """Inf_i[f] = E[((f(x) - f(x with x_i turned)) / 2)^2] for every i: ``(..., n)``.

    It is the sum of f^(T)^2 over the T that contain i, and for f = +-1 the chance that turning x_i
    turns f (O'Donnell 2014, definition 2.17 and theorem 2.20).

    Args:
        values: ``(..., 2^n)``.
    """
    given = np.asarray(values, dtype=np.float64)
    n = _bits_of(given)
    result = np.empty((*given.shape[:-1], n))
    for i in range(n):
        pairs = given.reshape(*given.shape[:-1], -1, 2, 1 << i)
        halves = (pairs[..., 0, :] - pairs[..., 1, :]) / 2
        result[..., i] = np.square(halves, out=halves).mean(axis=(-2, -1))
    return result


def total_influence(values: npt.ArrayLike) -> Reals:
    """I[f] = sum of Inf_i[f] = sum of |T| f^(T)^2: ``(...)`` of values ``(..., 2^n)``."""
    return np.asarray(influences(values).sum(axis=-1))


def noise_operator(values: npt.ArrayLike, rho: float) -> Reals:
    """(T_rho f)(x) = E[f(y)], y_i = x_i with probability (1 + rho) / 2 each: ``(..., 2^n)``.

    Its coefficients are rho^|S| f^(S) (O'Donnell 2014, proposition 2.47).
    """
    coefficients = fourier_coefficients(values)
    coefficients *= _powers(rho, _bits_of(coefficients))
    walsh_hadamard(coefficients)
    return coefficients


def noise_stability(values: npt.ArrayLike, rho: float) -> Reals:
    """Stab_rho[f] = E[f(x) f(y)], y as in :func:`noise_operator`: ``(...)`` of ``(..., 2^n)``.

    It is the sum of rho^|S| f^(S)^2 (O'Donnell 2014, theorem 2.49).

    Raises:
        InvalidInput: rho lies outside [-1, 1].
    """
    weights = level_weights(fourier_coefficients(values))
    return np.asarray(weights @ _checked(rho) ** np.arange(weights.shape[-1]))


def fourier_gap(coefficients: npt.ArrayLike, support: Sequence[int]) -> float:
    """The Fourier gap of g at S: min over i in S of |g^(S - i)| less max over j of |g^(S + j)|.

    j runs over the coordinates outside S; where there are none, the second term is 0. g has a
    gamma-gap at S if this is at least gamma > 0 (Barak et al. 2022, arXiv 2207.08799,
    definition 1); then the k largest entries of E[g(x) x_i chi_S(x)] are those of S.

    Args:
        coefficients: ``(2^n,)``, of g.
        support: S, not empty.

    Raises:
        InvalidInput: S is no set of coordinates, or empty.
    """
    g = np.abs(np.asarray(coefficients, dtype=np.float64))
    if g.ndim != 1:
        raise InvalidInput(f"coefficients must have one axis, got the shape {g.shape}")
    n = _bits_of(g)
    index = _index_in(support, n)
    if not index:
        raise InvalidInput("support must hold at least one coordinate, got none")
    neighbours = index ^ (1 << np.arange(n))
    inside = (index >> np.arange(n) & 1).astype(np.bool_)
    return float(g[neighbours[inside]].min() - g[neighbours[~inside]].max(initial=0.0))


def _bits_of(values: npt.NDArray[Any]) -> int:
    size = values.shape[-1] if values.ndim else 0
    if size < 1 or size & (size - 1):
        raise InvalidInput(f"the last axis of values must be a power of two, got {size}")
    return size.bit_length() - 1


def _check_bits(n: int) -> None:
    if not 0 <= n <= MAX_BITS:
        raise InvalidInput(f"n must lie in 0..{MAX_BITS} to list all 2^n inputs, got {n}")


def _copy(values: Any, n: int | None) -> Reals:
    given = np.asarray(values)
    bits = _bits_of(given)
    _check_bits(bits)
    if n is not None and bits != n:
        raise InvalidInput(f"values must be 2^n = {2**n} for n = {n}, got {2**bits}")
    return np.array(given, dtype=np.float64, order="C")


def _index_in(subset: Iterable[int], n: int) -> int:
    index = index_of(subset)
    if index >= 1 << n:
        raise InvalidInput(f"support must lie in 0..n-1 = 0..{n - 1}, got {index.bit_length() - 1}")
    return index


def _checked(rho: float) -> float:
    if not (math.isfinite(rho) and -1 <= rho <= 1):
        raise InvalidInput(f"rho must lie in [-1, 1], got {rho}")
    return rho


def _powers(rho: float, n: int) -> Reals:
    """rho^|S| for all S: ``(2^n,)``."""
    powers: Reals = _checked(rho) ** np.arange(n + 1, dtype=np.float64)
    return np.asarray(powers[np.bitwise_count(np.arange(2**n, dtype=np.uint32))])
