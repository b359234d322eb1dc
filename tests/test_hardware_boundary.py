"""The boundary to the hardware: vendors' libraries are imported by the drivers, when a driver is built."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
VENDOR_MODULES = frozenset(
    {"cv2", "escpos", "gpiozero", "lgpio", "pyzbar", "serial", "smartcard", "usb", "zxingcpp"}
)  # fmt: skip
NOT_IMPORTED = ("hardware.drivers.", "kiosk.store.migrations.", "kiosk.__main__")
"""The drivers themselves; what Alembic runs and does not import; the command line, which runs when imported."""


def modules_of(package: str) -> list[str]:
    """Every module below a package of the checkout, by its dotted name."""
    names = []
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if not (f"{name}.").startswith(tuple(f"{prefix.rstrip('.')}." for prefix in NOT_IMPORTED)):
            names.append(name)
    return names


@pytest.mark.parametrize("package", ["hardware", "kiosk", "web"])
def test_importing_a_package_loads_no_vendor_module(package: str) -> None:
    names = modules_of(package)
    assert names, f"{package} has no modules"
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "print(' '.join(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *names], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded & VENDOR_MODULES == set()


def test_only_drivers_name_vendor_modules() -> None:
    offenders = []
    for package in ("hardware", "kiosk", "web"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.is_relative_to(ROOT / "hardware" / "drivers"):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                named: list[str] = []
                if isinstance(node, ast.Import):
                    named = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    named = [node.module or ""]
                offenders += [
                    f"{path.relative_to(ROOT)}: {name}" for name in named if name.split(".")[0] in VENDOR_MODULES
                ]
    assert offenders == []
