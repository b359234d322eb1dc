"""The watch over a camera's codes. Frames carry their time, so nothing here waits."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pytest

from hardware.camera_feed import CameraFeed
from hardware.drivers.qr_decoders import ZxingDecoder
from hardware.errors import HardwareError
from hardware.interfaces import DeviceKind, Frame, QrCode, QrDecoder
from hardware.simulated.camera import SimulatedCamera
from hardware.supervisor import DeviceCondition, Supervisor
from kiosk.services.qr_watch import MOST_CODES_A_FRAME, MOST_PRESENT, QrPresented, QrWatch
from tests.support import qr_pictures as pictures
from tests.support.qr_pictures import Gray

LONG_S = 30.0
EMPTY = np.full((720, 1280), 90, np.uint8)
CHANGED = np.full((720, 1280), 200, np.uint8)
SECOND = 1_000_000_000


@dataclass
class Still(Frame):
    """A frame of given pixels and time."""

    pixels: Gray
    captured_ns: int
    width_px: int = 1280
    height_px: int = 720

    def gray(self) -> Gray:
        return self.pixels

    def jpeg(self) -> bytes:
        return b""


class ScriptedDecoder(QrDecoder):
    """Finds what it is told to find, and keeps which tries were made; a try takes as long as it is told."""

    def __init__(self) -> None:
        self.finds: tuple[bytes, ...] = ()
        self.finds_thoroughly: tuple[bytes, ...] = ()
        self.error: Exception | None = None
        self.tries: list[bool] = []
        self.while_thorough: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Nothing to load."""

    def close(self) -> None:
        """Nothing to let go."""

    def decode(self, gray: Gray, *, thorough: bool = False) -> tuple[QrCode, ...]:
        assert gray.ndim == 2
        self.tries.append(thorough)
        if self.error is not None:
            raise self.error
        if thorough:
            self.while_thorough()
        return tuple(QrCode(content) for content in (self.finds_thoroughly if thorough else self.finds))


@dataclass
class Scene:
    """A watch with a scripted decoder, a clock and a notebook."""

    now_ns: int = 0
    told: list[QrPresented] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.decoder = ScriptedDecoder()
        self.watch = QrWatch(CameraFeed(), self.told.append, monotonic_ns=lambda: self.now_ns)

    def look(self, at_s: float, *finds: bytes, pixels: Gray = EMPTY) -> None:
        self.decoder.finds = finds
        self.watch.look(self.decoder, Still(pixels, round(at_s * SECOND)))

    def texts(self) -> list[str]:
        return [event.text for event in self.told]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_code_held_up_for_seconds_is_one_event(scene: Scene) -> None:
    for tenth in range(60):
        scene.look(tenth / 10, b"pass")
    assert scene.told == [QrPresented("pass", 0)]


def test_a_trembling_hand_presents_once(scene: Scene) -> None:
    for second in (0, 1, 2.4, 3.8):
        scene.look(second, b"pass")
        scene.look(second + 0.1)
    assert scene.texts() == ["pass"]


def test_a_code_taken_away_and_brought_back_is_a_new_event(scene: Scene) -> None:
    scene.look(0, b"pass")
    scene.look(1.5, b"pass")
    scene.look(3.1, b"pass")
    assert scene.told == [QrPresented("pass", 0), QrPresented("pass", round(3.1 * SECOND))]


def test_two_codes_side_by_side_are_two_events(scene: Scene) -> None:
    scene.look(0, b"one")
    scene.look(1, b"two", b"one")
    scene.look(2, b"one", b"two")
    assert scene.texts() == ["one", "two"]


def test_hostile_contents_are_handed_on_as_text(scene: Scene) -> None:
    contents = (b"\x00\xff\xfe\x1b[2J", b"x" * 3000, b"HTTPS://ELSEWHERE.EXAMPLE/", "\u202e陳".encode(), b"")
    scene.look(0, *contents)
    assert scene.texts() == [content.decode("utf-8", "replace") for content in contents]


def test_a_sheet_of_codes_is_bounded_in_events_and_in_memory(scene: Scene) -> None:
    for frame in range(100):
        scene.look(frame / 100, *(f"{frame} {i}".encode() for i in range(50)))
    assert len(scene.told) == 100 * MOST_CODES_A_FRAME
    assert len(scene.watch._last_seen_ns) <= MOST_PRESENT


def test_an_empty_scene_costs_no_thorough_try(scene: Scene) -> None:
    generator = np.random.default_rng(1)
    for tenth in range(100):
        noise = generator.normal(0, 5, EMPTY.shape).astype(np.int8)
        scene.look(tenth / 10, pixels=(EMPTY + noise).astype(np.uint8))
    assert True not in scene.decoder.tries


