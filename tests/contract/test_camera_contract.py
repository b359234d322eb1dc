"""What every camera does, simulated or real: one suite, run against each."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import pytest
from PIL import Image

from hardware.camera_feed import CameraFeed
from hardware.drivers.qr_decoders import ZxingDecoder
from hardware.drivers.v4l2_camera import V4l2Camera
from hardware.errors import BadDriverOptions, DeviceClosed, DeviceTimeout, DeviceUnavailable, HardwareError
from hardware.factory import build
from hardware.interfaces import Camera, DeviceKind, QrCode
from hardware.simulated.camera import SimulatedCamera
from hardware.supervisor import BackOff, DeviceCondition, DeviceHealth, Supervisor
from tests.support import qr_pictures as pictures

SIZE = (640, 360)
TOKEN = b"HELD UP TO THE CAMERA"
LONG_S = 30.0
"""A generous limit that only a hang reaches."""


class World(Protocol):
    """A kind of camera and what a person before it can do."""

    driver: str

    def camera(self, fps: float = 200) -> Camera: ...
    def look_at_code(self) -> None: ...
    def unplug(self) -> None: ...
    def replug(self) -> None: ...


class SimulatedWorld:
    driver = "simulated"

    def __init__(self, _: Path) -> None:
        self._camera: SimulatedCamera | None = None

    def camera(self, fps: float = 200) -> SimulatedCamera:
        self._camera = SimulatedCamera(width_px=SIZE[0], height_px=SIZE[1], fps=fps)
        self.unplug, self.replug = self._camera.unplug, self._camera.replug
        return self._camera

    def look_at_code(self) -> None:
        assert self._camera is not None
        self._camera.show(pictures.png(pictures.symbol(TOKEN)), 60.0)


class RecordedWorld:
    """Pictures of a code in a place that can be taken away as a whole."""

    driver = "v4l2"

    def __init__(self, folder: Path) -> None:
        self._place = folder / "recording"
        self._away = folder / "away"
        self.record()

    def record(self) -> None:
        raise NotImplementedError

    def camera(self, fps: float = 200) -> V4l2Camera:
        return V4l2Camera(device=str(self._place), width_px=SIZE[0], height_px=SIZE[1], fps=fps)

    def look_at_code(self) -> None:
        """It is in the recording."""

    def unplug(self) -> None:
        self._place.rename(self._away)

    def replug(self) -> None:
        self._away.rename(self._place)


class VideoFileWorld(RecordedWorld):
    def record(self) -> None:
        video = self._place.with_suffix(".avi")
        writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 25, SIZE)
        pixels = cv2.cvtColor(code_scene(), cv2.COLOR_GRAY2BGR)
        for _ in range(20):
            writer.write(pixels)
        writer.release()
        video.rename(self._place)


class PictureFolderWorld(RecordedWorld):
    def record(self) -> None:
        self._place.mkdir()
        (self._place / "about.txt").write_text("not a picture")
        image = Image.fromarray(code_scene())
        for number in range(20):
            mode = ("L", "RGB", "RGBA")[number % 3]
            image.convert(mode).save(self._place / f"frame{number:03d}.png")


def code_scene() -> pictures.Gray:
    return pictures.gray(pictures.scene(pictures.symbol(TOKEN), size=SIZE))


class Witness:
    """Hears of a device's conditions and waits for one."""

    def __init__(self) -> None:
        self._heard = threading.Condition()
        self.conditions: list[DeviceCondition] = []

    def hear(self, health: DeviceHealth) -> None:
        with self._heard:
            self.conditions.append(health.condition)
            self._heard.notify_all()

    def wait_for(self, condition: DeviceCondition, *, after: int = 0) -> int:
        """Wait until `condition` is heard at place `after` or later; the place behind it."""
        with self._heard:
            assert self._heard.wait_for(lambda: condition in self.conditions[after:], LONG_S)
            return self.conditions.index(condition, after) + 1


