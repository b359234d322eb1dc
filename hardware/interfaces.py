"""What the appliance may ask of a device, and the values devices hand back.

Every device follows one life: constructed with its options (no I/O), `open()`, used by the one worker thread
that owns it, `close()`. All methods raise members of `hardware.errors` only. Times ending in `_ns` are
`time.monotonic_ns()`; they order events and measure spans, and mean nothing across a restart.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    GrayImage = NDArray[np.uint8]

MAX_PULSE_S: Final = 10.0
"""Longest pulse a relay accepts. A barrier's controller needs half a second; ten would hold any gate."""


class DeviceKind(StrEnum):
    """The kinds of device a lane or the appliance can have."""

    RELAY = "relay"
    INPUTS = "inputs"
    READER = "reader"
    CAMERA = "camera"
    DECODER = "decoder"
    PHOTO_METER = "photo-meter"
    PRINTER = "printer"


class Device(ABC):
    """The life every device shares. Not thread-safe unless a method says so."""

    @abstractmethod
    def open(self) -> None:
        """Take hold of the device. Calling it on an open device does nothing.

        Raises:
            DeviceUnavailable: it is not there.
            DeviceBusy: somebody else holds it.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go, and interrupt a call that blocks in another thread. Never raises; may be called twice."""

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


# --- the gate -------------------------------------------------------------------------------------------------


class RelayState(StrEnum):
    """What a relay is known to do at this moment."""

    CLOSED = "closed"  # the device is not open; nothing is known
    RELEASED = "released"
    ENERGISED = "energised"
    HELD = "held"  # energised until somebody ends it
    STUCK = "stuck"  # a release failed: somebody must look


class GateRelay(Device):
    """The contact that makes a barrier rise. `open()` takes the line and releases it in one step."""

    @abstractmethod
    def pulse(self, duration_s: float, *, on_energised: Callable[[int], None] | None = None) -> None:
        """Energise the gate for `duration_s` seconds, then release it.

        Blocks for the whole pulse: call it from the gate's worker, never from a web request. A second call while
        a pulse runs raises `DeviceBusy` rather than prolonging it. The relay is released even when the wait is
        interrupted (`close()`, KeyboardInterrupt, SystemExit); if the release itself fails, `DeviceUnavailable` is
        raised and `state()` says STUCK until the next open.

        Args:
            on_energised: called once with `time.monotonic_ns()` right after the contact closed, in this thread.

        Raises:
            ValueError: `duration_s` is not within (0, 10].
        """

    @abstractmethod
    def hold(self) -> None:
        """Energise the gate until `end_hold()`. Callable from any thread, at once, also while a pulse runs.

        Only for a fire: nobody knows how long people need to get out, so unlike a pulse it has no bound, and a gate
        left open is the lesser harm. Once more does nothing. Pulses may go on meanwhile, and end without a release.
        `close()` and the end of the process release the relay all the same: a way out that has to open without this
        program is a matter of wiring.

        Raises:
            DeviceClosed, DeviceUnavailable: it is not held.
        """

    @abstractmethod
    def end_hold(self) -> None:
        """Release a held gate, or leave it to the pulse that runs. Callable from any thread; else it does nothing.

        Raises:
            DeviceUnavailable: the release failed, and `state()` says STUCK.
        """

    @abstractmethod
    def state(self) -> RelayState:
        """Tell the relay's state. Callable from any thread; never blocks, never raises."""

    def check(self) -> None:
        """Raise when the device is known to be gone. Called by its worker between pulses."""


class GateInput(StrEnum):
    """The wires that come back from a gate. True means: pressed, gate open, fire, vehicle present."""

    EXIT_BUTTON = "exit_button"
    CONTACT = "contact"
    FIRE = "fire"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class InputChanged:
    """An input went on or off."""

    input: GateInput
    active: bool
    changed_ns: int


class GateInputs(Device):
    """The inputs of one lane. Only those named in the settings exist."""

    @abstractmethod
    def state(self) -> Mapping[GateInput, bool]:
        """Tell every wired input's present state. Callable from any thread while open."""

    @abstractmethod
    def wait_for_change(self, timeout_s: float) -> InputChanged | None:
        """Block until an input changes; None when `timeout_s` passed. Changes queue in order, none is lost.

        The states found at `open()` are not changes: what was so before is not news.
        """


# --- the card reader ------------------------------------------------------------------------------------------


UID_LENGTHS: Final = frozenset({4, 7, 10})
"""Bytes a contactless card's UID may have: single, double and triple size (ISO/IEC 14443-3, section 6.5.4)."""


@dataclass(frozen=True, slots=True)
class CardPresented:
    """A card was put down and told its UID (4, 7 or 10 bytes, ISO/IEC 14443-3).

    `was_lying` marks the card that lay on the reader when it was opened: nobody has just put it down.
    """

    uid: bytes
    atr: bytes
    presented_ns: int
    was_lying: bool = False


@dataclass(frozen=True, slots=True)
class CardUnreadable:
    """A card was put down and would not tell a UID; `reason` is a short technical word. Else as `CardPresented`."""

    atr: bytes
    reason: str
    presented_ns: int
    was_lying: bool = False


@dataclass(frozen=True, slots=True)
class CardRemoved:
    """The card was taken away."""

    removed_ns: int