def test_something_new_in_the_picture_is_looked_at_thoroughly_once_a_second(scene: Scene) -> None:
    scene.look(0)
    scene.decoder.finds_thoroughly = (b"curled",)
    for tenth in range(10, 30):
        scene.look(tenth / 10, pixels=CHANGED)
    assert scene.decoder.tries.count(True) == 2
    assert scene.texts() == ["curled"]


def test_what_was_read_at_once_needs_no_thorough_try(scene: Scene) -> None:
    scene.look(0)
    scene.look(1, b"pass", pixels=CHANGED)
    assert scene.decoder.tries == [False, False]


def test_what_stays_becomes_background(scene: Scene) -> None:
    scene.look(0)
    for second in range(60):
        scene.look(1 + second, pixels=CHANGED)
    tries_until_then = len(scene.decoder.tries)
    for second in range(60, 70):
        scene.look(1 + second, pixels=CHANGED)
    assert True not in scene.decoder.tries[tries_until_then:]


def test_a_picture_made_to_cost_time_is_tried_less_often(scene: Scene) -> None:
    def take_two_seconds() -> None:
        scene.now_ns += 2 * SECOND

    scene.look(0)
    scene.decoder.while_thorough = take_two_seconds
    for tenth in range(10, 109):
        scene.look(tenth / 10, pixels=CHANGED)
    assert scene.decoder.tries.count(True) == 1


@pytest.mark.parametrize("error", [ValueError("SECRET"), HardwareError("lens cap on"), MemoryError("SECRET")])
def test_a_decoder_that_fails_is_survived_and_quotes_nothing(
    scene: Scene, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    scene.decoder.error = error
    with caplog.at_level(logging.DEBUG):
        for tenth in range(50):
            scene.look(tenth / 10)
    assert len(caplog.records) == 1
    assert "SECRET" not in caplog.text
    scene.decoder.error = None
    scene.look(6, b"pass")
    assert scene.texts() == ["pass"]


def test_an_inbox_that_fails_is_survived_and_quotes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(event: QrPresented) -> None:
        raise RuntimeError(event.text)

    decoder = ScriptedDecoder()
    watch = QrWatch(CameraFeed(), refuse)
    decoder.finds = (b"SECRET",)
    watch.look(decoder, Still(EMPTY, 0))
    watch.look(decoder, Still(EMPTY, SECOND))
    assert len(caplog.records) == 1
    assert "SECRET" not in caplog.text


def test_pictures_of_changing_size_are_survived(scene: Scene) -> None:
    for shape in ((720, 1280), (480, 640), (1, 1), (0, 0), (720, 1280)):
        scene.look(0, b"pass", pixels=np.zeros(shape, np.uint8))
    assert scene.texts() == ["pass"]


class WatchedGate:
    """Camera, feed, decoder and watch as the appliance wires them."""

    def __init__(self) -> None:
        self.camera = SimulatedCamera(fps=50)
        self.feed = CameraFeed()
        self._told: list[str] = []
        self._heard = threading.Condition()
        self.watch = QrWatch(self.feed, self.hear)
        self.supervisor = Supervisor()
        self.supervisor.add("camera", DeviceKind.CAMERA, "simulated", lambda: self.camera, self.feed.work)
        self.supervisor.add("decoder", DeviceKind.DECODER, "zxing", ZxingDecoder, self.watch.work)

    def hear(self, event: QrPresented) -> None:
        with self._heard:
            self._told.append(event.text)
            self._heard.notify_all()

    def wait_for(self, texts: Iterable[str]) -> bool:
        with self._heard:
            return self._heard.wait_for(lambda: set(texts) <= set(self._told), LONG_S)


def test_what_is_held_up_to_a_camera_is_told_whatever_came_before_it() -> None:
    gate = WatchedGate()
    generator = random.Random(2)  # noqa: S311 - content, not a secret
    hostile = [generator.randbytes(2_000), b"\x00\x1b[2J\x07", b"HTTPS://ELSEWHERE.EXAMPLE/?X=" + b"A" * 900]
    gate.supervisor.start()
    try:
        for content in hostile:
            gate.camera.show(pictures.png(pictures.symbol(content, module_px=4)), 60.0)
            assert gate.wait_for([content.decode("utf-8", "replace")])
        sheet = pictures.scene(*(pictures.symbol(f"code {i}".encode(), module_px=4) for i in range(6)))
        gate.camera.show(pictures.jpeg(sheet), 60.0)
        assert gate.wait_for(f"code {i}" for i in range(6))
        curled = pictures.scene(pictures.curled(pictures.symbol(b"CURLED RECEIPT " * 6), bulge=0.03))
        gate.camera.show(pictures.png(curled), 60.0)
        assert gate.wait_for(["CURLED RECEIPT " * 6])
        assert all(health.condition is DeviceCondition.READY for health in gate.supervisor.health())
        assert gate.watch.beat_ns > 0
    finally:
        assert gate.supervisor.stop(LONG_S)
