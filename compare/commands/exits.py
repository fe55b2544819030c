"""Exit codes of the command line, which scripts and cluster schedulers may rely on."""

NOT_FOUND = 1
"""``solve`` found no parity, or one that luck may have made; ``relations`` found none."""
BAD_INPUT = 2
"""A value breaks a rule, which the one line on stderr names; no trial was run for it."""
OUT_OF_TIME = 3
"""``--total-time`` ended the run with trials left to do; the same command goes on."""
FAILED = 4
"""The disk, the workers or the cluster failed; every finished trial is kept."""
INTERRUPTED = 130
"""Ctrl-C or SIGTERM ended the run; every finished trial is kept, the same command goes on.
``relations`` lists what it found until then."""
READER_GONE = 141
"""Whoever read the output closed it, as ``head`` does: 128 + SIGPIPE, as shells report it of other
tools."""
