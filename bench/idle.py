"""What a camera costs while nobody is there: CPU time per empty 1280 x 720 frame, beside the decoder's own.

    python -m bench.idle [--seconds N]

The whole path runs as in the appliance (camera, feed, watch, two supervised workers). The frames come from a camera
whose frames are ready-made and differ by noise, so that no frame is cheaper than a real empty one. The decoder's own
time is measured in the same process on the same frames, in turns with the path, so that a busy machine slows both.
Exits with 1 when the median ratio is over the limit.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from hardware import pictures
from hardware.camera_feed import CameraFeed
from hardware.drivers.jpeg_frames import JpegPicture
from hardware.drivers.qr_decoders import ZxingDecoder
from hardware.drivers.v4l2_camera import JpegFrame
from hardware.interfaces import Camera, DeviceKind, Frame, QrCode, QrDecoder
from hardware.simulated.camera import SimulatedCamera
from hardware.supervisor import Supervisor
from kiosk.services.qr_watch import QrWatch

if TYPE_CHECKING:
    from hardware.interfaces import GrayImage

LIMIT = 1.5
FPS = 15
ROUNDS = 7


class ReadyFrame(Frame):
    """A frame whose gray pixels are there already."""

    def __init__(self, pixels: GrayImage) -> None:
        self.captured_ns = time.monotonic_ns()
        self.height_px, self.width_px = pixels.shape
        self._pixels = pixels

    def gray(self) -> GrayImage:
        """See `Frame.gray`."""
        return self._pixels

    def jpeg(self) -> bytes:
        """Nobody asks an idle camera for one."""
        raise NotImplementedError


class NoisyCamera(Camera):
    """Delivers an empty driveway with a sensor's noise, at its pace."""

    def __init__(self, scenes: list[GrayImage]) -> None:
        self._scenes = scenes
        self._closed = threading.Event()
        self.delivered = 0

    def open(self) -> None:
        """See `Device.open`."""
        self._closed.clear()

    def close(self) -> None:
        """See `Device.close`."""
        self._closed.set()

    def read(self, timeout_s: float) -> Frame:
        """See `Camera.read`."""
        self._closed.wait(min(timeout_s, 1 / FPS))
        self.delivered += 1
        return ReadyFrame(self._scenes[self.delivered % len(self._scenes)])


class CountingDecoder(QrDecoder):
    """Counts the frames that reach the decoder."""

    def __init__(self) -> None:
        self._decoder = ZxingDecoder()
        self.quick = self.thorough = 0

    def open(self) -> None:
        """See `Device.open`."""
        self._decoder.open()

    def close(self) -> None:
        """See `Device.close`."""
        self._decoder.close()

    def decode(self, gray: GrayImage, *, thorough: bool = False) -> tuple[QrCode, ...]:
        """See `QrDecoder.decode`."""
        self.thorough += thorough
        self.quick += not thorough
        return self._decoder.decode(gray, thorough=thorough)


def empty_scenes() -> list[GrayImage]:
    with SimulatedCamera() as camera:
        quiet = camera.read(5.0).gray()
    generator = np.random.default_rng(1)
    return [np.clip(quiet + generator.normal(0, 4, quiet.shape), 0, 255).astype(np.uint8) for _ in range(8)]


def path_ms(scenes: list[GrayImage], seconds: float) -> float:
    """CPU milliseconds a frame, of all threads, over the whole path."""
    camera, decoder, feed = NoisyCamera(scenes), CountingDecoder(), CameraFeed()
    watch = QrWatch(feed, lambda _: None)
    supervisor = Supervisor()
    supervisor.add("camera", DeviceKind.CAMERA, "bench", lambda: camera, feed.work)
    supervisor.add("decoder", DeviceKind.DECODER, "bench", lambda: decoder, watch.work)
    supervisor.start()
    assert supervisor.wait_until_settled(10.0)
    counted, started_s = decoder.quick, time.process_time()
    time.sleep(seconds)
    frames, spent_s = decoder.quick - counted, time.process_time() - started_s
    assert supervisor.stop(5.0)
    assert decoder.thorough == 0, "an empty scene was looked at thoroughly"
    assert frames > 0.5 * seconds * FPS, "the watch did not keep up"
    return spent_s / frames * 1000


def paced_ms(work: Callable[[int], object], seconds: float) -> float:
    """CPU milliseconds a call, called at the camera's pace: caches and clock frequency as in the path."""
    spent_s, calls, until_s = 0.0, 0, time.monotonic() + seconds
    while time.monotonic() < until_s:
        time.sleep(1 / FPS)
        started_s = time.process_time()
        work(calls)
        spent_s += time.process_time() - started_s
        calls += 1
    return spent_s / calls * 1000


def gray_ms() -> float:
    """CPU milliseconds for the gray of one Motion-JPEG frame: the camera's cost, on top for a USB camera."""
    with SimulatedCamera() as camera:
        data = camera.read(5.0).jpeg()
    frames = [JpegFrame(JpegPicture(data, 1280, 720), 0) for _ in range(50)]
    started_s = time.process_time()
    for frame in frames:
        frame.gray()
    assert pictures.jpeg_to_gray(data).shape == (720, 1280)
    return (time.process_time() - started_s) / len(frames) * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each of the rounds")
    seconds = parser.parse_args().seconds
    scenes = empty_scenes()
    ratios, floors = [], []
    with ZxingDecoder() as decoder:
        for _ in range(ROUNDS):
            floor = paced_ms(lambda call: decoder.decode(scenes[call % len(scenes)]), seconds)
            whole = path_ms(scenes, seconds)
            floors.append(floor)
            ratios.append(whole / floor)
            print(f"decoder {floor:6.2f} ms   path {whole:6.2f} ms   ratio {whole / floor:.2f}")
    ratio = statistics.median(ratios)
    noise = (max(floors) - min(floors)) / statistics.median(floors)
    print(f"idle_ratio {ratio:.2f} (limit {LIMIT}; rounds {min(ratios):.2f} to {max(ratios):.2f})")
    print(f"machine_noise {noise:.0%} (spread of the decoder's own time)")
    print(f"motion_jpeg_to_gray {gray_ms():.2f} ms a frame, where the camera compresses (not in the ratio)")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
