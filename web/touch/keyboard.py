"""The touchscreen's own keyboard: which way of typing it begins with, remembered until the turn is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import request, session
from flask.typing import ResponseReturnValue

from kiosk.services.ime.forms import MOST_KEYS, Script, Way
from web.i18n import current_language
from web.touch.session import TYPING_KEY, bp

LATIN: Final = "latin"
WAYS: Final = frozenset({LATIN, *Way})

_FIRST: Final = {"zh_Hant": Way.STROKE, "zh_Hans": Way.PINYIN}
"""Strokes need no schooling in a romanisation, which few in Hong Kong have had; on the mainland pinyin is taught."""


@dataclass(frozen=True, slots=True)
class Typing:
    """What the keyboard begins with: `way` is one of `WAYS`."""

    way: str
    script: Script
    most_keys: int = MOST_KEYS


def typing_of_this_turn() -> Typing:
    """As the visitor left it on an earlier page, or as most readers of their language type."""
    language = current_language().code
    chosen = session.get(TYPING_KEY)
    script = Script.HANS if language == "zh_Hans" else Script.HANT
    return Typing(chosen if isinstance(chosen, str) and chosen in WAYS else _FIRST.get(language, LATIN), script)


@bp.context_processor
def _typing() -> dict[str, object]:
    return {"typing": typing_of_this_turn()}


@bp.post("/typing")
def choose_way() -> ResponseReturnValue:
    """Remember the way of typing for the pages to come. What is none changes nothing."""
    way = request.form.get("way", "")
    if way in WAYS:
        session[TYPING_KEY] = way
    return "", 204
