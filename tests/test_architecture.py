"""Imports point one way, and the rules of the domain need nothing but Python."""

from __future__ import annotations

import ast
import pkgutil
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("hardware", "kiosk", "web")
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages and their contracts, to break."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    return tmp_path


def test_every_contract_is_kept() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("kiosk/domain/access.py", "import kiosk.services.visits", "Imports point one way"),
        ("kiosk/store/tables.py", "import kiosk.bootstrap", "Imports point one way"),
        ("kiosk/services/visits.py", "import web", "Imports point one way"),
        ("hardware/supervisor.py", "import kiosk.clock", "The hardware layer knows nothing of what it is for"),
        ("kiosk/store/tables.py", "import hardware.errors", "The rules and the store touch no device"),
        ("kiosk/services/visits.py", "import hardware.factory", "Services see devices through their interfaces"),
        ("kiosk/services/visits.py", "import hardware.simulated.gate", "Services see devices through their interfaces"),
        ("web/__init__.py", "import kiosk.store.tables", "Surfaces go through the services"),
        ("hardware/simulated/base.py", "import hardware.drivers.gpio_gate", "Drivers and simulators share"),
        ("hardware/supervisor.py", "import cv2", "Only drivers import a vendor's library"),
        ("kiosk/services/visits.py", "def late():\n    import smartcard", "Only drivers import a vendor's library"),
    ],
)
def test_a_breach_is_found(copy: Path, module: str, statement: str, contract: str) -> None:
    with (copy / module).open("a") as file:
        file.write(f"\n{statement}\n")
    result = lint_imports(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    broken = [line for line in result.stdout.splitlines() if " BROKEN" in line]
    assert any(line.startswith(contract) for line in broken), result.stdout


def test_every_module_of_kiosk_has_its_layer() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(contract["layers"] for contract in settings["contracts"] if contract["type"] == "layers")
    placed = {name.strip(" ()") for layer in layers for name in layer.split(":")}
    modules = {f"kiosk.{module.name}" for module in pkgutil.iter_modules([str(ROOT / "kiosk")])}
    assert modules <= placed, "a module in no layer is bound by no rule: name it in pyproject.toml"


def imported_by(path: Path) -> set[str]:
    """Top-level names of everything a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0] if node.level == 0 else "kiosk")
    return names


@pytest.mark.parametrize("path", sorted((ROOT / "kiosk/domain").rglob("*.py")), ids=lambda path: path.name)
def test_the_domain_needs_nothing_but_python(path: Path) -> None:
    assert imported_by(path) <= sys.stdlib_module_names | {"kiosk"}
