"""A camera under Video4Linux by OpenCV; in its place a video file or a folder of numbered pictures."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hardware import pictures
from hardware.drivers.jpeg_frames import JpegPicture, whole_jpeg
from hardware.drivers.opencv import cv2
from hardware.errors import DeviceClosed, DeviceTimeout, DeviceUnavailable
from hardware.interfaces import Camera, Frame

if TYPE_CHECKING:
    from hardware.interfaces import GrayImage

MJPG: Final = cv2.VideoWriter.fourcc(*"MJPG")
PICTURE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg"})
JPEG_QUALITY: Final = 85
RELEASE_WAIT_S: Final = 2.0
"""How long `close()` waits for a read in another thread; after that the reading thread lets go of the device."""


class JpegFrame(Frame):
    """A frame the camera compressed by itself: its JPEG costs nothing, and gray is decoded without the colours."""

    def __init__(self, picture: JpegPicture, captured_ns: int) -> None:
        self.captured_ns = captured_ns
        self.width_px = picture.width_px
        self.height_px = picture.height_px
        self._jpeg = picture.data
        self._gray: GrayImage | None = None

    def gray(self) -> GrayImage:
        """See `Frame.gray`. Black when the frame was damaged on the cable: there is nothing to be seen in it."""
        gray = self._gray
        if gray is None:
            try:
                gray = pictures.jpeg_to_gray(self._jpeg)
            except ValueError:
                gray = pictures.frozen(np.zeros((self.height_px, self.width_px), np.uint8))
            self._gray = gray
        return gray

    def jpeg(self) -> bytes:
        """See `Frame.jpeg`."""
        return self._jpeg


class BgrFrame(Frame):
    """A frame as OpenCV decoded it: (height, width) gray, or with 3 or 4 channels, blue first."""

    def __init__(self, pixels: Any, captured_ns: int) -> None:
        self.captured_ns = captured_ns
        self.height_px, self.width_px = (int(side) for side in pixels.shape[:2])
        self._pixels = pixels
        self._gray: GrayImage | None = None
        self._jpeg: bytes | None = None

    def gray(self) -> GrayImage:
        """See `Frame.gray`."""
        gray = self._gray
        if gray is None:
            channels = 1 if self._pixels.ndim == 2 else self._pixels.shape[2]
            conversion = {3: cv2.COLOR_BGR2GRAY, 4: cv2.COLOR_BGRA2GRAY}.get(channels)
            plain = self._pixels if conversion is None else cv2.cvtColor(self._pixels, conversion)
            gray = self._gray = pictures.frozen(plain.reshape(self.height_px, self.width_px))
        return gray

    def jpeg(self) -> bytes:
        """See `Frame.jpeg`."""
        jpeg = self._jpeg
        if jpeg is None:
            _, encoded = cv2.imencode(".jpg", self._pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            jpeg = self._jpeg = encoded.tobytes()
        return jpeg


class V4l2Camera(Camera):
    """A USB camera, or whatever else Video4Linux knows.

    A V4L2 camera is asked for Motion-JPEG and its frames are kept as they come; where it has none, OpenCV converts.
    Recorded pictures pass through the same `cv2.VideoCapture`, at `fps`, and their end is the cable pulled out.

    Args:
        device: `/dev/v4l/by-id/...` (survives replugging; `/dev/video0` may be renumbered), a video file, a pattern
            such as `frame%03d.png`, or a folder of pictures numbered without gaps, the first by name first.
    """

    def __init__(self, *, device: str, width_px: int = 1280, height_px: int = 720, fps: float = 15) -> None:
        if not device:
            raise ValueError("device is a path")
        if not (16 <= width_px <= 7680 and 16 <= height_px <= 4320):
            raise ValueError("a frame is 16 x 16 to 7680 x 4320 pixels")
        if not 1 <= fps <= 1000:
            raise ValueError("fps is a number from 1 to 1000")
        self._device = device
        self._size = (int(width_px), int(height_px))
        self._period_s = 1 / fps
        self._is_live = device.startswith("/dev/")
        self._lock = threading.Lock()  # held by whoever is inside OpenCV: releasing under a read would crash it
        self._closing = threading.Event()
        self._capture: cv2.VideoCapture | None = None
        self._is_jpeg = False
        self._due_s = 0.0

    def open(self) -> None:
        """See `Device.open`. OpenCV does not tell a camera that is held by another program from a broken one."""
        with self._lock:
            if self._capture is not None:
                return
            path, backend = self._source()
            if not (os.access(path, os.R_OK) or "%" in path):
                reason = "permission denied" if Path(path).exists() else "no such file"
                raise DeviceUnavailable("the camera is not there", vendor_reason=f"{path}: {reason}")
            capture = cv2.VideoCapture(path, backend)
            if not capture.isOpened():
                capture.release()
                raise DeviceUnavailable(
                    "the camera cannot be opened; another program may hold it", vendor_reason=f"OpenCV: {path}"
                )
            self._is_jpeg = self._is_live and self._ask_for_jpeg(capture)
            self._capture = capture
            self._due_s = 0.0
            self._closing.clear()

    def close(self) -> None:
        """See `Device.close`. A read in another thread ends at once, or within a second if the camera hangs."""
        self._closing.set()
        if self._lock.acquire(timeout=RELEASE_WAIT_S):
            try:
                self._release()
            finally:
                self._lock.release()

    def read(self, timeout_s: float) -> Frame:
        """See `Camera.read`. A live camera is waited for in steps of one second: so long is OpenCV's own wait."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            if not self._is_live:
                self._keep_pace(deadline_s)
            pixels, captured_ns = self._grab()
            if not self._is_jpeg:
                return BgrFrame(pixels, captured_ns)
            picture = whole_jpeg(pixels.tobytes())
            if picture is not None:
                return JpegFrame(picture, captured_ns)
            if time.monotonic() >= deadline_s:
                raise DeviceTimeout("the camera delivers damaged pictures only")

    def _source(self) -> tuple[str, int]:
        if self._is_live:
            return self._device, cv2.CAP_V4L2
        if "%" in self._device:
            return self._device, cv2.CAP_IMAGES
        folder = Path(self._device)
        if not folder.is_dir():
            return self._device, cv2.CAP_FFMPEG
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
        if not found:
            raise DeviceUnavailable("the folder holds no pictures", vendor_reason=self._device)
        return str(found[0]), cv2.CAP_IMAGES

    def _ask_for_jpeg(self, capture: cv2.VideoCapture) -> bool:
        capture.set(cv2.CAP_PROP_FOURCC, MJPG)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
        capture.set(cv2.CAP_PROP_FPS, 1 / self._period_s)
        if int(capture.get(cv2.CAP_PROP_FOURCC)) != MJPG:
            return False
        capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        return not capture.get(cv2.CAP_PROP_CONVERT_RGB)

    def _keep_pace(self, deadline_s: float) -> None:
        """Wait until the next recorded picture is due."""
        wait_s = min(self._due_s, deadline_s) - time.monotonic()
        if wait_s > 0 and self._closing.wait(wait_s):
            raise DeviceClosed("the camera was closed")
        now_s = time.monotonic()
        if now_s < self._due_s:
            raise DeviceTimeout("the camera delivered no picture in time")
        self._due_s = now_s + self._period_s

    def _grab(self) -> tuple[Any, int]:
        with self._lock:
            if self._closing.is_set():
                self._release()
            capture = self._capture
            if capture is None:
                raise DeviceClosed("the camera is not open")
            try:
                ok, pixels = capture.read()
            except cv2.error as error:
                raise DeviceUnavailable("the camera failed", vendor_reason=error) from error
            captured_ns = time.monotonic_ns()
            if self._closing.is_set():
                self._release()
                raise DeviceClosed("the camera was closed")
            if not ok:
                # After an error of the stream OpenCV says so at once and for ever: only reopening helps.
                there = "stopped delivering pictures" if Path(self._device).exists() else "was unplugged"
                raise DeviceUnavailable(f"the camera {there}", vendor_reason=f"OpenCV: no frame from {self._device}")
            return pixels, captured_ns

    def _release(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None
