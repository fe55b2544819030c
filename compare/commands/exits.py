"""Exit codes of the command line."""

NOT_FOUND, BAD_INPUT, INTERRUPTED = 1, 2, 130
