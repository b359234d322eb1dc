"""One camera for everybody who looks."""

from __future__ import annotations

import threading
import time
from typing import Self

import pytest

from hardware.camera_feed import STALE_NS, CameraFeed
from hardware.errors import DeviceTimeout, DeviceUnavailable
from hardware.interfaces import Camera, DeviceKind, Frame
from hardware.simulated.camera import SimulatedCamera
from hardware.supervisor import BackOff, DeviceCondition, DeviceHealth, Supervisor

LONG_S = 30.0


class Running:
    """A feed under its supervisor, with a clock that can be moved on."""

    def __init__(self, camera: Camera) -> None:
        self.skipped_ns = 0
        self.feed = CameraFeed(monotonic_ns=self._now_ns)
        self.heard = threading.Condition()
        self.healths: list[DeviceHealth] = []
        self.supervisor = Supervisor(back_off=BackOff(first_s=60, most_s=60))
        self.supervisor.listen(self._hear)
        self.supervisor.add("camera", DeviceKind.CAMERA, "simulated", lambda: camera, self.feed.work)

    def __enter__(self) -> Self:
        self.supervisor.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.supervisor.stop(LONG_S)

    def wait_for_fault(self) -> DeviceHealth:
        with self.heard:
            assert self.heard.wait_for(lambda: self.healths[-1:] and self.healths[-1].code != "", LONG_S)
            assert self.healths[-1].condition is DeviceCondition.FAULT
            return self.healths[-1]

    def _hear(self, health: DeviceHealth) -> None:
        with self.heard:
            self.healths.append(health)
            self.heard.notify_all()

    def _now_ns(self) -> int:
        return time.monotonic_ns() + self.skipped_ns


class MuteCamera(SimulatedCamera):
    """Opens, and delivers nothing after its first frame."""

    reads = 0

    def read(self, timeout_s: float) -> Frame:
        self.reads += 1
        if self.reads > 1:
            raise DeviceTimeout(f"nothing within {timeout_s} s")
        return super().read(timeout_s)


def test_newer_is_newer() -> None:
    with Running(SimulatedCamera(fps=200)) as running:
        first = running.feed.wait_newer(-1, LONG_S)
        assert first is not None
        second = running.feed.wait_newer(first.captured_ns, LONG_S)
        assert second is not None
        assert second.captured_ns > first.captured_ns
        latest = running.feed.latest()
        assert latest is not None
        assert latest.captured_ns >= second.captured_ns


def test_nothing_newer_in_time() -> None:
    with Running(SimulatedCamera(fps=200)) as running:
        first = running.feed.wait_newer(-1, LONG_S)
        assert first is not None
        assert running.feed.wait_newer(first.captured_ns + 10**15, 0.01) is None


def test_nobody_who_looks_slowly_delays_the_others() -> None:
    with Running(SimulatedCamera(fps=200)) as running:
        held_ns = -1
        slow = running.feed.wait_newer(-1, LONG_S)  # a decoder still busy with this frame
        assert slow is not None
        for _ in range(20):
            frame = running.feed.wait_newer(held_ns, LONG_S)
            assert frame is not None
            held_ns = frame.captured_ns
        caught_up = running.feed.wait_newer(slow.captured_ns, LONG_S)
        assert caught_up is not None
        assert caught_up.captured_ns >= held_ns


def test_a_frame_that_has_aged_is_not_live() -> None:
    with Running(SimulatedCamera(fps=1)) as running:
        assert running.feed.wait_newer(-1, LONG_S) is not None
        running.skipped_ns = STALE_NS + 1_100_000_000
        assert running.feed.latest() is None
        assert running.feed.wait_newer(-1, 0.001) is None


def test_an_unplugged_camera_leaves_no_picture_behind() -> None:
    camera = SimulatedCamera(fps=200)
    with Running(camera) as running:
        assert running.feed.wait_newer(-1, LONG_S) is not None
        camera.unplug()
        assert running.wait_for_fault().code == DeviceUnavailable.code
        assert running.feed.latest() is None


def test_nobody_waits_for_a_camera_whose_worker_was_stopped() -> None:
    with Running(SimulatedCamera(fps=200)) as running:
        assert running.feed.wait_newer(-1, LONG_S) is not None
        waiting = threading.Thread(target=running.feed.wait_newer, args=(10**18, 100 * LONG_S), daemon=True)
        waiting.start()
    waiting.join(LONG_S)
    assert not waiting.is_alive()


def test_a_camera_that_falls_silent_is_a_fault() -> None:
    camera = MuteCamera()
    with Running(camera) as running:
        assert running.wait_for_fault().code == DeviceTimeout.code
        assert camera.reads == 3
        assert running.feed.latest() is None


def test_a_feed_without_a_camera_has_nothing() -> None:
    feed = CameraFeed()
    assert feed.latest() is None
    assert feed.wait_newer(-1, 0.001) is None


@pytest.mark.parametrize("watchers", [8])
def test_everybody_sees_the_same_frame(watchers: int) -> None:
    seen: list[Frame | None] = []
    feed = CameraFeed()
    threads = [threading.Thread(target=lambda: seen.append(feed.wait_newer(-1, LONG_S))) for _ in range(watchers)]
    for thread in threads:
        thread.start()
    with SimulatedCamera() as camera:
        frame = camera.read(LONG_S)
        feed._publish(frame)
    for thread in threads:
        thread.join(LONG_S)
    assert seen == [frame] * watchers
