"""Somebody who is typing at the touchscreen, and going on in their place: one owner at a time, the screen or a guard.

Until a guard takes a turn over, the panel tells where it stands and since when, and nothing of what was typed. Then the
panel's ordinary form is filled in with it; what that registers is shown at the touchscreen as if it were typed there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from flask import Response, abort, redirect, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from kiosk.domain.roles import Permission, may
from kiosk.domain.service_times import Turn as ServedTurn
from kiosk.errors import Conflict, NotFound
from web.access import appliance
from web.panel.answers import done
from web.panel.at_lanes import picture_now
from web.panel.blueprint import bp, current_user, needs
from web.panel.turn_words import STEP_LABELS, WAY_LABELS
from web.turns import drafts
from web.turns.draft import Draft, Register, Result
from web.turns.steps import first_open
from web.turns.typed import Typed, TypedVisit, Way

T = TypeVar("T", bound=Typed)

FROM_TURN: Final = "turn"
"""In a form's choice of pictures: the photo that was taken at the touchscreen."""

_FORMS: Final[Mapping[Way, tuple[str, Permission]]] = {
    Way.SIGN_IN: ("panel.show_sign_in", Permission.ADMIT),
    Way.GOODS_IN: ("panel.show_new_goods", Permission.MANAGE_GOODS),
    Way.TAKE_OUT: ("panel.show_new_slip", Permission.MANAGE_SLIPS),
}
"""By way, the page that goes on with it, and what whoever sends its form has to be allowed."""


@dataclass(frozen=True, slots=True)
class TurnLine:
    """A turn as the shift's screen tells it: nothing of what was typed.

    Attributes:
        taken_by: the guard who has it, in the journal's words; empty while the touchscreen has.
        form: where whoever is logged in goes on with it; empty when another guard has it, or they may not.
    """

    id: str
    way: LazyString
    step: LazyString
    begun_at: datetime
    taken_by: str
    form: str


@dataclass(frozen=True, slots=True)
class Turn(Generic[T]):
    """A turn that the guard of this request has taken over."""

    draft: Draft
    typed: T
    since_seq: int

    @property
    def id(self) -> str:
        """The draft's."""
        return self.draft.id

    @property
    def begun_at(self) -> datetime:
        """When it was begun at the touchscreen."""
        return self.draft.begun_at

    @property
    def served(self) -> ServedTurn:
        """The same as service times know it: from the first touch, whoever ends it."""
        return ServedTurn(self.draft.begun_at, isinstance(self.typed, TypedVisit) and self.typed.is_returning)

    def finish(self, register: Register, record_id: str) -> None:
        """Let the touchscreen show what it has become; the caller holds the draft's lock (`finishing`)."""
        self.draft.hand_over(Result(register, record_id, self.since_seq))


@bp.post("/turns/<turn_id>/take")
@needs(Permission.ADMIT)
def take_turn(turn_id: str) -> AnyResponse:
    """Take a turn over and go to its form."""
    draft, typed = _find(turn_id)
    endpoint, permission = _FORMS[typed.way]
    actor = current_user().actor
    if not may(current_user().role, permission):
        abort(403)
    with draft.lock:
        if draft.typed is None or draft.taken_by not in {"", actor}:
            raise Conflict("turn-gone", "Somebody else has the turn, or it has ended.")
        if not draft.taken_by:
            draft.taken_by = actor
            appliance().guard_help.note_taken(typed.way, first_open(typed, appliance().settings), actor=actor)
    return redirect(url_for(endpoint, turn=draft.id), 303)


@bp.post("/turns/<turn_id>/give-back")
@needs(Permission.ADMIT)
def give_back_turn(turn_id: str) -> AnyResponse:
    """Let the visitor go on at the touchscreen, where they were."""
    draft, typed = _find(turn_id)
    with draft.lock:
        _require_mine(draft)
        draft.taken_by = ""
    appliance().guard_help.note_given_back(typed.way, actor=current_user().actor)
    return done(_("The touchscreen goes on with it."), url_for("panel.show_shift"))


@bp.post("/turns/<turn_id>/end")
@needs(Permission.ADMIT)
def end_turn(turn_id: str) -> AnyResponse:
    """Wipe it: nobody stands there any more."""
    draft, typed = _find(turn_id)
    with draft.lock:
        _require_mine(draft)
        drafts().wipe(draft.id)
        draft.typed = None
    appliance().guard_help.note_ended(typed.way, actor=current_user().actor)
    return done(_("The turn is ended. Nothing of it was kept."), url_for("panel.show_shift"))


@bp.get("/turns/<turn_id>/photo.jpg")
@needs(Permission.ADMIT)
def show_turn_photo(turn_id: str) -> Response:
    """The photo that was taken at the touchscreen."""
    draft, typed = _find(turn_id)
    if draft.taken_by != current_user().actor or typed.photo is None:
        abort(404)
    return Response(typed.photo, mimetype="image/jpeg")


def turn_lines() -> list[TurnLine]:
    """The turns at the touchscreen, the earliest first."""
    gate, user = appliance(), current_user()
    lines = []
    for draft in drafts().typed(gate.clock.monotonic_ns()):
        typed, taken_by = draft.typed, draft.taken_by
        if typed is None:
            continue  # registered at this moment
        endpoint, permission = _FORMS[typed.way]
        may_have = may(user.role, Permission.ADMIT) and may(user.role, permission) and taken_by in {"", user.actor}
        lines.append(
            TurnLine(
                draft.id, WAY_LABELS[typed.way], STEP_LABELS[first_open(typed, gate.settings)], draft.begun_at,
                taken_by, url_for(endpoint, turn=draft.id) if may_have else "",
            )
        )  # fmt: skip
    return lines


def taken_turn(kind: type[T]) -> Turn[T] | None:
    """The turn that a form goes on with, by its `turn`; None for a form that was opened for nobody at the touchscreen.

    Raises:
        Conflict: `turn-gone`: the turn has ended, or somebody else has it.
    """
    turn_id = request.values.get("turn", "")
    if not turn_id:
        return None
    draft = drafts().touch(turn_id, appliance().clock.monotonic_ns())
    if draft is None:
        raise Conflict("turn-gone", "The turn has ended.")
    _require_mine(draft)
    if not isinstance(draft.typed, kind):
        raise Conflict("turn-gone", "The turn has ended.")
    return Turn(draft, draft.typed, appliance().feed.last_seq)


def chosen_photo(turn: Turn[T] | None) -> bytes | None:
    """The picture that a form asks for: the turn's own, or what a lane's camera sees now."""
    chosen = request.form.get("photo_from", "")
    if turn is not None and chosen == FROM_TURN:
        return turn.typed.photo
    frame = picture_now(chosen)
    return frame.jpeg() if frame is not None else None


@contextmanager
def finishing(kind: type[T]) -> Iterator[Turn[T] | None]:
    """The same while it is registered: it changes hands in the meantime no more, and is registered once."""
    turn = taken_turn(kind)
    if turn is None:
        yield None
        return
    with turn.draft.lock:
        yield taken_turn(kind)


def _find(turn_id: str) -> tuple[Draft, Typed]:
    draft = drafts().touch(turn_id, appliance().clock.monotonic_ns())
    typed = draft.typed if draft is not None else None
    if draft is None or typed is None:
        raise NotFound("turn")
    return draft, typed


def _require_mine(draft: Draft) -> None:
    if draft.typed is None or draft.taken_by != current_user().actor:
        raise Conflict("turn-gone", "The turn has ended, or somebody else has it.")
