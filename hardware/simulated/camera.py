"""A camera without a camera: somebody who looks into it, until something else is held up to it."""

from __future__ import annotations

import io
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from hardware import pictures
from hardware.errors import DeviceClosed, DeviceTimeout, DeviceUnavailable
from hardware.interfaces import Camera, Frame

if TYPE_CHECKING:
    from hardware.interfaces import GrayImage

SHOWN_S: Final = 1.5
"""How long a picture is held up: a hand's time, and several frames at the slowest rate."""

MAX_SHOWN_S: Final = 60.0


class _Scene:
    """What the camera looks at. Frames of one scene share its conversions: an idle camera computes nothing."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image

    @cached_property
    def gray(self) -> GrayImage:
        return pictures.frozen(np.asarray(self._image.convert("L")))

    @cached_property
    def jpeg(self) -> bytes:
        data = io.BytesIO()
        self._image.save(data, "JPEG", quality=85)
        return data.getvalue()


@dataclass(frozen=True, slots=True)
class SimulatedFrame(Frame):
    """One picture of a scene."""

    captured_ns: int
    width_px: int
    height_px: int
    scene: _Scene

    def gray(self) -> GrayImage:
        """See `Frame.gray`."""
        return self.scene.gray

    def jpeg(self) -> bytes:
        """See `Frame.jpeg`."""
        return self.scene.jpeg


class SimulatedCamera(Camera):
    """Obeys the rules of the real driver; the methods below "the world" act as the people before it.

    All methods may be called from any thread.
    """

    def __init__(self, *, width_px: int = 1280, height_px: int = 720, fps: float = 10) -> None:
        if not (16 <= width_px <= 7680 and 16 <= height_px <= 4320):
            raise ValueError("a frame is 16 x 16 to 7680 x 4320 pixels")
        if not 1 <= fps <= 1000:
            raise ValueError("fps is a number from 1 to 1000")
        self._size = (int(width_px), int(height_px))
        self._period_s = 1 / fps
        self._changed = threading.Condition()
        self._is_open = False
        self._unplugged = False
        self._due_s = 0.0
        self._idle = _Scene(_quiet_picture(self._size))
        self._shown: _Scene | None = None
        self._shown_until_s = 0.0

    def open(self) -> None:
        """See `Device.open`."""
        with self._changed:
            if self._unplugged:
                raise DeviceUnavailable("the simulated camera is unplugged")
            self._is_open = True

    def close(self) -> None:
        """See `Device.close`."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()

    def read(self, timeout_s: float) -> Frame:
        """See `Camera.read`. A picture just held up is delivered at once, not at the next frame's time."""
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            while True:
                self._require_open()
                now_s = time.monotonic()
                if now_s >= self._due_s:
                    self._due_s = now_s + self._period_s
                    return self._frame(now_s)
                if now_s >= deadline_s:
                    raise DeviceTimeout("the simulated camera delivered no picture in time")
                self._changed.wait(min(self._due_s, deadline_s) - now_s)

    # --- the world ---

    def show(self, image_bytes: bytes, duration_s: float = SHOWN_S) -> int:
        """Hold a PNG or JPEG up to the camera for `duration_s` seconds; it replaces what was held up before.

        The picture is fitted into the frame, with gray bars where its shape differs.

        Returns:
            `time.monotonic_ns()` of the moment it was held up; frames that show it are captured later.

        Raises:
            ValueError: it is not a picture, it is damaged, or has too many pixels; or the time is not within (0, 60].
        """
        if not 0 < duration_s <= MAX_SHOWN_S:
            raise ValueError(f"a picture is held up for more than 0 and at most {MAX_SHOWN_S:g} seconds")
        scene = _Scene(ImageOps.pad(pictures.read_colour(image_bytes), self._size, color="gray"))
        with self._changed:
            shown_ns = time.monotonic_ns()
            self._shown = scene
            self._shown_until_s = time.monotonic() + duration_s
            self._due_s = 0.0
            self._changed.notify_all()
        return shown_ns

    def unplug(self) -> None:
        """Pull the cable: a read that waits fails, and so does opening, until `replug()`."""
        with self._changed:
            self._unplugged = True
            self._changed.notify_all()

    def replug(self) -> None:
        """Put the cable back. The camera must be opened again."""
        with self._changed:
            if self._unplugged:
                self._unplugged = self._is_open = False

    @property
    def unplugged(self) -> bool:
        """Whether the cable is out."""
        return self._unplugged

    def _require_open(self) -> None:
        if self._unplugged:
            raise DeviceUnavailable("the simulated camera was unplugged")
        if not self._is_open:
            raise DeviceClosed("the simulated camera is not open")

    def _frame(self, now_s: float) -> Frame:
        if self._shown is not None and now_s >= self._shown_until_s:
            self._shown = None
        return SimulatedFrame(time.monotonic_ns(), *self._size, self._shown or self._idle)


def _quiet_picture(size: tuple[int, int]) -> Image.Image:
    """Draw what the camera sees all day: a driveway's soft gradient, and somebody who looks into the camera.

    A face finder takes the face for one (`tests/contract/test_photo_meter_contract.py`), so that whoever tries the
    touchscreen out sees what visitors see.
    """
    tones = Image.linear_gradient("L").resize(size)
    picture = ImageOps.colorize(tones, black="#8fa3b5", white="#4d5a63")
    _draw_somebody(ImageDraw.Draw(picture), size)
    ImageDraw.Draw(picture).text(
        (size[0] // 2, size[1] * 93 // 100),
        "camera simulated",
        fill="#a9bccb",
        font=ImageFont.load_default(size[1] // 18 + 8),
        anchor="mm",
    )
    return picture


def _draw_somebody(draw: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    """Draw head and shoulders in the middle. Lengths are hundredths of the picture's height, from between the eyes."""
    part_px, middle_px, eyes_px = size[1] / 100, size[0] / 2, size[1] * 0.46

    def at(x: float, y: float) -> tuple[float, float]:
        return (middle_px + x * part_px, eyes_px + y * part_px)

    def oval(x: float, y: float, half_width: float, half_height: float, fill: str) -> None:
        draw.ellipse((at(x - half_width, y - half_height), at(x + half_width, y + half_height)), fill=fill)

    oval(0, 62, 44, 34, "#35506b")  # shoulders
    draw.rectangle((at(-8, 14), at(8, 34)), fill="#b98f70")  # neck
    oval(0, -6, 22.5, 27, "#2e241e")  # hair
    oval(0, 0, 19, 25, "#d8ae8c")  # face
    for side in (-8.2, 8.2):
        oval(side, -4, 5.6, 3.6, "#a87f62")
        draw.line((at(side - 5, -9), at(side + 5, -9)), fill="#3a2c22", width=max(1, int(1.8 * part_px)))
        oval(side, -4, 3.8, 1.9, "#efe6dc")
        oval(side, -4, 1.9, 1.9, "#20170f")
    draw.polygon((at(-1.5, -3), at(1.5, -3), at(3.6, 6), at(-3.6, 6)), fill="#cda07e")  # nose
    oval(0, 6, 3.6, 1.3, "#a87f62")
    oval(0, 13, 6.5, 1.6, "#8a4a42")  # mouth
