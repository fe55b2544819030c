"""All k-subsets against a sample by matrix products: the search for GPUs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import torch

from parity_compare.algorithms.kernels.combinations import Subsets, fill_subsets
from parity_compare.algorithms.subset_search import Ranking, unrank
from parity_compare.problems.bits import Words, to_signs, unpack
from parity_compare.problems.errors import InvalidInput

_ALIGNED = 8  # numbers; matrix units like rows whose lengths are multiples of 16 bytes
_HALF_EXACT = 1 << 11  # every integer up to it is exact in half precision
_SINGLE_EXACT = 1 << 24  # and up to here in single precision
_GPU_BYTES, _CPU_BYTES = 1 << 28, 1 << 22  # of each of the three blocks
_GPU_CHUNK, _CPU_CHUNK = 1 << 40, 1 << 31  # products of numbers between two polls: at most 50 ms
_ROWS = 1 << 10  # prefixes that fill a matrix unit; more would spread over more different tails


class SubsetProducts:
    """The k-subsets of packed columns as products of two halves, ready to be multiplied out.

    In signs, -1 for a bit that is set, a prefix P and a suffix T stand for the vectors
    a_i = y_i prod_{j in P} x_ij and b_i = prod_{j in T} x_ij over the m examples, and the subset
    P + T has <a, b> = m - 2 mismatches. So blocks of prefixes times blocks of suffixes are matrix
    products, and a subset costs m multiply-adds, whatever k. A subset is met once, at the prefix
    whose coordinates all lie below its suffix's: with suffixes in lexicographic order these are a
    contiguous tail of them, and with prefixes by rising maximum the tails of neighbours begin close
    to each other; what precedes a prefix's own tail is masked.

    The numbers are exact. Every partial sum of <a, b>, in whatever order and parts it is formed, is
    an integer of at most m in absolute value. Half precision holds each one up to 2^11, so on a GPU
    it serves for m <= 2048, even where partial sums are rounded to it; single precision holds each
    below 2^24. Matrix units that round the *inputs* further (TF32, bfloat16) change nothing, since
    -1, 0 and +1 are exact there too, and they accumulate in single precision.

    Memory is bounded before anything is allocated: suffixes, prefixes and scores are three blocks
    of about ``block_bytes`` each, with as much again while a block of prefixes is formed and a byte
    per score while it is masked; suffixes shorter than k / 2 are taken where longer ones would not
    fit. Only single columns, n m numbers, are held however many they are.

    Args:
        columns: ``(n, w)`` uint64, the examples packed by column.
        labels: ``(w,)`` uint64, the packed labels.
        m: number of examples, 1 to 2^24 - 1.
        size: number k of columns in a subset, 1 <= k <= n.
        bounds: ``(w,)`` as for :class:`SubsetSearch`. Only the last one is used, on all examples:
            a product counts them all at once, so earlier rejection would spare nothing.
        device: where PyTorch multiplies.
        block_bytes: the size of one block, by default 256 MiB on a GPU and 4 MiB elsewhere.

    Raises:
        InvalidInput: m is too large for single precision.
    """

    perfect_only = False  # every subset is counted on every example

    def __init__(
        self,
        columns: Words,
        labels: Words,
        m: int,
        size: int,
        bounds: npt.NDArray[np.int64] | None = None,
        *,
        device: str,
        block_bytes: int | None = None,
    ) -> None:
        if not 1 <= m < _SINGLE_EXACT:
            raise InvalidInput(f"m must lie in 1..2^24 - 1 on device {device}, got {m}")
        self._device = torch.device(device)
        gpu = self._device.type != "cpu"
        self._n, self._m, self._size = len(columns), m, size
        self._most = m if bounds is None else min(m, int(bounds[-1]))
        self._dtype = torch.float16 if gpu and m <= _HALF_EXACT else torch.float32
        self._width = _aligned(m)
        self._itemsize = self._dtype.itemsize
        bytes_ = block_bytes or (_GPU_BYTES if gpu else _CPU_BYTES)
        self._rows = max(1, bytes_ // (self._width * self._itemsize))
        chunk = (_GPU_CHUNK if gpu else _CPU_CHUNK) // self._width
        self._scores = max(_ALIGNED**2, min(bytes_ // self._itemsize, chunk))
        self.suffix_size = 1
        while (
            2 * (self.suffix_size + 1) <= size + 1
            and math.comb(self._n, self.suffix_size + 1) <= self._rows
        ):
            self.suffix_size += 1
        self._count = math.comb(self._n, self.suffix_size)
        # Suffixes that begin before a coordinate: all but those that lie in it and past it.
        self._starts = np.array(
            [self._count - math.comb(self._n - j, self.suffix_size) for j in range(self._n + 1)]
        )
        self._labels = self._signs(labels[np.newaxis])
        self._columns = self._signs(columns)
        self._table = self._suffixes()

    @property
    def prefixes(self) -> int:
        """Number of prefixes."""
        return math.comb(self._pool, self._size - self.suffix_size)

    @property
    def nbytes(self) -> int:
        """Most bytes held at once: columns, suffixes, prefixes and their factor, scores, mask."""
        vectors = self._n + 1 + _aligned(self._count) + 2 * min(self._rows, self.prefixes)
        return vectors * self._width * self._itemsize + self._scores * (self._itemsize + 1)

    def run(
        self,
        poll: Callable[[Ranking], None],
        *,
        enough: int = -1,
        wanted: int = 1,
        threads: int = 1,
    ) -> Ranking:
        """Search all prefixes.

        Args:
            poll: called with the ranking so far some tens of times a second or more; may raise.
            enough, wanted: stop once ``wanted`` subsets, 1 or 2, with at most ``enough`` mismatches
                have come; -1 for never.
            threads: taken as :meth:`SubsetSearch.run` takes it; PyTorch shares the work itself.
        """
        ranking, candidates = self._nothing(0), math.comb(self._n, self._size)
        with torch.inference_mode():
            for prefixes, starts in self._prefix_blocks():
                left = self._products(self._labels, prefixes)
                width = self._scores // len(prefixes) // _ALIGNED * _ALIGNED
                for low in range(int(starts[0]) // _ALIGNED * _ALIGNED, self._count, width):
                    ranking += self._block(left, prefixes, starts, low, width, ranking.runner_up)
                    reached = ranking.misses if wanted == 1 else ranking.runner_up
                    # What is done need not ask whether it may go on.
                    if reached <= enough or ranking.visited == candidates:
                        return ranking
                    poll(ranking)
        return ranking

    @property
    def _pool(self) -> int:
        return self._n - self.suffix_size  # every prefix leaves room for a suffix

    def _nothing(self, visited: int) -> Ranking:
        return Ranking(None, self._m + 1, self._m + 1, visited)

    def _block(
        self,
        left: torch.Tensor,
        prefixes: Subsets,
        starts: npt.NDArray[np.int64],
        low: int,
        width: int,
        runner_up: int,
    ) -> Ranking:
        """The ranking of a block of prefixes with the suffixes ``low`` to ``low + width - 1``.

        Subsets that are not better than the runner-up so far are not told.
        """
        high = min(self._count, low + width)
        visited = int(np.maximum(0, high - np.maximum(low, starts)).sum())
        scores = left @ self._table[low : low + width].T
        scores[:, high - low :] = -math.inf  # padding
        before = min(high, int(starts[-1])) - low
        if before > 0:
            suffixes = torch.arange(low, low + before, device=self._device)
            own = torch.from_numpy(starts).to(self._device)
            scores[:, :before].masked_fill_(suffixes < own[:, np.newaxis], -math.inf)
        misses = self._misses(scores)
        if misses >= min(runner_up, self._most + 1):
            return self._nothing(visited)
        place = int(scores.argmax())
        row, column = divmod(place, scores.shape[1])
        scores.view(-1)[place] = -math.inf
        best = (*prefixes[row], *unrank(low + column, self._n, self.suffix_size))
        return Ranking(tuple(int(i) for i in best), misses, self._misses(scores), visited)

    def _misses(self, scores: torch.Tensor) -> int:
        """The fewest mismatches in a block; m + 1 if none is within the bound."""
        score = float(scores.max())
        if score < self._m - 2 * self._most:
            return self._m + 1
        return (self._m - int(score)) // 2

    def _prefix_blocks(self) -> Iterator[tuple[Subsets, npt.NDArray[np.int64]]]:
        """All prefixes ``(b, p)`` by rising maximum, and ``(b,)`` where their suffixes start."""
        length, total, done = self._size - self.suffix_size, self.prefixes, 0
        if not length:
            yield np.empty((1, 0), dtype=np.int64), np.zeros(1, dtype=np.int64)
            return
        while done < total:
            # Mirrored, i -> pool - 1 - i, the lexicographic order read backwards is colexicographic
            # order, which sorts by the maximum.
            lowest = self._pool - 1 - unrank(total - 1 - done, self._pool, length)
            suffixes = self._count - int(self._starts[lowest.max() + 1])
            fitting = max(_ROWS, self._scores // suffixes)
            rows = min(self._rows, self._scores // _ALIGNED, fitting, total - done)
            mirrored = np.empty((rows, length), dtype=np.int64)
            fill_subsets(unrank(total - done - rows, self._pool, length), self._pool, mirrored)
            prefixes = np.ascontiguousarray(self._pool - 1 - mirrored[::-1, ::-1])
            yield prefixes, self._starts[prefixes[:, -1] + 1]
            done += rows

    def _suffixes(self) -> torch.Tensor:
        """The products of all suffixes in lexicographic order, padded with zeros below."""
        size = (_aligned(self._count), self._width)
        table = torch.zeros(size, dtype=self._dtype, device=self._device)
        one = torch.ones((1, self._width), dtype=self._dtype, device=self._device)
        subset, done = np.arange(self.suffix_size), 0
        while done < self._count:
            subsets = np.empty((min(_ROWS, self._count - done), self.suffix_size), dtype=np.int64)
            fill_subsets(subset, self._n, subsets)
            table[done : done + len(subsets)] = self._products(one, subsets)
            done += len(subsets)
        return table

    def _products(self, factor: torch.Tensor, subsets: Subsets) -> torch.Tensor:
        """``(b, width)``: a factor ``(1, width)`` times the columns of each of ``(b, size)``."""
        indices = torch.from_numpy(subsets).to(self._device)
        products = factor.repeat(len(subsets), 1)
        for i in range(subsets.shape[1]):
            products *= self._columns[indices[:, i]]
        return products

    def _signs(self, words: Words) -> torch.Tensor:
        """Packed ``(r, w)`` as ``(r, width)`` of -1 and +1, with zeros past the last example."""
        signs = np.zeros((len(words), self._width), dtype=np.int8)
        signs[:, : self._m] = to_signs(unpack(words, self._m))
        return torch.from_numpy(signs).to(self._device).to(self._dtype)


def _aligned(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED
