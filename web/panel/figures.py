"""Figures: when visitors come, how long they are at the touchscreen, why some are refused. Nobody is named here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Response, abort, render_template, request
from flask_babel import LazyString, force_locale, gettext
from flask_babel import lazy_gettext as _

from kiosk.domain.figures import WeekOfHours
from kiosk.domain.roles import Permission
from kiosk.domain.service_times import ServiceSummary
from kiosk.domain.time_profiles import Day
from kiosk.services.export import Column
from web.access import appliance
from web.i18n import LANGUAGES
from web.panel.blueprint import bp, needs
from web.panel.charts import Bar, Cell, bars, heat_map, time_chart
from web.panel.exports import send_list
from web.panel.pass_words import DAY_LABELS
from web.panel.service_times import service_columns
from web.panel.wording import REFUSAL_REASONS
from web.sentences import guard_sentence

SPANS: Final[Mapping[int, LazyString]] = {
    7: _("7 days"), 28: _("4 weeks"), 91: _("3 months"), 364: _("A year"),
}  # fmt: skip
"""Whole weeks, so that each weekday counts as often as every other."""

DEFAULT_SPAN: Final = 28


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted over a span."""

    hours: WeekOfHours
    refused_codes: Sequence[Bar]
    refused_visits: Sequence[Bar]
    service_times: Sequence[ServiceSummary]


@bp.get("/figures")
@needs(Permission.SEE_FIGURES)
def show_figures() -> str:
    """The charts, each with its figures as a table."""
    span = _span()
    counted = _count(span)
    return render_template(
        "panel/figures.html", span=span, spans=SPANS, counted=counted, heat=heat_map(counted.hours),
        weekdays=weekdays(), times=time_chart(counted.service_times),
    )  # fmt: skip


@bp.get("/figures/hours.<ending>")
@needs(Permission.EXPORT)
def export_hours(ending: str) -> Response:
    """The visits of each hour of the week as a file."""
    days = weekdays()
    columns: list[Column[Cell]] = [
        Column(gettext("Day"), lambda cell: days[cell.day]),
        Column(gettext("Hour"), lambda cell: cell.hour),
        Column(gettext("Visits"), lambda cell: cell.count),
    ]
    return send_list("visits-by-hour", ending, columns, heat_map(_count(_span()).hours).cells)


@bp.get("/figures/refusals.<ending>")
@needs(Permission.EXPORT)
def export_refusals(ending: str) -> Response:
    """What was refused, by why, as a file."""
    counted = _count(_span())
    rows = [
        (kind, bar)
        for kind, lines in (
            (gettext("Cards and codes"), counted.refused_codes),
            (gettext("Visitors"), counted.refused_visits),
        )
        for bar in lines
    ]
    columns: list[Column[tuple[str, Bar]]] = [
        Column(gettext("What"), lambda row: row[0]),
        Column(gettext("Reason"), lambda row: row[1].label, 40),
        Column(gettext("Refused"), lambda row: row[1].count),
    ]
    return send_list("refusals", ending, columns, rows)


@bp.get("/figures/service-times.<ending>")
@needs(Permission.EXPORT)
def export_service_times(ending: str) -> Response:
    """How long people were at the touchscreen, by service, as a file."""
    return send_list("service-times", ending, service_columns(), appliance().service_times.since(since_days(_span())))


def weekdays() -> list[str]:
    """The short names of the weekdays, Monday first."""
    return [str(DAY_LABELS[day]) for day in Day if day is not Day.HOLIDAY]


def _span() -> int:
    """The days that the address asks for; 404 for a number that is not offered."""
    wanted = request.args.get("days", str(DEFAULT_SPAN))
    if wanted not in {str(days) for days in SPANS}:
        abort(404)
    return int(wanted)


def _count(span: int) -> Counted:
    figures, since = appliance().figures, since_days(span)
    codes = figures.refused_codes(since)
    return Counted(
        hours=figures.visits_by_hour(since),
        refused_codes=bars((str(guard_sentence(code)), count) for code, count in codes.items()),
        refused_visits=bars(_grouped(figures.refused_visits(since)).items()),
        service_times=appliance().service_times.since(since),
    )


def since_days(days: int) -> datetime:
    """The beginning of a span: so many whole days with today as the last."""
    box = appliance()
    now = box.clock.now().astimezone(box.settings.estate.zone)
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)


def _grouped(by_words: Mapping[str, int]) -> Mapping[str, int]:
    """Refusals by the reasons that the panel offers, in whichever language they were given; all others are one group.

    A reason in somebody's own words may name a person.
    """
    offered = {}
    for language in LANGUAGES:
        with force_locale(language.code):
            offered.update({str(reason): place for place, reason in enumerate(REFUSAL_REASONS)})
    counts: Counter[str] = Counter()
    for words, count in by_words.items():
        place = offered.get(words)
        counts[str(REFUSAL_REASONS[place]) if place is not None else gettext("In the guard's own words")] += count
    return counts
