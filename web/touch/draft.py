"""What a visitor has typed so far: kept in memory only, for one touchscreen session, and wiped.

The browser keeps nothing but a random id. A draft ends when the visit is done or cancelled, when nobody has touched
the screen for the set time, and with the process. Time is handed in: monotonic nanoseconds.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from kiosk.domain.visits import NewVisit, VisitKind
from kiosk.services.returning import ReturningVisitor
from web.touch.place import Place

GRACE_S: Final = 10.0
"""The page counts down and resets itself; the server waits a little longer, as the page reports touches in bundles."""

WAITING_S: Final = 300.0
"""Without a touch for this long while the guard has not answered: the visitor has walked away."""

UNIT: Final = "unit"
"""What the place is called among the inputs that were recalled."""

MAX_DRAFTS: Final = 8
"""One screen has one draft; a few more are left for a browser that was started anew without its cookies."""


@dataclass(slots=True)
class Typed:
    """What the visitor has entered. All of it goes when the draft goes.

    Attributes:
        passed: the steps the visitor has gone through, so that an optional one is not asked again.
        carried: tools to be carried out again, each with how many.
        photo: a JPEG, None while there is none.
        recalled: the inputs, and `unit`, that the last visit filled in: shown masked, and on no page of questions.
        is_returning: the visitor was found by telephone number, whatever has been changed since.
        has_tried: a number was typed; the page that follows is the same whatever became of it.
    """

    kind: VisitKind | None = None
    place: Place = field(default_factory=Place)
    visitor_name: str = ""
    phone: str = ""
    companions: int = 0
    vehicle_plate: str = ""
    purpose: str = ""
    carried: list[tuple[str, int]] = field(default_factory=list)
    photo: bytes | None = field(default=None, repr=False)
    passed: set[str] = field(default_factory=set)
    recalled: set[str] = field(default_factory=set)
    is_returning: bool = False
    has_tried: bool = False

    def forget(self, names: Iterable[str]) -> None:
        """Forget what was filled in from the last visit under these names: it is to be typed."""
        for name in self.recalled.intersection(names):
            if name == UNIT:
                self.place = Place()
            else:
                setattr(self, name, "")
            self.recalled.discard(name)

    def visit(self) -> NewVisit:
        """The visit as typed so far; kind and unit have been chosen."""
        if self.kind is None or self.place.unit is None:
            raise ValueError("the kind and the unit come first")
        return NewVisit(
            kind=self.kind,
            unit=self.place.unit,
            visitor_name=self.visitor_name,
            phone=self.phone,
            companions=self.companions,
            vehicle_plate=self.vehicle_plate,
            purpose=self.purpose,
        )


@dataclass(slots=True)
class Draft:
    """One person's turn at the touchscreen.

    Attributes:
        token: sent with the last button and good once, so that a double tap signs in once.
        typed: None once it has been handed to the register, and for whoever signs out.
        offered: who was found by telephone number, until the visitor has said whether that is them.
        leaving_id: the visit whose number was typed, until its visitor has confirmed it.
        visit_id: the visit that was signed in, or out.
        since_seq: the journal's end just before the gate was asked to open; its outcome stands behind it.
        lock: held while the draft is handed to the register.
    """

    id: str
    touched_ns: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    typed: Typed | None = field(default_factory=Typed, repr=False)
    offered: ReturningVisitor | None = field(default=None, repr=False)
    leaving_id: str | None = None
    visit_id: str | None = None
    since_seq: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def hand_over(self, visit_id: str, since_seq: int) -> None:
        """Forget what was typed: the register has it."""
        self.typed = None
        self.offered = None
        self.leaving_id = None
        self.visit_id = visit_id
        self.since_seq = since_seq


class Drafts:
    """The drafts of one touchscreen. Safe to use from any thread."""

    def __init__(self, idle_s: float) -> None:
        self._idle_ns = int((idle_s + GRACE_S) * 1e9)
        self._waiting_ns = int((max(idle_s, WAITING_S) + GRACE_S) * 1e9)
        self._drafts: dict[str, Draft] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._drafts)

    def begin(self, now_ns: int) -> Draft:
        """Begin a draft; the one that was touched longest ago makes room when there are too many."""
        with self._lock:
            self._sweep(now_ns)
            while len(self._drafts) >= MAX_DRAFTS:
                del self._drafts[min(self._drafts.values(), key=lambda draft: draft.touched_ns).id]
            draft = Draft(secrets.token_urlsafe(16), now_ns)
            self._drafts[draft.id] = draft
            return draft

    def get(self, draft_id: str, now_ns: int) -> Draft | None:
        """The draft of that id, None when it was wiped. Looking is not touching."""
        with self._lock:
            self._sweep(now_ns)
            return self._drafts.get(draft_id)

    def touch(self, draft_id: str, now_ns: int) -> Draft | None:
        """The draft of that id, None when it was wiped; its time begins anew."""
        draft = self.get(draft_id, now_ns)
        if draft is not None:
            draft.touched_ns = max(draft.touched_ns, now_ns)
        return draft

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
            # A draft that became a visit holds nothing typed; the person may be waiting for the guard's word.
            limit_ns = self._idle_ns if draft.visit_id is None else self._waiting_ns
            if now_ns - draft.touched_ns >= limit_ns:
                del self._drafts[draft.id]
