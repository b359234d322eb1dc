"""Candidates for the page's own keyboard: Chinese by pinyin, by jyutping or by strokes. The kiosk's own browser only.

It belongs to no turn: what is typed is not kept, and asking does not count as a touch.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from typing import Final, TypeVar

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from kiosk.services.ime.forms import MOST_KEYS, Place, Script, Way
from web.access import appliance, only_kiosk
from web.errors import Unusable

Choice = TypeVar("Choice", bound=StrEnum)

_FIELDS: Final = frozenset({"q", "way", "script", "at"})

bp: Final = Blueprint("ime", __name__)
bp.before_request(only_kiosk)


@bp.get("/ime")
def list_candidates() -> ResponseReturnValue:
    """Candidates for `q`, best first: `{"candidates": [{"text", "keys"}]}`; that many leading keys are used up."""
    sentences = dict.fromkeys(request.args.keys() - _FIELDS, "There is no such field.")
    keys = request.args.get("q", "")
    if not keys:
        sentences["q"] = "This field is required."
    elif len(keys) > MOST_KEYS:
        sentences["q"] = f"This has to be {MOST_KEYS} characters at most."
    way = _choice(Way, "way", sentences)
    script = _choice(Script, "script", sentences)
    place = _choice(Place, "at", sentences)
    if way is None or script is None or place is None or sentences:
        raise Unusable("invalid", "Some of the input cannot be used.", HTTPStatus.BAD_REQUEST, sentences)
    found = appliance().input_method.candidates(keys, way, script, place)
    return jsonify(candidates=[{"text": candidate.text, "keys": candidate.keys} for candidate in found])


def _choice(kind: type[Choice], name: str, sentences: dict[str, str]) -> Choice | None:
    given = request.args.get(name, "")
    try:
        return kind(given)
    except ValueError:
        sentences[name] = f"This has to be one of: {', '.join(kind)}."
        return None
