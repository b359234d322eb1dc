"""Visits at the panel: finding them, looking at one, and what a guard does with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from itertools import chain
from typing import Final

from flask import Response, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from kiosk.domain.access import Direction
from kiosk.domain.blocklist import Traits
from kiosk.domain.documents import DocumentReason
from kiosk.domain.roles import Permission
from kiosk.domain.subjects import Subject
from kiosk.domain.visits import PhotoAlternative, Visit, VisitField, VisitKind, VisitSource, VisitState
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.blocklist import VisitorBlocked
from kiosk.services.export import every_page
from kiosk.services.sealing import SealingError
from kiosk.services.visit_queries import VisitFilter
from web.access import appliance
from web.documents import DOCUMENT_KINDS, DOCUMENT_REASONS
from web.paging import place_before
from web.panel.annotations import annotation_line
from web.panel.answers import done, reason_from_form
from web.panel.at_lanes import lanes_leading
from web.panel.blocklist import BlockNote, block_note
from web.panel.blueprint import bp, current_user, needs
from web.panel.carried import not_seen, seen_from_form
from web.panel.columns import VisitLine, visit_columns
from web.panel.exports import send_list
from web.panel.forms import form_of_turn, kind_from, questions, visit_from_form
from web.panel.turns import Turn, chosen_photo, finishing, taken_turn
from web.turns.draft import Register
from web.turns.typed import TypedVisit

PAGE_LENGTH: Final = 25
MAX_QUERY: Final = 80
UNITS_OFFERED: Final = 2000
"""Units that the sign-in form offers while one types; a larger estate's others are typed in full."""


@bp.get("/visits")
@needs(Permission.SEE_PEOPLE)
def list_visits() -> str:
    """Visits by whatever is known of them, newest first."""
    wanted, place = _wanted(), place_before()
    page = appliance().visit_queries.page(wanted, before=place, limit=PAGE_LENGTH)
    return render_template(
        "panel/visits.html", page=page, query=wanted.query, state=wanted.state, states=list(VisitState),
        is_first=place is None, visitor=wanted.visitor,
    )  # fmt: skip


@bp.get("/visits.<ending>")
@needs(Permission.EXPORT)
def export_visits(ending: str) -> Response:
    """The same visits, all of them, as a file."""
    lines = chain.from_iterable(map(_with_remarks, every_page(appliance().visit_queries.page, _wanted())))
    return send_list("visits", ending, visit_columns(), lines)


@bp.get("/visits/<visit_id>")
@needs(Permission.SEE_PEOPLE)
def show_visit(visit_id: str) -> str:
    """One visit with its photo, its receipts and its history."""
    gate = appliance()
    visit = gate.visit_queries.get(visit_id)
    return render_template(
        "panel/visit.html",
        visit=visit,
        history=gate.feed_view.history(Subject.VISIT, visit.id),
        visitor=gate.visit_queries.visitor(visit),
        approvals=gate.approvals.of_visit(visit.id),
        host=gate.approvals.asked_about(visit.id),
        jobs=gate.receipts.jobs_of(visit.id),
        now=gate.clock.now(),
        carried=gate.goods.carried.of_visit(visit.id),
        lanes_out=lanes_leading(Direction.OUT),
        document_reasons=DOCUMENT_REASONS,
        lendable=gate.cards.lendable() if visit.state is VisitState.SIGNED_IN and visit.card_id is None else [],
    )


@bp.get("/photos/<photo_id>.jpg")
@needs(Permission.SEE_PEOPLE)
def show_photo(photo_id: str) -> Response:
    """A photo: of a visitor, of goods. Kept by no browser: every answer but the static files says `no-store`."""
    try:
        jpeg = appliance().photos.jpeg(photo_id)
    except (NotFound, SealingError):
        abort(404)
    return Response(jpeg, mimetype="image/jpeg")


@bp.post("/visits/<visit_id>/approve")
@needs(Permission.ADMIT)
def approve_visit(visit_id: str) -> AnyResponse:
    """Let a waiting visitor in."""
    reason = reason_from_form(is_needed=False)
    visit = appliance().visits.approve(visit_id, actor=current_user().actor, reason=reason).visit
    return done(_("%(number)s is let in.", number=visit.number), url_for("panel.show_shift"))


@bp.post("/visits/<visit_id>/refuse")
@needs(Permission.ADMIT)
def refuse_visit(visit_id: str) -> AnyResponse:
    """Turn a waiting visitor away. For whom the blocklist holds up, it has the reason."""
    reason = reason_from_form(is_needed=appliance().visit_queries.get(visit_id).blocklist_id is None)
    visit = appliance().visits.refuse(visit_id, actor=current_user().actor, reason=reason)
    return done(_("%(number)s is turned away.", number=visit.number), url_for("panel.show_shift"))


@bp.post("/visits/<visit_id>/sign-out")
@needs(Permission.ADMIT)
def sign_out_visit(visit_id: str) -> AnyResponse:
    """Sign a visitor out, and open a lane for them when the guard says so; what they carry is checked on the way."""
    lane = request.form.get("lane") or None
    if lane is not None:
        appliance().lanes.get(lane)
    seen = seen_from_form(visit_id)
    try:
        visit = appliance().visits.sign_out(visit_id, actor=current_user().actor, lane=lane, seen=seen)
    except Invalid:
        return not_seen()
    return done(_("%(number)s is signed out.", number=visit.number), url_for("panel.show_visit", visit_id=visit_id))


