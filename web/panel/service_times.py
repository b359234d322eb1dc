"""Service times as the panel tells them: the words, and the columns of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from kiosk.domain.service_times import Service, ServiceSummary
from kiosk.domain.visits import VisitKind
from kiosk.services.export import Column
from web.panel.blueprint import bp
from web.sentences import kind_label

_SERVICE_LABELS: Final[Mapping[Service, LazyString]] = {
    **{Service(kind.value): kind_label(kind) for kind in VisitKind},
    Service.GOODS: _("Goods in"),
}


def service_label(line: ServiceSummary) -> str:
    """What somebody came for, and whether they had been here before."""
    label = str(_SERVICE_LABELS[line.service])
    return str(gettext("%(service)s, been here before", service=label)) if line.is_returning else label


def duration(span_s: float) -> str:
    """A time at the touchscreen for people: `3.4 s`, `42 s`, `5 min`, `1 min 25 s`, in the reader's language."""
    if span_s < 9.95:
        return str(gettext("%(seconds)s s", seconds=f"{span_s:.1f}"))
    minutes, seconds = divmod(round(span_s), 60)
    if not minutes:
        return str(gettext("%(seconds)s s", seconds=seconds))
    if not seconds:
        return str(gettext("%(minutes)s min", minutes=minutes))
    return str(gettext("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=seconds))


def share(part: float) -> str:
    """A share of 1 in percent; never rounded up to all of them."""
    return f"{int(part * 100)} %"


def service_columns() -> list[Column[ServiceSummary]]:
    """The columns of service times as a file; times in seconds, shares in percent."""
    return [
        Column(gettext("Service"), service_label, 30),
        Column(gettext("Turns"), lambda line: line.count),
        Column(gettext("Half at the last button within, s"), lambda line: line.entered_s),
        Column(gettext("Half through within, s"), lambda line: line.median_s),
        Column(gettext("95 of 100 through within, s"), lambda line: line.p95_s),
        Column(gettext("Our target, s"), lambda line: line.target_s),
        Column(gettext("Within our target, percent"), lambda line: round(100 * line.within_target, 1)),
        Column(gettext("The estate's standard, s"), lambda line: line.standard_s),
        Column(gettext("Within the estate's standard, percent"), lambda line: round(100 * line.within_standard, 1)),
    ]


@bp.context_processor
def _for_templates() -> dict[str, object]:
    return {"service_label": service_label, "duration": duration, "share": share}
