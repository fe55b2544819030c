"""Compiled inner loops; each has a plain NumPy twin in the tests that it must equal."""