@bp.post("/visits/<visit_id>/lend-card")
@needs(Permission.ADMIT)
def lend_card(visit_id: str) -> AnyResponse:
    """Lend a visitor card to somebody inside."""
    visit = appliance().visits.lend_card(visit_id, request.form.get("card", ""), actor=current_user().actor)
    return done(_("%(number)s has the card.", number=visit.number), url_for("panel.show_visit", visit_id=visit_id))


@bp.post("/visits/<visit_id>/document")
@needs(Permission.SEE_DOCUMENTS)
def reveal_document(visit_id: str) -> AnyResponse:
    """The whole number of a visitor's identity document, this once, for one of the reasons there are."""
    wanted = request.form.get("why", "")
    if wanted not in set(DocumentReason):
        raise Conflict("no-reason", "A reason is needed.")
    gate = appliance()
    document = gate.documents.open(visit_id, reason=DocumentReason(wanted), actor=current_user().actor)
    visit = gate.visit_queries.get(visit_id)
    return make_response(
        render_template("panel/visit_document.html", visit=visit, document=document, kind=DOCUMENT_KINDS[document.kind])
    )


@bp.post("/visits/<visit_id>/reprint")
@needs(Permission.REPRINT)
def reprint_receipt(visit_id: str) -> AnyResponse:
    """Print a copy of a visit's receipt."""
    job = appliance().receipts.reprint(visit_id, actor=current_user().actor)
    message = _(
        "Copy %(copy)d of the receipt of %(number)s is printed next.", copy=job.copy_number, number=job.visit_number
    )
    return done(message, url_for("panel.show_visit", visit_id=visit_id))


@bp.get("/sign-in")
@needs(Permission.ADMIT)
def show_sign_in() -> AnyResponse:
    """The form for a visitor who stands before the guard, or for one whose turn the guard has taken over."""
    turn = taken_turn(TypedVisit)
    begun_as = turn.typed.kind if turn is not None else None
    kind = begun_as if begun_as is not None and "kind" not in request.args else kind_from(request.args.get("kind", ""))
    return _form(kind, HTTPStatus.OK, {}, turn=turn)


@bp.post("/sign-in")
@needs(Permission.ADMIT)
def sign_in_visitor() -> AnyResponse:
    """Sign a visitor in. The guard who does it approves it by that, and says why where the blocklist says no."""
    with finishing(TypedVisit) as turn:
        return _sign_in(turn)


def _sign_in(turn: Turn[TypedVisit] | None) -> AnyResponse:
    gate = appliance()
    kind = kind_from(request.form.get("kind", ""))
    settings = gate.settings.visits.kinds[kind]
    actor = current_user().actor
    try:
        new = visit_from_form(request.form, kind, settings)
        if turn is not None and new.document is None and VisitField.DOCUMENT in settings.asks:
            new = replace(new, document=turn.typed.document)
        signed_in = gate.visits.sign_in(
            new, source=VisitSource.PANEL, actor=actor, lane=request.form.get("lane") or None,
            photo=chosen_photo(turn) if settings.photo != "none" else None, approved_by=actor,
            turn=turn.served if turn is not None else None,
            reason=reason_from_form(is_needed=False),
            carried=turn.typed.carried if turn is not None and settings.carries else (),
        )  # fmt: skip
    except VisitorBlocked as refusal:
        note = block_note(refusal.entry_id, Traits(new.visitor_name, new.phone, new.vehicle_plate))
        return _form(kind, HTTPStatus.CONFLICT, {}, note, turn=turn)
    except Invalid as refusal:
        return _form(kind, HTTPStatus.UNPROCESSABLE_ENTITY, refusal.fields, turn=turn)
    visit = signed_in.visit
    if turn is not None:
        if turn.typed.is_returning:
            gate.returning.note_signed_in()
        turn.finish(Register.VISIT, visit.id)
    return done(_("%(number)s is signed in.", number=visit.number), url_for("panel.show_visit", visit_id=visit.id))


def _with_remarks(visits: Sequence[Visit]) -> list[VisitLine]:
    said = appliance().annotations.of_many(Subject.VISIT, [visit.id for visit in visits])
    return [VisitLine(visit, "; ".join(map(annotation_line, said.get(visit.id, ())))) for visit in visits]


def _wanted() -> VisitFilter:
    state, visitor = request.args.get("state", ""), request.args.get("visitor", "")
    return VisitFilter(
        state=VisitState(state) if state in set(VisitState) else None,
        query=request.args.get("q", "")[:MAX_QUERY],
        # By a visit's id: a telephone number has no business in the address bar.
        visitor=appliance().visit_queries.get(visitor) if visitor else None,
    )


def _form(
    kind: VisitKind,
    status: HTTPStatus,
    problems: dict[str, FieldProblem],
    note: BlockNote | None = None,
    *,
    turn: Turn[TypedVisit] | None = None,
) -> AnyResponse:
    gate = appliance()
    settings = gate.settings.visits.kinds[kind]
    page = render_template(
        "panel/sign_in.html",
        kind=kind,
        kinds=list(gate.settings.visits.kinds),
        questions=questions(settings),
        document_kinds=DOCUMENT_KINDS,
        photo=settings.photo,
        may_go_without=settings.photo != "required" or gate.settings.touch.photo_alternative is PhotoAlternative.GUARD,
        cameras=[lane for lane in lanes_leading(Direction.IN) if lane in gate.cameras] or list(gate.cameras),
        lanes=lanes_leading(Direction.IN),
        units=[unit for _position, unit in gate.units.page("", 0, UNITS_OFFERED)],
        typed=form_of_turn(turn.typed, gate.settings.touch.lane)
        if turn is not None and not request.form
        else request.form,
        turn=turn,
        problems=problems,
        note=note,
    )
    return make_response(page, int(status))