CardEvent = CardPresented | CardUnreadable | CardRemoved


class CardReader(Device):
    """A contactless reader. One card at a time."""

    @abstractmethod
    def wait_for_event(self, timeout_s: float) -> CardEvent | None:
        """Block until a card comes or goes; None when `timeout_s` passed.

        `presented_ns` is taken when the reader reported the card, before its UID was read. A card that lies there
        when the reader is opened is reported once, marked `was_lying`.

        Raises:
            DeviceUnavailable: the reader or its service is gone. Close and reopen.
        """

    @abstractmethod
    def transmit(self, apdu: bytes) -> bytes:
        """Send a command to the card that lies there and return its answer, the two status bytes at its end.

        Command and answer as in ISO/IEC 7816-4, section 5. Belongs between a `CardPresented` and the next
        `wait_for_event`, in the same thread: the card keeps what one command set up (the application selected, an
        authentication begun) until then. What the card refuses is an answer, not an error.

        Raises:
            CardGone: there is no card, or it left or fell silent meanwhile.
            DeviceTimeout: the reader gave no answer in its own time.
            DeviceUnavailable: the reader or its service is gone. Close and reopen.
        """


# --- the camera -----------------------------------------------------------------------------------------------


class Frame(ABC):
    """One picture. Immutable and safe to share between threads; conversions are made when first asked for."""

    captured_ns: int
    width_px: int
    height_px: int

    @abstractmethod
    def gray(self) -> GrayImage:
        """The picture as a read-only array of shape (height_px, width_px), dtype uint8."""

    @abstractmethod
    def jpeg(self) -> bytes:
        """The picture as a baseline JPEG, in colour where the camera has colour."""


class Camera(Device):
    """A camera that delivers frames at its own pace."""

    @abstractmethod
    def read(self, timeout_s: float) -> Frame:
        """Block for the next frame.

        Raises:
            DeviceTimeout: no frame came within `timeout_s`.
            DeviceUnavailable: the stream has ended or the camera is gone. Close and reopen.
        """


@dataclass(frozen=True, slots=True)
class QrCode:
    """One code found in a picture. `content` is what the symbol carries, of any kind and up to 3 kB."""

    content: bytes

    @property
    def text(self) -> str:
        """The content as UTF-8, foreign bytes replaced. Never raises."""
        return self.content.decode("utf-8", errors="replace")


class QrDecoder(Device):
    """Finds QR codes. Pure computation: opening one only loads its library. Safe to use from one thread."""

    @abstractmethod
    def decode(self, gray: GrayImage, *, thorough: bool = False) -> tuple[QrCode, ...]:
        """Find the codes in a gray picture of any size; an empty tuple when there is none.

        Args:
            thorough: spend several times the effort on a picture in which nothing was found at once.
        """


@dataclass(frozen=True, slots=True)
class PhotoMeasures:
    """What a picture is like, of its largest face or, where it has none, of the whole.

    Attributes:
        brightness: mean gray, 0 to 255.
        sharpness: variance of the Laplacian over that of the gray values, of the face at 96 x 96 pixels.
        faces: side of each face's square as a part of the picture's shorter side, the largest first.
    """

    brightness: float
    sharpness: float
    faces: tuple[float, ...]


class PhotoMeter(Device):
    """Measures pictures of faces. Pure computation: opening one only loads its library. For one thread at a time."""

    @abstractmethod
    def measure(self, gray: GrayImage) -> PhotoMeasures:
        """Measure a gray picture of any size.

        Raises:
            DeviceClosed: it is not open.
        """


# --- the printer ----------------------------------------------------------------------------------------------


class PrinterState(StrEnum):
    """What a printer says of itself."""

    READY = "ready"
    OUT_OF_PAPER = "out-of-paper"
    COVER_OPEN = "cover-open"
    OFFLINE = "offline"
    UNPLUGGED = "unplugged"


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture of one bit a dot: rows from the top, eight dots a byte, leftmost dot highest, 1 prints black.

    Raises:
        ValueError: `width_dots` is no multiple of 8 or `rows` has not `width_dots // 8 * height_dots` bytes.
    """

    width_dots: int
    height_dots: int
    rows: bytes

    def __post_init__(self) -> None:
        if self.width_dots <= 0 or self.width_dots % 8 or self.height_dots <= 0:
            raise ValueError("a raster is a positive multiple of 8 dots wide and at least one dot high")
        if len(self.rows) != self.width_dots // 8 * self.height_dots:
            raise ValueError("the rows do not fill the raster")


class ReceiptPrinter(Device):
    """A printer of receipts, as wide as `width_dots` (384 for 58 mm paper, 576 for 80 mm)."""

    width_dots: int

    @abstractmethod
    def status(self) -> PrinterState:
        """Ask the printer how it is. Blocks for at most two seconds; UNPLUGGED instead of raising when it is gone."""

    @abstractmethod
    def print_raster(self, raster: Raster) -> None:
        """Print, feed and cut; return when the printer has taken it all and still says it is ready.

        Raises:
            OutOfPaper, CoverOpen, PrinterNotReady, DeviceUnavailable: nothing was printed.
            PrintUncertain: some of it was sent, and what became of it is not known.
            ValueError: the raster is wider than the paper.
        """
