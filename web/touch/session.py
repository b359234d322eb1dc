"""The touchscreen's blueprint, and whose turn it is: the draft behind a request, or the way back to the first page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from flask import Blueprint, current_app, redirect, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from kiosk.appliance import Appliance
from kiosk.errors import Refusal
from web.access import appliance, only_kiosk
from web.goods_words import for_templates
from web.sentences import field_sentence, kind_label
from web.touch.pages import go_on
from web.turns import drafts
from web.turns.claims import CodeAttempts
from web.turns.draft import WAITING_S, Draft, Drafts, Register, Result
from web.turns.phone_forms import PhoneForms
from web.turns.typed import Typed, Way

P = ParamSpec("P")
T = TypeVar("T", bound=Typed)

ACTOR: Final = "touchscreen"
"""Who the journal names for what is done here."""

TYPING_KEY: Final = "typing"
"""The way of typing that was chosen on the keyboard, in the browser's session."""

_DRAFT_KEY: Final = "draft"
_NOTICE_KEY: Final = "notice"
_RESULT_KEY: Final = "result"
_KEPT_ANEW_S: Final = 20
"""How old the browser's word may be that somebody still stands before what a turn has become."""


WAYS: Final = f"<any({', '.join(repr(way.value) for way in Way)}):way>"
"""The first part of an address that serves every way."""

_TAKEN_PAGE: Final = "touch.show_turn"
_WHILE_TAKEN: Final = frozenset(
    f"touch.{view}"
    for view in (
        "show_turn", "tell_fire", "stream_events", "say", "switch_mode", "note_touch", "call_guard",
    )
)  # fmt: skip
"""What the screen can ask while the guard has the turn: none of it changes the turn."""

bp: Final = Blueprint("touch", __name__)
bp.before_request(only_kiosk)


@bp.before_request
def _guard_has_it() -> ResponseReturnValue | None:
    """While the guard goes on with a turn, no page of the touchscreen shows it and no form changes it."""
    draft = peek() if request.endpoint not in _WHILE_TAKEN else None
    return _leave_it() if draft is not None and draft.taken_by else None


@bp.record_once
def _make_drafts(state: BlueprintSetupState) -> None:
    box: Appliance = state.app.extensions["appliance"]
    made = state.app.extensions["drafts"] = Drafts(box.settings.touch.idle_s)
    forms = state.app.extensions["phone_forms"] = PhoneForms()
    state.app.extensions["code_attempts"] = CodeAttempts(box.clock)
    state.app.extensions["form_attempts"] = CodeAttempts(box.clock)
    box.lanes.fire.on_begin(lambda _was_found: made.wipe_all())
    box.lanes.fire.on_begin(lambda _was_found: forms.wipe_all())


@bp.context_processor
def _words() -> dict[str, object]:
    words: dict[str, object] = {"kind_label": kind_label, "field_sentence": field_sentence}
    return words | for_templates()


def code_attempts() -> CodeAttempts:
    """The brake on guessing codes of this application."""
    found: CodeAttempts = current_app.extensions["code_attempts"]
    return found


def form_attempts() -> CodeAttempts:
    """The brake on guessing the codes of phones' forms."""
    found: CodeAttempts = current_app.extensions["form_attempts"]
    return found


def now_ns() -> int:
    """The time that drafts go by."""
    return appliance().clock.monotonic_ns()


def begin(typed: Typed | None = None) -> Draft:
    """Begin a turn; whatever this browser had before is wiped."""
    drop()
    draft = drafts().begin(now_ns(), appliance().clock.now(), typed)
    session[_DRAFT_KEY] = draft.id
    return draft


def peek() -> Draft | None:
    """The draft of this browser, without counting the request as a touch."""
    draft_id = session.get(_DRAFT_KEY)
    return _known_again(drafts().get(draft_id, now_ns())) if draft_id else None


def touched() -> Draft | None:
    """The draft of this browser; its idle time begins anew."""
    draft_id = session.get(_DRAFT_KEY)
    return _known_again(drafts().touch(draft_id, now_ns())) if draft_id else None


