"""A contactless reader over PC/SC (pyscard on pcsc-lite).

Only pyscard's thin layer is used. Its monitors run in threads of their own that end without a word when pcscd restarts,
and share one context that stays broken from then on (pyscard's issues 27, 82 and 128). Here every opening has its own
context, and the device's worker itself waits in `SCardGetStatusChange`, which returns when a card comes or goes and
fails within milliseconds when pcscd dies.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from smartcard import scard

from hardware.errors import CardGone, DeviceBusy, DeviceClosed, DeviceTimeout, DeviceUnavailable
from hardware.interfaces import UID_LENGTHS, CardEvent, CardPresented, CardReader, CardRemoved, CardUnreadable

GET_UID: Final = bytes.fromhex("FFCA000000")
"""GET DATA, the card's UID (PC/SC part 3, section 3.2.2.1.3)."""

STATUS_OK: Final = (0x90, 0x00)

COUNTER_SHIFT: Final = 16
"""pcsc-lite keeps the number of insertions and removals in the upper half of `dwEventState`.

A card that lies there with none counted was found by pcscd when it found the reader (replugged, pcscd restarted)."""

CANCEL_EVERY_S: Final = 0.05
CLOSE_PATIENCE_S: Final = 1.0
"""How long `close()` waits for a call in another thread to return before it leaves the context to that thread."""

NAMES: Final = {
    getattr(scard, name): name for name in dir(scard) if name.startswith(("SCARD_E_", "SCARD_F_", "SCARD_W_"))
}

CARD_TROUBLE: Final = frozenset(
    {
        scard.SCARD_E_NO_SMARTCARD,
        scard.SCARD_E_NOT_READY,
        scard.SCARD_E_NOT_TRANSACTED,
        scard.SCARD_E_PROTO_MISMATCH,
        scard.SCARD_E_SHARING_VIOLATION,
        scard.SCARD_F_COMM_ERROR,
        scard.SCARD_W_REMOVED_CARD,
        scard.SCARD_W_RESET_CARD,
        scard.SCARD_W_UNPOWERED_CARD,
        scard.SCARD_W_UNRESPONSIVE_CARD,
        scard.SCARD_W_UNSUPPORTED_CARD,
    }
)
"""Results of connecting and transmitting that are about the card, not the reader. pcsc-lite answers
SCARD_F_COMM_ERROR both for a card that fell silent and for its own end: the next wait tells which it was."""

GONE_STATES: Final = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE


