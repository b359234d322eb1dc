"""The V4L2 camera where it is more than a recording: devices, and what is not one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.drivers.v4l2_camera import V4l2Camera
from hardware.errors import DeviceUnavailable, HardwareError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def device_folder() -> Iterator[Path]:
    """A folder below /dev, where the driver expects devices, that anybody may write to."""
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="gatehouse-v4l2-") as folder:
        yield Path(folder)


def test_a_video4linux_device_keeps_the_contract(device_folder: Path) -> None:
    library = device_folder / "virtual_v4l2.so"
    source = ROOT / "tests/support/virtual_v4l2.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True)
    environment = os.environ | {
        "LD_PRELOAD": str(library),
        "VIRTUAL_V4L2_NODE": str(device_folder / "video0"),
        "VIRTUAL_V4L2_FRAME": str(device_folder / "frame.jpg"),
    }
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/support/v4l2_contract.py"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "passed" in run.stdout


@pytest.mark.parametrize("name", ["none.avi", "empty.avi", "text.avi", "cut.avi", "folder", "none%03d.png"])
def test_what_is_no_camera_is_not_there(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.avi").touch()
    (tmp_path / "text.avi").write_text("not a video\n" * 1000)
    (tmp_path / "cut.avi").write_bytes(b"RIFF\xff\xff\xff\x7fAVI LIST" + bytes(range(256)) * 20)
    (tmp_path / "folder").mkdir()
    camera = V4l2Camera(device=str(tmp_path / name))
    with pytest.raises(DeviceUnavailable) as refused:
        camera.open()
    assert refused.value.code == "unplugged"
    assert str(tmp_path) in refused.value.vendor_reason
    camera.close()
    assert capfd.readouterr() == ("", "")


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(DeviceUnavailable) as refused:
        V4l2Camera(device="/dev/v4l/by-id/none").open()
    assert refused.value.vendor_reason == "/dev/v4l/by-id/none: no such file"


def test_a_device_that_is_no_camera(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(HardwareError) as refused:
        V4l2Camera(device="/dev/null").open()
    assert refused.value.code == "unplugged"
    assert capfd.readouterr() == ("", "")
