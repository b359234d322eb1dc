"""The weekly reconciliation at the panel: a week's slips accounted for in notes, and signed for by two users."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kiosk.domain.reconciliation import Week, parse_week
from kiosk.domain.roles import Permission
from kiosk.errors import FieldProblem, Invalid, NotFound
from kiosk.services.goods.reconciliation import MAX_NOTE
from kiosk.services.goods.week_values import Reconciliation, WeekState
from web.access import appliance
from web.goods_words import SLIP_KIND_LABELS, SLIP_STATE_LABELS
from web.panel.answers import done
from web.panel.blueprint import bp, current_user, needs
from web.panel.record_words import NEED_SENTENCES, WEEK_LABELS

PAGE_LENGTH: Final = 12


@bp.get("/reconciliation")
@needs(Permission.RECONCILE)
def list_weeks() -> str:
    """The weeks, newest first: how each stands, and which are overdue."""
    try:
        before = parse_week(request.args.get("before", ""))
    except ValueError:
        before = None
    weeks = appliance().goods.reconciliation.weeks(before=before, limit=PAGE_LENGTH + 1)
    return render_template(
        "panel/weeks.html", weeks=weeks[:PAGE_LENGTH], is_first=before is None,
        older=weeks[PAGE_LENGTH - 1].week if len(weeks) > PAGE_LENGTH else None,
        week_labels=WEEK_LABELS, slip_states=SLIP_STATE_LABELS,
    )  # fmt: skip


@bp.get("/reconciliation/<week>")
@needs(Permission.RECONCILE)
def show_week(week: str) -> Response:
    """A week: what needs a word, everything else, and the signatures."""
    return _page(appliance().goods.reconciliation.week(_week(week)), HTTPStatus.OK, {})


@bp.post("/reconciliation/<week>/notes")
@needs(Permission.RECONCILE)
def note_slip(week: str) -> Response:
    """Say a word about a slip, or about a number that is missing."""
    number, text = request.form.get("number", ""), request.form.get("note", "")
    service = appliance().goods.reconciliation
    try:
        service.note(_week(week), number, text, actor=current_user().actor)
    except Invalid as refusal:
        typed = {number: (text[: 2 * MAX_NOTE], refusal.fields["note"])}
        return _page(service.week(_week(week)), HTTPStatus.UNPROCESSABLE_ENTITY, typed)
    return done(_("The note is on record."), url_for("panel.show_week", week=week))


@bp.post("/reconciliation/<week>/sign")
@needs(Permission.RECONCILE)
def sign_week(week: str) -> Response:
    """Sign for a week as it was shown."""
    digest = request.form.get("digest", "")
    found = appliance().goods.reconciliation.sign(_week(week), digest=digest, actor=current_user().actor)
    is_closed = found.state is WeekState.CLOSED
    message = _("The week is closed.") if is_closed else _("You have signed. Another user signs next.")
    return done(message, url_for("panel.show_week", week=week))


def _week(text: str) -> Week:
    try:
        return parse_week(text)
    except ValueError:
        raise NotFound("week") from None


def _page(found: Reconciliation, status: HTTPStatus, typed: Mapping[str, tuple[str, FieldProblem]]) -> Response:
    service = appliance().goods.reconciliation
    is_closed = found.state is WeekState.CLOSED
    page = render_template(
        "panel/week.html", found=found, typed=typed, note_length=MAX_NOTE,
        verified=service.verify(found.week) if is_closed else None,
        is_stale=found.state is WeekState.SIGNED and found.signed_digest != found.digest,
        has_signed=current_user().actor in {signature.by for signature in found.signatures},
        newer=found.week.plus(1) if found.week < service.current() else None, older=found.week.plus(-1),
        week_labels=WEEK_LABELS, need_sentences=NEED_SENTENCES,
        slip_states=SLIP_STATE_LABELS, slip_kinds=SLIP_KIND_LABELS,
    )  # fmt: skip
    return make_response(page, int(status))