class CameraContract:
    world_class: Callable[[Path], World]

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return self.world_class(tmp_path)

    @pytest.fixture
    def camera(self, world: World) -> Iterator[Camera]:
        with world.camera() as camera:
            world.look_at_code()
            yield camera

    def test_frames_have_the_size_asked_for_and_carry_their_time(self, camera: Camera) -> None:
        before_ns = time.monotonic_ns()
        frames = [camera.read(LONG_S) for _ in range(4)]
        times = [before_ns, *(frame.captured_ns for frame in frames), time.monotonic_ns()]
        assert times == sorted(times)
        for frame in frames:
            assert (frame.width_px, frame.height_px) == SIZE
            assert frame.gray().shape == SIZE[::-1]
            assert frame.gray().dtype == np.uint8
            with Image.open(io.BytesIO(frame.jpeg())) as image:
                assert (image.format, image.size) == ("JPEG", SIZE)

    def test_what_is_held_up_is_read_from_gray_and_from_jpeg(self, camera: Camera) -> None:
        frame = camera.read(LONG_S)
        with Image.open(io.BytesIO(frame.jpeg())) as image, ZxingDecoder() as decoder:
            assert decoder.decode(frame.gray()) == (QrCode(TOKEN),)
            assert decoder.decode(np.asarray(image.convert("L"))) == (QrCode(TOKEN),)

    def test_a_frame_cannot_be_changed_and_outlives_its_camera(self, camera: Camera) -> None:
        frame = camera.read(LONG_S)
        before = frame.gray().copy()
        with pytest.raises(ValueError, match="read-only"):
            frame.gray()[0, 0] = 0
        camera.read(LONG_S)
        camera.close()
        assert np.array_equal(frame.gray(), before)
        assert frame.jpeg() == frame.jpeg()

    def test_opening_twice_and_closing_twice_is_harmless(self, camera: Camera) -> None:
        camera.open()
        camera.read(LONG_S)
        camera.close()
        camera.close()
        with pytest.raises(DeviceClosed):
            camera.read(LONG_S)
        camera.open()
        assert camera.read(LONG_S).width_px == SIZE[0]

    def test_reading_before_opening(self, world: World) -> None:
        with pytest.raises(DeviceClosed):
            world.camera().read(LONG_S)

    def test_frames_come_at_the_cameras_pace(self, world: World) -> None:
        with world.camera(fps=1) as camera:
            camera.read(LONG_S)
            with pytest.raises(DeviceTimeout):
                camera.read(0.001)

    def test_closing_interrupts_a_read(self, world: World) -> None:
        camera = world.camera(fps=1)
        errors: list[HardwareError] = []
        with camera:
            camera.read(LONG_S)
            reader = threading.Thread(target=lambda: errors.append(read_until_it_fails(camera)))
            reader.start()
        reader.join(LONG_S)
        assert [type(error) for error in errors] == [DeviceClosed]

    def test_unplugged_is_not_closed(self, world: World, camera: Camera) -> None:
        world.unplug()
        error = read_until_it_fails(camera)
        assert isinstance(error, DeviceUnavailable)
        assert error.code == "unplugged"
        camera.close()
        with pytest.raises(DeviceUnavailable) as refused:
            camera.open()
        assert refused.value.code == "unplugged"
        world.replug()
        camera.open()
        assert camera.read(LONG_S).width_px == SIZE[0]

    def test_its_supervisor_reopens_it(self, world: World) -> None:
        witness, feed = Witness(), CameraFeed()
        camera = world.camera()
        supervisor = Supervisor(back_off=BackOff(first_s=0.001, most_s=0.01))
        supervisor.listen(witness.hear)
        supervisor.add("camera", DeviceKind.CAMERA, world.driver, lambda: camera, feed.work)
        supervisor.start()
        try:
            place = witness.wait_for(DeviceCondition.READY)
            assert feed.wait_newer(-1, LONG_S) is not None
            world.unplug()
            place = witness.wait_for(DeviceCondition.FAULT, after=place)
            gone_ns = time.monotonic_ns()
            world.replug()
            witness.wait_for(DeviceCondition.READY, after=place)
            assert feed.wait_newer(gone_ns, LONG_S) is not None
        finally:
            assert supervisor.stop(LONG_S)
        assert feed.latest() is None

    @pytest.mark.parametrize("options", [{"fps": 0}, {"width_px": 0}, {"height_px": 10**6}, {"colour": "red"}])
    def test_bad_options_are_refused(self, world: World, options: dict[str, object]) -> None:
        device = {"device": "/dev/video0"} if world.driver == "v4l2" else {}
        with pytest.raises(BadDriverOptions):
            build(DeviceKind.CAMERA, world.driver, device | options)


class TestSimulatedCamera(CameraContract):
    world_class = SimulatedWorld


class TestVideoFile(CameraContract):
    world_class = VideoFileWorld


class TestPictureFolder(CameraContract):
    world_class = PictureFolderWorld


def read_until_it_fails(camera: Camera) -> HardwareError:
    try:
        for _ in range(1000):
            camera.read(LONG_S)
    except HardwareError as error:
        return error
    raise AssertionError("the camera kept delivering")