def _known_again(draft: Draft | None) -> Draft | None:
    """Let the browser keep what its turn has become, by number only, and know it again after a restart of the box.

    Only another run of the box is followed, and only while the page would still be shown: a turn that was wiped in this
    one stays so, and what stood there before a long outage is nobody's any more.
    """
    now_s = int(appliance().clock.now().timestamp())
    if draft is None:
        kept = session.pop(_RESULT_KEY, None)
        if kept is None or kept["run"] == drafts().run or not 0 <= now_s - kept["at"] <= WAITING_S:
            return None
        result = Result(Register(kept["register"]), kept["id"], kept["since_seq"])
        draft = drafts().resume(now_ns(), appliance().clock.now(), result)
        session[_DRAFT_KEY] = draft.id
    result_now, kept = draft.result, session.get(_RESULT_KEY)
    if result_now is not None and (kept is None or kept["id"] != result_now.id or now_s - kept["at"] > _KEPT_ANEW_S):
        session[_RESULT_KEY] = {
            "run": drafts().run, "at": now_s, "register": result_now.register.value, "id": result_now.id,
            "since_seq": result_now.since_seq,
        }  # fmt: skip
    return draft


def drop() -> None:
    """Wipe the draft of this browser and keep its language."""
    session.pop(TYPING_KEY, None)
    session.pop(_RESULT_KEY, None)
    draft_id = session.pop(_DRAFT_KEY, None)
    draft = drafts().get(draft_id, now_ns()) if draft_id else None
    if draft is not None and not draft.taken_by:
        drafts().wipe(draft.id)


def forget() -> None:
    """Wipe everything of this turn, the language with it."""
    drop()
    session.clear()


def start_over() -> ResponseReturnValue:
    """Go to the first page; it says sorry when there was a draft and it is gone. What the guard has is not wiped."""
    draft = peek()
    if draft is not None and draft.taken_by:
        return _leave_it()
    if _DRAFT_KEY in session:
        drop()
        session[_NOTICE_KEY] = True
    return redirect(url_for("touch.show_start"), 303)


def take_notice() -> bool:
    """Tell once whether the first page has to say sorry."""
    return bool(session.pop(_NOTICE_KEY, False))


def with_draft(
    view: Callable[Concatenate[Draft, P], ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Hand the view its draft; without one the visitor starts over."""

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        draft = touched()
        return view(draft, *args, **kwargs) if draft is not None else start_over()

    return wrapper


def with_typed(
    kind: type[T],
) -> Callable[[Callable[Concatenate[T, P], ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Hand the view what was typed; a turn that is about something else goes on where it is due."""

    def decorate(view: Callable[Concatenate[T, P], ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            draft = touched()
            if draft is None:
                return start_over()
            typed = draft.at_screen
            return view(typed, *args, **kwargs) if isinstance(typed, kind) else go_where_due(draft)

        return wrapper

    return decorate


def on_any_way(view: Callable[[Typed], ResponseReturnValue]) -> Callable[[str], ResponseReturnValue]:
    """Hand a page that serves every way what was typed; an old page of another way leads to where the turn is."""

    @wraps(view)
    def wrapper(way: str) -> ResponseReturnValue:
        draft = touched()
        if draft is None:
            return start_over()
        typed = draft.at_screen
        return view(typed) if typed is not None and typed.way == way else go_where_due(draft)

    return wrapper


def go_where_due(draft: Draft) -> ResponseReturnValue:
    """To what a turn has become, or to the page that is due in it; a turn with neither starts over.

    While the guard has it that is the page that says so.
    """
    if draft.taken_by:
        return _leave_it()
    if draft.result is not None:
        return redirect(url_for(f"touch.show_{draft.result.register}"), 303)
    return go_on(draft.typed) if draft.typed is not None else start_over()


def _leave_it() -> ResponseReturnValue:
    return redirect(url_for(_TAKEN_PAGE), 303)


def way_out() -> str | None:
    """The lane that a sign-out by number opens; None where the settings name none."""
    return appliance().settings.touch.exit_lane


@bp.errorhandler(CSRFError)
def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    # A page from before a reset or a restart: nothing on it may be acted on.
    return start_over()


@bp.errorhandler(Refusal)
def _refused(_error: Refusal) -> ResponseReturnValue:
    """What a service refuses and no page has foreseen: somebody else was faster, or a list has changed."""
    return start_over()
