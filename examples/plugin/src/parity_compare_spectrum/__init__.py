"""A learner for parity-compare that looks at the whole Fourier spectrum of a sample."""

from parity_compare_spectrum.spectrum import Spectrum

__all__ = ["Spectrum"]
