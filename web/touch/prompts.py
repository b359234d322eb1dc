"""What the touchscreen says aloud: one sentence for each page, by a key that an estate's recordings are named by.

A page's key is its endpoint's name, with what the page is about where that changes the sentence. A page without one is
silent. Each verdict on a card or code has its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import abort, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from kiosk.domain.access import GRANTS, Code, Direction
from web.access import appliance
from web.i18n import current_language
from web.sentences import visitor_sentence
from web.touch.look import Mode, modes_offered, modes_on
from web.touch.session import bp

VERDICT: Final = "verdict"

PAGES: Final[Mapping[str, LazyString]] = {
    "start": _("Welcome. What would you like to do?"),
    "start-paused": _("This screen is out of service."),
    "kind": _("What brings you here?"),
    "place-phase": _("Which phase?"),
    "place-block": _("Which block?"),
    "place-floor": _("Which floor?"),
    "place-unit": _("Which door?"),
    "find": _("Type the floor and the door."),
    "about": _("Who is visiting?"),
    "more": _("A little more about your visit"),
    "carried": _("Do you bring tools or machines that you will take out again?"),
    "document": _("Your identity document"),
    "photo": _("Please look into the camera, then touch the button."),
    "photo-load": _("Please put them before the camera, then touch the button."),
    "photo-taken": _("Is this photo all right?"),
    "photo-none": _("You can go on without a photo. The guard is told."),
    "summary": _("Is everything right?"),
    "on_phone": _("Please go on on your phone"),
    "phone_number": _("Hold the code on your phone up to the camera."),
    "returning": _("Your whole telephone number"),
    "offered": _("Is this you?"),
    "visit-waiting": _("Please wait. The guard is being asked."),
    "visit-asked": _("Please wait. We are asking your host."),
    "visit-guard": _("Please wait for the guard, who will help you."),
    "visit-refused": _("The guard cannot let you in just now."),
    "visit-signed_in": _("Please come in. Your number stands on the screen."),
    "visit-signed_out": _("Thank you for your visit. Goodbye!"),
    "turn": _("The guard is going on with you. Please wait."),
    "sign_out": _("Hold the code on your receipt up to the camera at the way out, or your card to its reader."),
    "leaving": _("Is this your visit?"),
    "goods_doors": _("What is to happen with the goods?"),
    "carrier": _("Who brings the goods?"),
    "what": _("What is it?"),
    "details": _("The guard decides whether they may come in."),
    "contact": _("How can we reach you?"),
    "goods-waiting": _("Please wait. The guard has to look at these goods."),
    "goods-refused": _("Sorry, these goods cannot come in."),
    "goods-kept": _("Please put it on shelf"),
    "collect": _("Hold your card to the reader, or your pass to the camera."),
    "claimed": _("Please take your goods"),
    "take_out": _("Do you have a release slip?"),
    "items": _("What goes out?"),
    "asker": _("Please say who asks for the slip."),
    "day": _("On which day?"),
    "slip": _("Please note the number of your slip"),
}
"""By key, what is said on a page. The words are those that stand on it, so that the caption repeats nothing new."""

_DOERS: Final = ("show_", "take_", "find_")


def prompt_key(endpoint: str | None, about: str | None = None) -> str | None:
    """The key of a page's sentence; None for a page that says nothing.

    Args:
        endpoint: the request's, `touch.show_kind`.
        about: what the page is about, where that changes the sentence: the level of a place, the state of a visit.
    """
    page = (endpoint or "").removeprefix("touch.")
    page = next((page.removeprefix(doer) for doer in _DOERS if page.startswith(doer)), page)
    keys = [f"{page}-{about}", page] if about else [page]
    return next((key for key in keys if key in PAGES), None)


def verdict_key(code: Code, direction: Direction) -> str:
    """The key of what is said about a card or code."""
    if code in GRANTS and direction is Direction.OUT:
        code = Code.GRANTED_OVERDUE
    return f"{VERDICT}-{code}"


VERDICTS: Final[Mapping[str, LazyString]] = {
    verdict_key(code, Direction.IN): visitor_sentence(code, Direction.IN) for code in Code
}
"""By key, what is said when a card or code has been held up."""

SLIPS: Final[Mapping[str, LazyString]] = {
    "slip.presented": _("Please wait for the guard, who looks through your goods."),
    "slip.unknown": _("Please wait a moment. The guard will help you."),
}
"""By the journal's type, what is said of a slip that is shown: nothing is decided then, genuine or not."""


def slip_key(type_: str) -> str:
    """The key of what is said about a slip, from the journal's type."""
    return type_.replace(".", "-")


BUSY: Final = "form-busy"
FORM_WAITS: Final = _("Please finish here first, then hold the code up again.")
"""What is said when a phone's code is held up while somebody else is at the screen."""

SPOKEN: Final[Mapping[str, LazyString]] = {
    **PAGES,
    "idle": _("Are you still there? Touch the screen to go on."),
    "called": _("The guard knows. Please stay here for a moment."),
    **VERDICTS,
    BUSY: FORM_WAITS,
    **{slip_key(type_): sentence for type_, sentence in SLIPS.items()},
}
"""All that is said, by key."""


@bp.app_context_processor
def _prompt() -> dict[str, object]:
    def said_here(about: str | None = None) -> dict[str, object] | None:
        key = prompt_key(request.endpoint, about) if Mode.VOICE in modes_offered() else None
        return None if key is None else {"key": key, "sentence": PAGES[key], "is_on": Mode.VOICE in modes_on()}

    return {"said_here": said_here}


@bp.get("/voice/<key>")
def say(key: str) -> ResponseReturnValue:
    """The sentence of that key in the visitor's language, as sound; 404 when nothing can say it."""
    sentence = SPOKEN.get(key)
    box, language = appliance(), current_language()
    if sentence is None or Mode.VOICE not in modes_offered():
        abort(404)
    speech = box.voice.say(key, str(sentence), language.code)
    if speech is None:
        abort(404)
    answer = make_response(speech.data)
    answer.mimetype = speech.kind
    return answer