class PcscCardReader(CardReader):
    """One reader of those pcscd knows."""

    def __init__(self, reader: str = "") -> None:
        """Choose the reader.

        Args:
            reader: part of its name as `pcsc_scan` shows it; the first reader when empty.

        Raises:
            ValueError: `reader` is not a text.
        """
        if not isinstance(reader, str):
            raise ValueError("reader is part of a reader's name")  # noqa: TRY004 - the factory's convention
        self._wanted = reader
        self._name = ""
        self._lock = threading.Lock()
        self._context: int | None = None
        self._closing = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._known_state = 0
        self._card_lies_there = False
        self._lying_atr: bytes | None = None  # of a card found at the opening and not yet told
        self._next_event: CardEvent | None = None
        self._connection: tuple[int, int] | None = None  # card and protocol, from a `transmit` to the next wait

    def open(self) -> None:
        """See `Device.open`."""
        with self._lock:
            if self._context is not None and not self._closing.is_set():
                return
            if self._context is not None:
                raise DeviceBusy("the card reader is still being closed")
            context = _established()
            try:
                self._name = _chosen(context, self._wanted)
                state, atr = _state_now(context, self._name)
            except BaseException:
                scard.SCardReleaseContext(context)
                raise
            self._context = context
            self._closing.clear()
            self._known_state = state & ~scard.SCARD_STATE_CHANGED
            self._card_lies_there = bool(state & scard.SCARD_STATE_PRESENT)
            self._lying_atr = atr if self._card_lies_there else None
            self._next_event = None

    def close(self) -> None:
        """See `Device.close`.

        A blocked call is woken by `SCardCancel`, repeatedly, for a cancel that comes just before the wait begins has no
        effect. When pcscd itself hangs, cancelling hangs with it: that happens in a thread of its own, `close()`
        returns all the same, and the blocked call gives the context back when it ends.
        """
        with self._lock:
            context = self._context
            if context is None:
                return
            self._closing.set()
        if not self._idle.is_set():
            threading.Thread(target=self._cancel, args=(context,), name="card reader cancel", daemon=True).start()
            self._idle.wait(CLOSE_PATIENCE_S)
        self._give_back()

    def wait_for_event(self, timeout_s: float) -> CardEvent | None:
        """See `CardReader.wait_for_event`."""
        with self._context_in_use() as context:
            self._disconnect()
            return self._wait(context, time.monotonic() + timeout_s)

    def transmit(self, apdu: bytes) -> bytes:
        """See `CardReader.transmit`.

        The connection is made with the first command and kept until the next wait, so that pcscd does not take the
        power from a card in the middle of an authentication. It is shared: should another program speak to the card
        in between, the card breaks the authentication off.
        """
        with self._context_in_use() as context:
            if self._connection is None:
                result, card, protocol = _connected(context, self._name)
                self._require_card(result)
                self._connection = card, protocol
            result, answer = _transmitted(*self._connection, apdu)
            self._require_card(result)
            if len(answer) < len(STATUS_OK):
                self._disconnect()
                raise CardGone("the card gave no answer", vendor_reason=f"{len(answer)} bytes")
            return answer

    @contextmanager
    def _context_in_use(self) -> Iterator[int]:
        """Keep the context from being given back while it is used."""
        with self._lock:
            if self._context is None or self._closing.is_set():
                raise DeviceClosed("the card reader is not open")
            context = self._context
            self._idle.clear()
        try:
            yield context
        finally:
            self._idle.set()
            if self._closing.is_set():
                self._give_back()

    def _require_card(self, result: int) -> None:
        if result == scard.SCARD_S_SUCCESS:
            return
        self._disconnect()
        if result in CARD_TROUBLE:
            raise CardGone("the card was taken away", vendor_reason=NAMES[result])
        if result == scard.SCARD_E_TIMEOUT:
            raise DeviceTimeout("the card reader does not answer", vendor_reason=NAMES[result])
        _require_success(result, "the card reader cannot talk to the card")

    def _disconnect(self) -> None:
        if self._connection is not None:
            card, _ = self._connection
            self._connection = None
            scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)

    def _wait(self, context: int, deadline_s: float) -> CardEvent | None:
        if self._lying_atr is not None:
            atr, self._lying_atr = self._lying_atr, None
            card = _read_card(context, self._name, self._known_state, atr, time.monotonic_ns())
            return replace(card, was_lying=True)
        while True:
            event, self._next_event = self._next_event, None
            if event is not None:
                return event
            remaining_ms = max(0, round((deadline_s - time.monotonic()) * 1000))
            result, states = scard.SCardGetStatusChange(context, remaining_ms, [(self._name, self._known_state)])
            happened_ns = time.monotonic_ns()
            if self._closing.is_set() or result == scard.SCARD_E_CANCELLED:
                raise DeviceClosed("the card reader was closed")
            if result == scard.SCARD_E_TIMEOUT:
                return None
            _require_success(result, "the card reader is gone")
            _, state, atr = states[0]
            if state & GONE_STATES:
                raise DeviceUnavailable("the card reader is unplugged", vendor_reason=f"state 0x{state:08X}")
            event = self._interpret(context, state, bytes(atr), happened_ns)
            if event is not None:
                return event

    def _interpret(self, context: int, state: int, atr: bytes, happened_ns: int) -> CardEvent | None:
        """Make an event of a new state; a second one, of the same state, is left in `_next_event`."""
        is_present = bool(state & scard.SCARD_STATE_PRESENT)
        was_exchanged = (
            is_present and self._card_lies_there and state >> COUNTER_SHIFT != self._known_state >> COUNTER_SHIFT
        )
        was_found = not (state | self._known_state) >> COUNTER_SHIFT
        was_present, self._card_lies_there = self._card_lies_there, is_present
        self._known_state = state & ~scard.SCARD_STATE_CHANGED
        if is_present and (was_exchanged or not was_present):
            card = replace(_read_card(context, self._name, state, atr, happened_ns), was_lying=was_found)
            if was_exchanged:
                self._next_event = card
                return CardRemoved(happened_ns)
            return card
        if was_present and not is_present:
            return CardRemoved(happened_ns)
        return None  # somebody else connected to the card, or let go of it

    def _cancel(self, context: int) -> None:
        while not self._idle.is_set():
            scard.SCardCancel(context)
            self._idle.wait(CANCEL_EVERY_S)

    def _give_back(self) -> None:
        """Release the context, unless a call still uses it."""
        with self._lock:
            if self._context is None or not self._idle.is_set():
                return
            context, self._context = self._context, None
            self._connection = None  # ends with its context
            self._closing.clear()
        scard.SCardReleaseContext(context)


