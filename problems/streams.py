"""Endless examples of a hidden parity, one stream at a time or many together.

A single stream draws with NumPy. Learners that train hundreds of networks side by side open all
their oracles' streams at once and leave the drawing to a compiled loop; the examples are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import Bits, Words, parity, random_words
from parity_compare.problems.oracles import ExampleOracle


@dataclass
class Stream:
    """The examples of one instance, in order.

    Attributes:
        n: number of bits.
        inputs: draws x, one 64-bit output per word.
        flips: decides which labels are flipped, one output each.
        mask: the hidden S, packed.
        noise: probability of a flipped label.
    """

    n: int
    inputs: np.random.Generator
    flips: np.random.Generator
    mask: Words
    noise: float

    def draw(self, m: int) -> tuple[Words, Bits]:
        """The next ``m`` examples: rows ``(m, words)`` and labels ``(m,)``."""
        rows = random_words(self.inputs, m, self.n)
        flipped = self.flips.random(m) < self.noise
        return rows, parity(rows & self.mask) ^ flipped.astype(np.uint8)

    def skip(self, m: int) -> None:
        """Pass over the next ``m`` examples."""
        self.inputs.bit_generator.advance(m * len(self.mask))  # type: ignore[attr-defined]
        self.flips.bit_generator.advance(m)  # type: ignore[attr-defined]


class Streams:
    """The streams behind several oracles, opened together for compiled loops.

    What is drawn here is counted by the oracles when it is settled. The masks are the secrets: a
    learner passes them on to the drawing loop of :mod:`.stream_kernel`, unread.

    Args:
        oracles: endless oracles of one n, see :func:`open_streams`.
        streams: what is behind them.
    """

    def __init__(self, oracles: Sequence[ExampleOracle], streams: Sequence[Stream]) -> None:
        from parity_compare.problems.stream_kernel import stream_state

        self.n = streams[0].n
        self._oracles = list(oracles)
        self.states = np.stack([stream_state(s.inputs, s.flips) for s in streams])  # (T, 8)
        self.masks = np.stack([stream.mask for stream in streams])  # (T, words)
        self.noise: npt.NDArray[np.float64] = np.array(
            [stream.noise for stream in streams], dtype=np.float64
        )

    def draw(self, rows: Words, labels: Bits, slot: int, m: int) -> None:
        """Write every stream's next ``m`` examples into ``rows`` ``(T, slots, words)`` and
        ``labels`` ``(T, slots)``, from ``slot`` on."""
        from parity_compare.problems.stream_kernel import draw_side_by_side

        draw_side_by_side(self.states, self.masks, self.noise, self.n, rows, labels, slot, m)

    def settle(self, position: int, m: int) -> None:
        """Let the oracle of one stream know that ``m`` examples were drawn from it here."""
        self._oracles[position].settle(m)

    def keep(self, positions: Sequence[int]) -> None:
        """Forget all streams but these."""
        chosen = list(positions)
        self._oracles = [self._oracles[i] for i in chosen]
        self.states, self.masks = self.states[chosen], self.masks[chosen]
        self.noise = self.noise[chosen]


def has_stream(oracle: ExampleOracle) -> bool:
    """Whether an endless stream of a hidden parity is behind an oracle."""
    return isinstance(oracle._stream, Stream)


def open_streams(oracles: Sequence[ExampleOracle]) -> Streams | None:
    """The streams of all oracles together, or None if one of them has no endless stream of a
    hidden parity behind it, or if one stream is behind two of them."""
    streams = [oracle._stream for oracle in oracles]
    found = [stream for stream in streams if isinstance(stream, Stream)]
    if not found or len({id(stream) for stream in found}) < len(streams):
        return None
    return Streams(oracles, found)
