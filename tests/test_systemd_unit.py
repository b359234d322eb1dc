"""The unit file: correct, hardened, and no harder than what the service needs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.services.sealing import CREDENTIAL_NAME
from tests.support.confine import values

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "systemd/gatehouse.service"
CONFINE = ROOT / "tests/support/confine.py"
HANG_S = 120


def run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=HANG_S, check=False, cwd=cwd)


def test_systemd_finds_nothing_to_complain_of(tmp_path: Path) -> None:
    # `verify` wants the program to exist: the copy names this interpreter, all else is as installed.
    copy = tmp_path / UNIT.name
    program = shlex.split(values(UNIT, "ExecStart")[0])[0]
    copy.write_text(UNIT.read_text().replace(f"ExecStart={program} ", f'ExecStart="{sys.executable}" '))
    result = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", copy)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_exposure_is_under_three() -> None:
    result = run("systemd-analyze", "security", "--offline=true", "--threshold=29", "--no-pager", UNIT)
    assert result.returncode == 0, result.stdout
    found = re.search(r"Overall exposure level for gatehouse\.service: ([0-9.]+)", result.stdout)
    assert found
    assert float(found[1]) < 3.0


def test_the_command_runs_from_the_checkout() -> None:
    (checkout,) = values(UNIT, "WorkingDirectory")
    (command,) = values(UNIT, "ExecStart")
    assert shlex.split(command)[:4] == [f"{checkout}/.venv/bin/python", "-m", "kiosk", "serve"]


def test_the_sealing_key_comes_under_the_name_it_is_looked_for() -> None:
    (credential,) = values(UNIT, "LoadCredential")
    assert credential.split(":")[0] == CREDENTIAL_NAME


def test_ready_watchdog_and_stop_are_as_promised() -> None:
    promised = {"Type": ["notify"], "NotifyAccess": ["main"], "TimeoutStopSec": ["5"], "KillMode": ["mixed"]}
    assert {key: values(UNIT, key) for key in promised} == promised
    assert int(values(UNIT, "WatchdogSec")[0]) > 0


# What the appliance's libraries do, done once: threads of numpy and OpenCV, callbacks of ctypes, cffi, SQLite with WAL.
LIBRARIES_AT_WORK = """
import ctypes, io, os, sqlite3
import argon2, cv2, lgpio, numpy, segno, serial, smartcard.System, usb.backend.libusb1, zxingcpp, pyzbar.pyzbar
from PIL import Image
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

picture = io.BytesIO()
segno.make("GATE").save(picture, kind="png", scale=8)
gray = numpy.array(Image.open(picture).convert("L"))
assert [code.text for code in zxingcpp.read_barcodes(gray)] == ["GATE"]
pyzbar.pyzbar.decode(gray)
cv2.GaussianBlur(numpy.zeros((2000, 2000), numpy.uint8), (9, 9), 0)
numpy.random.rand(500, 500) @ numpy.random.rand(500, 500)
argon2.PasswordHasher().hash("word")
key = Ed25519PrivateKey.generate()
key.public_key().verify(key.sign(b"pass"), b"pass")
store = sqlite3.connect("store.db")
store.execute("PRAGMA journal_mode=WAL")
store.execute("PRAGMA synchronous=FULL")
store.execute("CREATE VIRTUAL TABLE names USING fts5(name)")
store.commit()
assert usb.backend.libusb1.get_backend() is not None
assert ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 7)() == 7
print("at work")
"""


def test_the_libraries_work_under_the_units_rules(tmp_path: Path) -> None:
    result = run(sys.executable, CONFINE, UNIT, sys.executable, "-c", LIBRARIES_AT_WORK, cwd=tmp_path)
    assert result.stdout == "at work\n", result.stderr


@pytest.mark.parametrize(
    ("attempt", "answer"),
    [
        ("import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)", "Errno 1"),
        ("import os; os.chroot('/')", "Errno 1"),
        ("import os; os.sched_setaffinity(0, os.sched_getaffinity(0))", "Errno 1"),
        ("import socket; socket.socket(socket.AF_VSOCK)", "Errno 97"),
        ("import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)", "Errno 97"),
    ],
)
def test_the_units_rules_bite(attempt: str, answer: str) -> None:
    result = run(sys.executable, CONFINE, UNIT, sys.executable, "-c", attempt)
    assert result.returncode == 1
    assert answer in result.stderr.splitlines()[-1]
