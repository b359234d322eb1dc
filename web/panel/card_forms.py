"""The forms by which a clerk puts a card on record and changes it. Days are the estate's own, the last one included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from kiosk.domain.card_numbers import UNIQUE, CardNumberFormat
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.cards import Card, uid_of_number
from web.panel.days import last_day

_YEARS: Final = range(2000, 2100)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CardForm:
    """What the inputs of a form hold, as typed. `lanes` are those that are ticked; none: all are meant."""

    number: str = ""
    format: str = CardNumberFormat.HEX.value
    holder: str = ""
    unit: str = ""
    group: str = ""
    valid_from: str = ""
    valid_to: str = ""
    lanes: frozenset[str] = frozenset()
    time_profile: str = ""
    for_duress: bool = False
    is_owner: bool = False
    carrier: str = ""
    for_visits: bool = False
    proves_itself: bool = False


def form_of(card: Card, zone: ZoneInfo) -> CardForm:
    """A card as a form shows it."""
    return CardForm(
        holder=card.holder,
        unit=card.unit,
        group=card.group,
        valid_from=_first_day(card.valid_from, zone),
        valid_to=_last_day(card.valid_to, zone),
        lanes=card.lanes or frozenset(),
        time_profile=card.time_profile_id or "",
        for_duress=card.for_duress,
        is_owner=card.is_owner,
        carrier=card.carrier,
    )


def form_from(sent: MultiDict[str, str]) -> CardForm:
    """What a browser sent."""

    def typed(name: str) -> str:
        return sent.get(name, "")

    return CardForm(
        number=typed("number"),
        format=typed("format"),
        holder=typed("holder"),
        unit=typed("unit"),
        group=typed("group"),
        valid_from=typed("valid_from"),
        valid_to=typed("valid_to"),
        lanes=frozenset(sent.getlist("lanes")),
        time_profile=typed("time_profile"),
        for_duress="for_duress" in sent,
        is_owner="is_owner" in sent,
        carrier=typed("carrier"),
        for_visits="for_visits" in sent,
        proves_itself="proves_itself" in sent,
    )


def uid_from(form: CardForm) -> str:
    """The UID that the form's number stands for, in hex.

    Raises:
        Invalid: with the field `number`.
    """
    if not form.number.strip():
        raise Invalid({"number": FieldProblem.REQUIRED})
    if form.format not in {one.value for one in UNIQUE}:
        raise Invalid({"number": FieldProblem.NOT_A_CARD_NUMBER})
    return uid_of_number(form.number, CardNumberFormat(form.format))


def details_from(form: CardForm, lanes: frozenset[str], zone: ZoneInfo) -> dict[str, Any]:
    """What the form says of a card, as `CardService.add` and `change` take it.

    Raises:
        Invalid: a day is none.
    """
    first, last = _day("valid_from", form.valid_from), _day("valid_to", form.valid_to)
    return {
        "holder": form.holder,
        "unit": form.unit.strip(),
        "group": form.group,
        "valid_from": _midnight(first, zone) if first else None,
        "valid_to": _midnight(last + _DAY, zone) if last else None,
        "lanes": None if form.lanes in (frozenset(), lanes) else form.lanes,
        "time_profile_id": form.time_profile or None,
        "for_duress": form.for_duress,
        "is_owner": form.is_owner,
        "carrier": form.carrier,
    }


def changes_from(form: CardForm, card: Card, lanes: frozenset[str], zone: ZoneInfo) -> dict[str, Any]:
    """What the form changes about a card. A day that still stands as it was shown keeps its exact time.

    Raises:
        Invalid: a day is none.
    """
    shown, changes = form_of(card, zone), details_from(form, lanes, zone)
    if form.lanes == shown.lanes:
        del changes["lanes"]  # it may be good for every lane there is, and not for one that comes
    for name in ("valid_from", "valid_to"):
        if getattr(form, name) == getattr(shown, name):
            del changes[name]
    return changes


def _first_day(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else moment.astimezone(zone).date().isoformat()


def _last_day(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else last_day(moment, zone).isoformat()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid({name: FieldProblem.NOT_A_DAY}) from None
    if day.year not in _YEARS:
        raise Invalid({name: FieldProblem.NOT_A_DAY})
    return day
