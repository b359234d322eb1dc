"""Builds the table of Chinese input: `python -m kiosk.services.ime.build PACKAGES RIME TABLE`."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.services.ime.build.table import TableBuilder


def main() -> None:
    """Parse the arguments and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", type=Path, help="where pip has unpacked requirements-ime.txt")
    parser.add_argument("rime", type=Path, help="where Debian has rime's dictionaries: /usr/share/rime-data")
    parser.add_argument("table", type=Path, help="the file to write")
    arguments = parser.parse_args()
    TableBuilder(arguments.packages, arguments.rime).write(arguments.table)


if __name__ == "__main__":
    main()