def _read_card(context: int, reader: str, state: int, atr: bytes, presented_ns: int) -> CardPresented | CardUnreadable:
    if state & scard.SCARD_STATE_MUTE:
        return CardUnreadable(atr, "mute", presented_ns)
    uid, reason = _read_uid(context, reader)
    if uid is None:
        return CardUnreadable(atr, reason, presented_ns)
    return CardPresented(uid, atr, presented_ns)


def _read_uid(context: int, reader: str) -> tuple[bytes | None, str]:
    """Ask the card for its UID: the UID, or None and a technical word.

    Shared and without a reset at the end, so that another program of the box may use the card too.
    """
    result, card, protocol = _connected(context, reader)
    if result in CARD_TROUBLE:
        return None, NAMES[result]
    _require_success(result, "the card reader cannot reach the card")
    try:
        result, answer = _transmitted(card, protocol, GET_UID)
    finally:
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
    if result in CARD_TROUBLE:
        return None, NAMES[result]
    _require_success(result, "the card reader cannot talk to the card")
    if len(answer) < 2:
        return None, "no-answer"
    if tuple(answer[-2:]) != STATUS_OK:
        return None, f"SW-{answer[-2:].hex().upper()}"
    uid = answer[:-2]
    if len(uid) not in UID_LENGTHS:
        return None, f"UID-of-{len(uid)}-bytes"
    return uid, ""


def _connected(context: int, reader: str) -> tuple[int, int, int]:
    """Connect to the card: the result, the card and its protocol."""
    result, card, protocol = scard.SCardConnect(
        context, reader, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    )
    return result, card, protocol


def _transmitted(card: int, protocol: int, apdu: bytes) -> tuple[int, bytes]:
    """Send a command to a connected card: the result and the answer."""
    header = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
    result, answer = scard.SCardTransmit(card, header, list(apdu))
    return result, bytes(answer)


def _state_now(context: int, reader: str) -> tuple[int, bytes]:
    """The reader's present state and the ATR of the card on it."""
    result, states = scard.SCardGetStatusChange(context, 0, [(reader, scard.SCARD_STATE_UNAWARE)])
    _require_success(result, "the card reader is gone")
    _, state, atr = states[0]
    if state & GONE_STATES:
        raise DeviceUnavailable("the card reader is unplugged", vendor_reason=f"state 0x{state:08X}")
    return state, bytes(atr)


def _established() -> int:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    _require_success(result, "the card service pcscd is not running")
    return int(context)


def _chosen(context: int, wanted: str) -> str:
    """The name of the first reader that contains `wanted`."""
    result, readers = scard.SCardListReaders(context, [])
    if result == scard.SCARD_E_NO_READERS_AVAILABLE:
        readers = []
    else:
        _require_success(result, "the card service pcscd does not answer")
    for name in readers:
        if wanted in name:
            return str(name)
    raise DeviceUnavailable(
        f"there is no card reader{f' named {wanted!r}' if wanted else ''}", vendor_reason=", ".join(readers) or "none"
    )


def _require_success(result: int, sentence: str) -> None:
    if result != scard.SCARD_S_SUCCESS:
        reason = f"{NAMES.get(result, 'SCARD')} 0x{result & 0xFFFFFFFF:08X}"
        raise DeviceUnavailable(sentence, vendor_reason=reason)
