"""Standard output for tables."""

from __future__ import annotations

from rich.console import Console


class Output(Console):
    """A console that tells when its reader has gone, where rich would end the process itself."""

    def on_broken_pipe(self) -> None:
        """Leave the exit code to the command line."""
        raise BrokenPipeError
