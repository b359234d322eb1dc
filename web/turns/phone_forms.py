"""Visits typed on visitors' own phones: kept in memory only, and gone when the touchscreen has taken them over.

A form is begun with a ticket from the touchscreen (`web.turns.draft`), which one phone can open once. It belongs to the
phone, not to the touchscreen's turn: the screen is free for the next visitor meanwhile. When it is sent it gets a code
to be typed at the screen, and a longer key to be held up there as a QR code. Time is handed in: monotonic nanoseconds.
"""

from __future__ import annotations

import base64
import secrets
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from kiosk.domain.attempts import Attempts
from web.turns.typed import TypedVisit

KEPT_S: Final = 900.0
"""How long a form is kept that nobody touches; from when it is sent it lasts as long, touched or not."""

MAX_FORMS: Final = 32
"""More than stand in a queue. Each was begun by a touch at the screen."""

CODE_DIGITS: Final = 6
_KEY_BYTES: Final = 10  # 80 bits: nobody guesses it, and the QR code stays a small one

REQUESTS: Final = 240
WITHIN_S: Final = 60.0
"""What one phone may ask in a while: a quick typist's searches, and no more."""


class FormState(StrEnum):
    """Where a form stands."""

    OPEN = "open"  # being typed
    SENT = "sent"  # its code is good
    TAKEN = "taken"  # the touchscreen goes on with it
    ENDED = "ended"  # somebody went on at the touchscreen instead


@dataclass(slots=True)
class PhoneForm:
    """A visit on one phone.

    Attributes:
        id: what the phone's cookie says.
        language: the code of the language in which it is filled in; the touchscreen goes on in it.
        typed: what it says; replaced as a whole, never changed, and empty once the form is over.
        code: to be typed at the touchscreen, while it is sent.
        key: to be held up there.
    """

    id: str
    touched_ns: int
    language: str
    typed: TypedVisit = field(default_factory=TypedVisit, repr=False)
    state: FormState = FormState.OPEN
    code: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    requests: Attempts = field(default_factory=lambda: Attempts(REQUESTS, WITHIN_S), repr=False)

    def end(self, state: FormState) -> None:
        """Forget what was typed; how it ended is kept, to be told to the phone."""
        self.state = state
        self.typed = TypedVisit()
        self.code = self.key = ""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What the touchscreen has got from a phone."""

    typed: TypedVisit = field(repr=False)
    language: str


class PhoneForms:
    """The forms on phones. Safe to use from any thread."""

    def __init__(self) -> None:
        self._forms: dict[str, PhoneForm] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._forms)

    def begin(self, now_ns: int, language: str) -> PhoneForm:
        """Begin a form; the one that was touched longest ago makes room when there are too many."""
        with self._lock:
            self._sweep(now_ns)
            while len(self._forms) >= MAX_FORMS:
                del self._forms[min(self._forms.values(), key=lambda form: form.touched_ns).id]
            form = PhoneForm(secrets.token_urlsafe(16), now_ns, language)
            self._forms[form.id] = form
            return form

    def get(self, form_id: str, now_ns: int) -> PhoneForm | None:
        """The form of that id, None when it was wiped. Looking is not touching."""
        with self._lock:
            self._sweep(now_ns)
            return self._forms.get(form_id)

    def touch(self, form_id: str, now_ns: int) -> PhoneForm | None:
        """The form of that id, None when it was wiped. The time of one that is being typed begins anew."""
        with self._lock:
            self._sweep(now_ns)
            form = self._forms.get(form_id)
            if form is not None and form.state is FormState.OPEN:
                form.touched_ns = max(form.touched_ns, now_ns)
            return form

    def may_ask(self, form: PhoneForm, now_ns: int) -> bool:
        """Take one of the requests that a phone has in a while; False when there is none left."""
        with self._lock:
            return form.requests.take(now_ns)

    def keep(self, form_id: str, typed: TypedVisit) -> bool:
        """Keep what has been typed so far; False when the form is not being typed any more."""
        with self._lock:
            form = self._open(form_id)
            if form is not None:
                form.typed = typed
            return form is not None

    def speak(self, form_id: str, language: str) -> None:
        """Note the language that a form is filled in now."""
        with self._lock:
            form = self._forms.get(form_id)
            if form is not None:
                form.language = language

    def send(self, form_id: str, typed: TypedVisit, now_ns: int) -> bool:
        """Send a form that is complete: it gets its code. False when it is not being typed any more."""
        with self._lock:
            form = self._open(form_id)
            if form is None:
                return False
            form.typed, form.state, form.touched_ns = typed, FormState.SENT, now_ns
            form.code, form.key = self._new_code(), _new_key()
            return True

    def reopen(self, form_id: str, now_ns: int) -> bool:
        """Let what was sent be changed: its code is good no more. False when the touchscreen has it, or it is gone."""
        with self._lock:
            self._sweep(now_ns)
            form = self._forms.get(form_id)
            if form is None or form.state is not FormState.SENT:
                return False
            form.state, form.code, form.key, form.touched_ns = FormState.OPEN, "", "", now_ns
            return True

    def take(self, code_or_key: str, now_ns: int) -> TakenOver | None:
        """Take over what a phone has sent, once; None when nothing is of that code or key."""
        with self._lock:
            self._sweep(now_ns)
            given = code_or_key.encode("utf-8", "replace")
            form = next((form for form in self._forms.values() if _is_of(form, given)), None)
            if form is None:
                return None
            taken = TakenOver(form.typed, form.language)
            form.end(FormState.TAKEN)
            return taken

    def end(self, form_id: str) -> None:
        """End a form that was not taken over: its visitor goes on at the touchscreen."""
        with self._lock:
            form = self._forms.get(form_id)
            if form is not None and form.state is not FormState.TAKEN:
                form.end(FormState.ENDED)

    def wipe_all(self) -> None:
        """Forget every form."""
        with self._lock:
            self._forms.clear()

    def sweep(self, now_ns: int) -> None:
        """Forget every form whose time is up."""
        with self._lock:
            self._sweep(now_ns)

    def _open(self, form_id: str) -> PhoneForm | None:
        form = self._forms.get(form_id)
        return form if form is not None and form.state is FormState.OPEN else None

    def _new_code(self) -> str:
        taken = {form.code for form in self._forms.values()}
        while True:
            code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
            if code not in taken:
                return code

    def _sweep(self, now_ns: int) -> None:
        for form in list(self._forms.values()):
            if now_ns - form.touched_ns >= int(KEPT_S * 1e9):
                del self._forms[form.id]


def _is_of(form: PhoneForm, given: bytes) -> bool:
    if form.state is not FormState.SENT:
        return False
    # Both are looked at in a time that tells nothing about them.
    is_code = secrets.compare_digest(form.code.encode(), given)
    return secrets.compare_digest(form.key.encode(), given) or is_code


def _new_key() -> str:
    return base64.b32encode(secrets.token_bytes(_KEY_BYTES)).decode()
