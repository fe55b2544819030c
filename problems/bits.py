"""Bit packing: matrices over GF(2) as 64-bit words.

Bit ``j`` of a row lies in word ``j // 64`` at position ``j % 64`` (least significant first), and
bits past the row's length are zero, so words can be XORed and counted without masks.
The sign convention is the project's: bit 1 <-> -1, bit 0 <-> +1, hence XOR <-> product.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Signs = npt.NDArray[np.int8]

WORD_BITS = 64
_WORD = np.dtype("<u8")


def words_for(bits: int) -> int:
    """Number of 64-bit words that hold ``bits`` bits."""
    return -(-bits // WORD_BITS)


def pack(bits: npt.NDArray[np.bool_] | Bits) -> Words:
    """Pack 0/1 values along the last axis.

    Args:
        bits: ``(..., b)`` array of booleans or of the integers 0 and 1.

    Returns:
        ``(..., words_for(b))`` uint64, the padding bits zero.
    """
    octets = np.packbits(bits, axis=-1, bitorder="little")
    words = np.zeros((*octets.shape[:-1], words_for(bits.shape[-1])), dtype=_WORD)
    words.view(np.uint8)[..., : octets.shape[-1]] = octets
    return words.astype(np.uint64, copy=False)


def unpack(words: Words, bits: int) -> Bits:
    """Inverse of :func:`pack`: ``(..., w)`` uint64 to ``(..., bits)`` uint8 of 0 and 1."""
    octets = np.ascontiguousarray(words.astype(_WORD, copy=False)).view(np.uint8)
    return np.unpackbits(octets, axis=-1, count=bits, bitorder="little")


def transpose(words: Words, bits: int) -> Words:
    """Transpose a packed matrix: ``(r, words_for(bits))`` to ``(bits, words_for(r))``."""
    return pack(np.ascontiguousarray(unpack(words, bits).T))


def parity(words: Words) -> Bits:
    """XOR of all bits along the last axis: ``(..., w)`` uint64 to ``(...)`` uint8."""
    folded = np.bitwise_xor.reduce(words, axis=-1)
    odd: Bits = (np.bitwise_count(folded) & 1).astype(np.uint8, copy=False)
    return odd


def mask(indices: npt.ArrayLike, bits: int) -> Words:
    """The packed indicator vector of a set of positions: ``(words_for(bits),)`` uint64."""
    indicator = np.zeros(bits, dtype=np.uint8)
    indicator[np.asarray(indices, dtype=np.intp)] = 1
    return pack(indicator)


def all_ones(bits: int) -> Words:
    """The packed vector of ``bits`` ones: ``(words_for(bits),)`` uint64."""
    words = np.full(words_for(bits), 2**WORD_BITS - 1, dtype=np.uint64)
    spare = len(words) * WORD_BITS - bits
    if spare:
        words[-1] >>= np.uint64(spare)
    return words


def random_words(rng: np.random.Generator, rows: int, bits: int) -> Words:
    """Uniform bits as packed rows ``(rows, words_for(bits))``.

    One 64-bit output of the generator makes one word, so drawing r rows and then s rows gives the
    same stream as drawing r + s rows at once.
    """
    words = rng.integers(0, 2**64, size=(rows, words_for(bits)), dtype=np.uint64)
    spare = words_for(bits) * WORD_BITS - bits
    if spare:
        words[:, -1] &= np.uint64(2 ** (WORD_BITS - spare) - 1)
    return words


def to_signs(bits: Bits) -> Signs:
    """Bits to signs: 0 -> +1, 1 -> -1, as int8."""
    signs: Signs = (1 - 2 * bits.view(np.int8)).astype(np.int8, copy=False)
    return signs
