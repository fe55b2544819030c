"""Averages of y chi_T(x) over a fixed list of examples, for many subsets T at a time.

Two ways to the same integers: XORs of packed columns with NumPy, and matrix products of signs with
PyTorch, which a GPU is made for. They agree to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from parity_compare.problems.samples import Samples

FloatArray = npt.NDArray[np.float64]
SubsetArray = npt.NDArray[np.int64]
Correlate = Callable[[SubsetArray], FloatArray]
"""Maps subsets ``(q, size)`` to the averages of y chi_T(x), ``(q,)`` float64."""

_BLOCK_WORDS = 1 << 20  # packed words held at a time: 8 MiB
_BLOCK_FLOATS = 1 << 26  # signs held at a time on a device: 256 MiB
_MOST_EXAMPLES = 1 << 24  # a sum of so many signs is exact in float32
_DENSE = 8  # products wasted per product used, up to which a matrix product pays


def packed_correlations(samples: Samples) -> Correlate:
    """Averages by XOR and popcount of packed columns."""
    columns, labels = samples.columns, samples.label_words

    def correlate(subsets: SubsetArray) -> FloatArray:
        misses = np.empty(len(subsets), dtype=np.int64)
        rows = max(1, _BLOCK_WORDS // max(1, len(labels)))
        for first in range(0, len(subsets), rows):
            block = subsets[first : first + rows]
            residues = np.broadcast_to(labels, (len(block), len(labels))).copy()
            for position in range(block.shape[1]):
                residues ^= columns[block[:, position]]
            counts = np.bitwise_count(residues)
            misses[first : first + rows] = counts.sum(axis=1, dtype=np.int64)
        return np.asarray(1 - 2 * misses / samples.m, dtype=np.float64)

    return correlate


def torch_correlations(samples: Samples, device: str) -> Correlate:
    """Averages by matrix products of half-subsets' parities on a PyTorch device.

    A subset is cut into a head and a tail. Batches in lexicographic order share few heads and
    tails, so the sums of y chi_head(x) chi_tail(x) over the examples are one matrix product of the
    distinct heads' with the distinct tails' parities; where a batch is not of this kind, rows are
    multiplied one by one. The sums are integers of at most 2^24 and exact in single precision.
    """
    import torch

    signs = torch.as_tensor(samples.X.T.astype(np.float32), device=device).contiguous()
    labels = torch.as_tensor(samples.y.astype(np.float32), device=device)

    def parities(subsets: SubsetArray, examples: slice) -> torch.Tensor:
        index = torch.as_tensor(subsets, device=device)
        product = torch.ones((len(subsets), 1), device=device)
        for position in range(subsets.shape[1]):
            product = product * signs[index[:, position], examples]
        return product.expand(-1, labels[examples].shape[0])

    def correlate(subsets: SubsetArray) -> FloatArray:
        cut = (subsets.shape[1] + 1) // 2
        heads, head_of = _distinct(subsets[:, :cut], samples.n)
        tails, tail_of = _distinct(subsets[:, cut:], samples.n)
        dense = len(heads) * len(tails) <= _DENSE * len(subsets)
        rows, columns = (torch.as_tensor(of, device=device) for of in (head_of, tail_of))
        held = len(heads) + len(tails) + (0 if dense else 3 * len(subsets))
        step = min(_MOST_EXAMPLES, max(1, _BLOCK_FLOATS // max(1, held)))
        sums = torch.zeros(len(subsets), dtype=torch.float64, device=device)
        for first in range(0, samples.m, step):
            examples = slice(first, first + step)
            left = parities(heads, examples) * labels[examples]
            right = parities(tails, examples)
            if dense:
                sums += (left @ right.T)[rows, columns]
            else:
                sums += (left[rows] * right[columns]).sum(dim=1)
        misses = (samples.m - sums.round().to(torch.int64).cpu().numpy()) // 2
        return np.asarray(1 - 2 * misses / samples.m, dtype=np.float64)

    return correlate


def _distinct(subsets: SubsetArray, n: int) -> tuple[SubsetArray, SubsetArray]:
    """The distinct rows, and for each row which of them it is."""
    size = subsets.shape[1]
    if n**size >= 2**62:
        rows, inverse = np.unique(subsets, axis=0, return_inverse=True)
        return rows, inverse.reshape(-1)
    # Rows read as numbers in base n sort far faster than rows.
    codes = subsets @ (n ** np.arange(size, dtype=np.int64))
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return subsets[first], inverse
