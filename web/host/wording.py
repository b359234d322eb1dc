"""What the residents' pages say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from flask_babel import LazyString, format_datetime
from flask_babel import lazy_gettext as _

from kiosk.domain.invitations import Invitation, InvitationState
from kiosk.domain.time_profiles import WEEKDAYS, Day, Span
from kiosk.errors import FieldProblem, Refusal
from web import goods_words, sentences
from web.access import appliance
from web.i18n import current_language
from web.turns.place import describe

TOO_OLD: Final = _("This page was too old. Please try again.")
NOT_THERE: Final = _("This is not there, or not any more.")
TOO_LARGE: Final = _("The photos are too large together. Please send fewer of them, or smaller ones.")
FAILED: Final = _("Something went wrong here. Please try again.")

DAY_LABELS: Final[Mapping[Day, LazyString]] = {
    Day.MONDAY: _("Mon"),
    Day.TUESDAY: _("Tue"),
    Day.WEDNESDAY: _("Wed"),
    Day.THURSDAY: _("Thu"),
    Day.FRIDAY: _("Fri"),
    Day.SATURDAY: _("Sat"),
    Day.SUNDAY: _("Sun"),
}
_STATES: Final[Mapping[InvitationState, LazyString]] = {
    InvitationState.OPEN: _("Valid"),
    InvitationState.USED: _("Has come"),
    InvitationState.OVER: _("Over"),
    InvitationState.REVOKED: _("Withdrawn"),
}
_REFUSALS: Final[Mapping[str, LazyString]] = {
    "visit-signed-in": _("Somebody has let this visitor in already."),
    "visit-signed-out": _("This visitor has left already."),
    "visit-refused": _("Somebody has turned this visitor away already."),
    "visit-cancelled": _("The visitor has given up waiting."),
    "visit-expired": _("This visit is over."),
    "already-revoked": _("This invitation is withdrawn already."),
    "too-many-invitations": _("There are many open invitations already. Please withdraw one that is not needed."),
    "slip-requested": _("This release slip is not approved yet."),
    "slip-approved": _("This release slip is approved already."),
    "slip-released": _("Everything on this release slip has left already."),
    "slip-refused": _("This release slip was refused."),
    "slip-void": _("This release slip is void."),
    "slip-lapsed": _("The days of this release slip are over."),
    "not-the-owner": _("Only the owner of the unit can do this."),
    "arrears-not-cleared": _("The front desk first confirms that nothing is owed. Then the owner can approve."),
    "too-many-slips": _("Many release slips wait for approval already. Please withdraw one that is not needed."),
    "store-busy": _("The gate is busy just now. Nothing has changed; please try again."),
}


_SLIP_FIELDS: Final[Mapping[FieldProblem, LazyString]] = {
    FieldProblem.LASTS_TOO_LONG: _("A release slip is good for 31 days at most."),
}
_INSTANT: Final = timedelta(microseconds=1)


def refusal_sentence(refusal: Refusal) -> LazyString:
    """What a resident reads when something was not done."""
    return _REFUSALS.get(refusal.code, FAILED)


def slip_field_sentence(problem: FieldProblem) -> LazyString:
    """What to do about a field of a release slip."""
    return _SLIP_FIELDS.get(problem, sentences.field_sentence(problem))


def days(not_before: datetime, not_after: datetime) -> str:
    """The whole days of a window that ends at a midnight, in one line."""
    first, last = day(not_before), day(not_after - _INSTANT)
    return first if first == last else f"{first} – {last}"


def day(moment: datetime) -> str:
    """A day with its weekday, as the reader writes it, in the estate's zone; the year only when it is another."""
    zone = appliance().settings.estate.zone
    is_this_year = moment.astimezone(zone).year == appliance().clock.now().astimezone(zone).year
    if current_language().code == "en":
        return str(format_datetime(moment, "EEE d MMM" if is_this_year else "EEE d MMM y"))
    return str(format_datetime(moment, "M月d日 EEE" if is_this_year else "y年M月d日 EEE"))


def clock(moment: datetime) -> str:
    """A time of day in the estate's zone."""
    return str(format_datetime(moment, "HH:mm"))


def when(invitation: Invitation) -> str:
    """When a guest is expected, in one line."""
    begins, ends = invitation.not_before, invitation.not_after
    if invitation.weekly is not None:
        spans = {span for each in WEEKDAYS for span in invitation.weekly.spans_on(each)}
        days = " ".join(str(DAY_LABELS[each]) for each in WEEKDAYS if invitation.weekly.spans_on(each))
        hours = ", ".join(_hours(span) for span in sorted(spans))
        return str(_("%(days)s %(hours)s, until %(day)s", days=days, hours=hours, day=day(ends)))
    if day(begins) == day(ends):
        return f"{day(begins)} {clock(begins)}–{clock(ends)}"
    return f"{day(begins)} {clock(begins)} – {day(ends)} {clock(ends)}"


def state_label(state: InvitationState) -> LazyString:
    """How it stands with an invitation."""
    return _STATES[state]


def for_templates() -> dict[str, Any]:
    """What every page of a resident can use."""
    return {
        "day": day,
        "unit_name": lambda code: describe(appliance().units, code),
        "clock": clock,
        "when": when,
        "days": days,
        "kind_label": sentences.kind_label,
        "visit_state_label": sentences.state_label,
        "invitation_state_label": state_label,
        "field_sentence": sentences.field_sentence,
        "day_labels": DAY_LABELS,
        "now": appliance().clock.now(),
        **goods_words.for_templates(),
    }


def _hours(span: Span) -> str:
    return f"{_minute(span.begins_min)}–{_minute(span.ends_min)}"


def _minute(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
