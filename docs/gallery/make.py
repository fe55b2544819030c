"""Run the gallery's experiments and write their reports and pictures: ``make gallery``.

Trials that ``gallery/`` has already are not run again, so that reports can be made anew in seconds.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
STORES = Path("gallery")
PICTURES = {
    "demo": {"cost": {}, "success": {}},
    "winner-map": {"winners": {}, "profile": {}},
    "mechanism": {
        "mechanism-courses": {"--width": "1500"},
        "mechanism-agreement": {},
        "mechanism-rank": {},
        "mechanism-answers": {},
        "mechanism-race": {},
        "hazard": {"--width": "1200"},
    },
}


def main() -> None:
    """Run what is missing; then reports and pictures."""
    for name, pictures in PICTURES.items():
        store = str(STORES / name)
        _cli("run", str(HERE / f"{name}.toml"), "--out", store)
        _cli("report", store, "--out", str(HERE / f"{name}.html"))
        for figure, options in pictures.items():
            out = str(HERE / "images" / f"{figure}.svg")
            given = [text for option in options.items() for text in option]
            _cli("figure", store, figure, "-o", out, *given)


def _cli(*arguments: str) -> None:
    command = [sys.executable, "-c", "from parity_compare.cli import main; main()", *arguments]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
