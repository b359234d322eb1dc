"""Turns at the touchscreen: what was typed is kept in memory only, for one touchscreen session, and wiped.

The browser keeps nothing but a random id. A draft ends when its turn is done or cancelled, when nobody has touched
the screen for the set time, and with the process. Time is handed in: monotonic nanoseconds.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from kiosk.services.returning import ReturningVisitor
from web.turns.claims import Collecting
from web.turns.typed import Typed

GRACE_S: Final = 10.0
"""The page counts down and resets itself; the server waits a little longer, as the page reports touches in bundles."""

WAITING_S: Final = 300.0
"""Without a touch for this long while the guard has not answered: the visitor has walked away."""

TICKET_S: Final = 300.0
"""How long a phone can open what the screen shows, if its draft lasts as long."""

TAKEN_S: Final = 600.0
"""Without a sign of the guard who has taken a turn over for this long: they have been called away."""

MAX_DRAFTS: Final = 8
"""One screen has one draft; a few more are left for a browser that was started anew without its cookies."""

_TAKEN_NS: Final = int(TAKEN_S * 1e9)


class Register(StrEnum):
    """The registers that a turn ends in, as the journal's payloads name their entries."""

    VISIT = "visit"
    GOODS = "goods"
    SLIP = "slip"


@dataclass(frozen=True, slots=True)
class Result:
    """What a turn has become.

    Attributes:
        id: the visit's, the goods' or the slip's.
        since_seq: the journal's end just before it was registered; what gate and printer did stands behind it.
    """

    register: Register
    id: str
    since_seq: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave for one phone to go on with a draft, until a moment of the monotonic clock."""

    token: str = field(repr=False)
    until_ns: int


@dataclass(slots=True)
class Draft:
    """One person's turn at the touchscreen.

    Attributes:
        begun_at: when it was begun, by the first touch.
        token: sent with the last button and good once, so that a double tap registers once.
        typed: None once it has been handed to the register, and for whoever signs out or collects.
        offered: who was found by telephone number, until the visitor has said whether that is them.
        leaving_id: the visit whose number was typed, until its visitor has confirmed it.
        collecting: what is known of whoever collects goods.
        result: what it has become; a visit that is signed out is one too.
        ticket: what the screen shows as a QR code, until a phone has opened it.
        form_id: the form on the phone that has opened it.
        taken_by: the guard who goes on with it at the panel, as the journal names actors; empty while it is the
            touchscreen's. One of them owns it, and the other changes nothing.
        lock: held while the draft is handed to the register, and while it changes hands.
    """

    id: str
    touched_ns: int
    begun_at: datetime
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    typed: Typed | None = field(default=None, repr=False)
    offered: ReturningVisitor | None = field(default=None, repr=False)
    leaving_id: str | None = None
    collecting: Collecting | None = None
    result: Result | None = None
    ticket: Ticket | None = None
    form_id: str | None = None
    taken_by: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def at_screen(self) -> Typed | None:
        """What was typed, for the touchscreen's pages: None while the guard has it."""
        return None if self.taken_by else self.typed

    def hand_over(self, result: Result) -> None:
        """Forget what was typed: the register has it."""
        self.typed = None
        self.offered = None
        self.leaving_id = None
        self.taken_by = ""
        self.result = result


class Drafts:
    """The drafts of one touchscreen. Safe to use from any thread."""

    def __init__(self, idle_s: float) -> None:
        self.run = secrets.token_urlsafe(8)
        """Names this run of the box: a browser that knows another has seen a restart."""
        self._idle_ns = int((idle_s + GRACE_S) * 1e9)
        self._waiting_ns = int((max(idle_s, WAITING_S) + GRACE_S) * 1e9)
        self._drafts: dict[str, Draft] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._drafts)

    def resume(self, now_ns: int, now: datetime, result: Result) -> Draft:
        """Begin a draft for what a turn had become before the box started anew."""
        draft = self.begin(now_ns, now)
        draft.result = result
        return draft

    def begin(self, now_ns: int, now: datetime, typed: Typed | None = None) -> Draft:
        """Begin a draft; the one that was touched longest ago makes room when there are too many."""
        with self._lock:
            self._sweep(now_ns)
            while len(self._drafts) >= MAX_DRAFTS:
                ended = min(self._drafts.values(), key=lambda draft: (bool(draft.taken_by), draft.touched_ns))
                del self._drafts[ended.id]
            draft = Draft(secrets.token_urlsafe(16), now_ns, now, typed=typed)
            self._drafts[draft.id] = draft
            return draft

    def get(self, draft_id: str, now_ns: int) -> Draft | None:
        """The draft of that id, None when it was wiped. Looking is not touching."""
        with self._lock:
            self._sweep(now_ns)
            return self._drafts.get(draft_id)

    def typed(self, now_ns: int) -> list[Draft]:
        """The drafts in which somebody types, or the guard in their place, in the order of their first touch."""
        with self._lock:
            self._sweep(now_ns)
            return sorted((draft for draft in self._drafts.values() if draft.typed), key=lambda draft: draft.begun_at)

    def touch(self, draft_id: str, now_ns: int) -> Draft | None:
        """The draft of that id, None when it was wiped; its time begins anew."""
        draft = self.get(draft_id, now_ns)
        if draft is not None:
            draft.touched_ns = max(draft.touched_ns, now_ns)
        return draft

    def make_ticket(self, draft: Draft, now_ns: int) -> str:
        """The token of a new ticket of a draft, in place of the one before."""
        with self._lock:
            draft.ticket = Ticket(secrets.token_urlsafe(16), now_ns + int(TICKET_S * 1e9))
            return draft.ticket.token

    def open_ticket(self, token: str, now_ns: int) -> Draft | None:
        """The draft of a ticket, which is good no more; None when there is no such ticket, or it was opened before."""
        given = token.encode("utf-8", "replace")
        with self._lock:
            self._sweep(now_ns)
            for draft in self._drafts.values():
                ticket = draft.ticket
                if ticket is None or not secrets.compare_digest(ticket.token.encode(), given):
                    continue
                draft.ticket = None
                return draft if now_ns < ticket.until_ns else None
        return None

    def wipe(self, draft_id: str) -> None:
        """End a draft; one that is gone stays so."""
        with self._lock:
            self._drafts.pop(draft_id, None)

    def wipe_all(self) -> None:
        """End every draft."""
        with self._lock:
            self._drafts.clear()

    def sweep(self, now_ns: int) -> None:
        """Wipe every draft whose time is up."""
        with self._lock:
            self._sweep(now_ns)

    def _sweep(self, now_ns: int) -> None:
        for draft in list(self._drafts.values()):
            # A draft that was handed over holds nothing typed; the person may be waiting for the guard's word.
            limit_ns = self._idle_ns if draft.result is None else self._waiting_ns
            if draft.taken_by:
                limit_ns = _TAKEN_NS
            if now_ns - draft.touched_ns >= limit_ns:
                del self._drafts[draft.id]
