"""The cameras' contract on a Video4Linux2 device.

Run by tests/hardware/test_camera_v4l2.py in a process of its own, with `virtual_v4l2.c` preloaded. Its name keeps
pytest from collecting it without the device.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from hardware.drivers.jpeg_frames import whole_jpeg
from hardware.drivers.v4l2_camera import BgrFrame, JpegFrame, V4l2Camera
from hardware.errors import DeviceTimeout, DeviceUnavailable
from hardware.interfaces import Camera
from tests.contract.test_camera_contract import LONG_S, SIZE, CameraContract, World, code_scene, read_until_it_fails
from tests.support import qr_pictures as pictures
from tests.support.jpeg_parts import without_huffman_tables

NODE = Path(os.environ["VIRTUAL_V4L2_NODE"])
FRAME = Path(os.environ["VIRTUAL_V4L2_FRAME"])


class V4l2World:
    driver = "v4l2"

    def __init__(self, _: Path) -> None:
        self.sent = without_huffman_tables(pictures.jpeg(Image.fromarray(code_scene()).convert("RGB")))
        FRAME.write_bytes(self.sent)
        self.behave("M")

    def camera(self, fps: float = 200) -> V4l2Camera:
        return V4l2Camera(device=str(NODE), width_px=SIZE[0], height_px=SIZE[1], fps=fps)

    def behave(self, kind: str) -> None:
        NODE.write_text(kind)

    def look_at_code(self) -> None:
        """It is always there."""

    def unplug(self) -> None:
        NODE.rename(NODE.with_suffix(".away"))

    def replug(self) -> None:
        NODE.with_suffix(".away").rename(NODE)


class TestV4l2Device(CameraContract):
    world_class: Callable[[Path], World] = V4l2World

    @pytest.fixture(autouse=True)
    def _remove_node(self) -> Iterator[None]:
        yield
        NODE.unlink(missing_ok=True)
        NODE.with_suffix(".away").unlink(missing_ok=True)

    def test_frames_come_at_the_cameras_pace(self, world: World) -> None:
        """A live camera that hangs is given up by OpenCV itself, after one second and not ten."""
        assert isinstance(world, V4l2World)
        with world.camera() as camera:
            camera.read(LONG_S)
            world.behave("H")
            error = read_until_it_fails(camera)
            assert isinstance(error, DeviceUnavailable)
            assert "stopped delivering" in str(error)

    def test_jpeg_is_the_cameras_own(self, world: World, camera: Camera) -> None:
        assert isinstance(world, V4l2World)
        frame = camera.read(LONG_S)
        assert isinstance(frame, JpegFrame)
        whole = whole_jpeg(world.sent)
        assert whole is not None
        assert frame.jpeg() == whole.data

    def test_a_camera_without_motion_jpeg_is_converted(self, world: World) -> None:
        assert isinstance(world, V4l2World)
        world.behave("Y")
        with world.camera() as camera:
            frame = camera.read(LONG_S)
            assert isinstance(frame, BgrFrame)
            assert frame.gray().shape == SIZE[::-1]
            assert frame.jpeg().startswith(b"\xff\xd8")

    def test_damaged_frames_are_passed_over(self, world: World, camera: Camera) -> None:
        assert isinstance(world, V4l2World)
        for damaged in (world.sent[: len(world.sent) // 2], bytes(100)):
            FRAME.write_bytes(damaged)
            with pytest.raises(DeviceTimeout):
                camera.read(0.05)
        FRAME.write_bytes(world.sent)
        assert camera.read(LONG_S).width_px == SIZE[0]
