"""What is done with a release slip at the panel: whose word it gets, what ends it, its papers, pieces that stay."""

from __future__ import annotations

from flask import Response, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from kiosk.domain.notices import Language
from kiosk.domain.roles import Permission
from kiosk.domain.slips import ApprovalMethod, MovementKind, Slip
from kiosk.errors import Conflict
from kiosk.services.goods.slips import Word
from web.access import appliance
from web.panel.answers import done, reason_from_form
from web.panel.blueprint import bp, current_user, needs
from web.panel.desk import taken_tap
from web.panel.slips import card_purpose
from web.panel.uploads import read_picture


@bp.post("/slips/<slip_id>/clear-arrears")
@needs(Permission.MANAGE_SLIPS)
def clear_arrears(slip_id: str) -> AnyResponse:
    """Confirm that whoever moves out owes nothing."""
    slip = appliance().goods.slips.clear_arrears(slip_id, actor=current_user().actor)
    return _done(slip, _("Confirmed: nothing is owed."))


@bp.post("/slips/<slip_id>/approve-by-authority")
@needs(Permission.MANAGE_SLIPS)
def approve_by_authority(slip_id: str) -> AnyResponse:
    """Approve on the owner's written authority, of which a picture is kept."""
    scan = read_picture(request.files.get("authority"), "authority")
    return _approve(slip_id, ApprovalMethod.WRITTEN_AUTHORITY, authority=scan)


@bp.post("/slips/<slip_id>/approve-by-supervisor")
@needs(Permission.SIGN_SLIPS)
def approve_by_supervisor(slip_id: str) -> AnyResponse:
    """Sign for one of the estate's departments."""
    return _approve(slip_id, ApprovalMethod.SUPERVISOR)


@bp.post("/slips/<slip_id>/approve-out-of-hours")
@needs(Permission.SIGN_SLIPS)
def approve_out_of_hours(slip_id: str) -> AnyResponse:
    """Stand in for the front desk while it is closed, and say how the owner's word was had."""
    return _approve(slip_id, ApprovalMethod.OUT_OF_HOURS, reason=reason_from_form())


@bp.post("/slips/<slip_id>/approve-by-card")
@needs(Permission.MANAGE_SLIPS)
def approve_by_card(slip_id: str) -> AnyResponse:
    """The owner has tapped a card at the desk's reader for this slip: the reader's word, and never the browser's."""
    slip = appliance().goods.slip_queries.get(slip_id)
    tap = taken_tap(card_purpose(slip))
    if tap is None:
        raise Conflict("no-tap", "No card has been tapped for this slip.")
    if tap.card_id is None or not tap.is_good or tap.is_nobodys:
        raise Conflict("card-not-good", "The card is not on record, or not good.")
    return _approved(appliance().goods.slips.approve_by_card(slip.id, tap.card_id, actor=current_user().actor))


@bp.post("/slips/<slip_id>/refuse")
@needs(Permission.MANAGE_SLIPS)
def refuse_slip(slip_id: str) -> AnyResponse:
    """Say no in place of whoever was asked."""
    slip = appliance().goods.slips.refuse(slip_id, actor=current_user().actor, reason=reason_from_form())
    return _done(slip, _("Release slip %(number)s is refused.", number=slip.number))


@bp.post("/slips/<slip_id>/void")
@needs(Permission.MANAGE_SLIPS)
def void_slip(slip_id: str) -> AnyResponse:
    """Take a slip back: nothing leaves on it any more."""
    slip = appliance().goods.slips.void(slip_id, actor=current_user().actor, reason=reason_from_form())
    return _done(slip, _("Release slip %(number)s is void.", number=slip.number))


@bp.post("/slips/<slip_id>/print")
@needs(Permission.MANAGE_SLIPS)
def print_slip(slip_id: str) -> AnyResponse:
    """Print a slip's receipt form."""
    slip = appliance().goods.slip_queries.get(slip_id)
    language = _paper_language(request.form.get("language", ""))
    appliance().goods.papers.print_slip(slip.id, language, actor=current_user().actor)
    return _done(slip, _("Release slip %(number)s is printed next.", number=slip.number))


@bp.post("/slips/<slip_id>/paper.pdf")
@needs(Permission.MANAGE_SLIPS)
def make_slip_pdf(slip_id: str) -> AnyResponse:
    """A slip's A4 form, to be printed at the desk. Every one is counted, so it is made by a POST."""
    slip = appliance().goods.slip_queries.get(slip_id)
    language = _paper_language(request.form.get("language", ""))
    pdf = appliance().goods.papers.pdf(slip.id, language, actor=current_user().actor)
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{slip.number}.pdf"'
    return answer


@bp.post("/slips/<slip_id>/ask-reissue")
@needs(Permission.RELEASE_GOODS)
def ask_reissue(slip_id: str) -> AnyResponse:
    """The gate asks the desk for another slip."""
    lane = request.form.get("lane") or None
    if lane is not None:
        appliance().lanes.get(lane)
    slip = appliance().goods.slips.ask_reissue(slip_id, actor=current_user().actor, lane=lane)
    return _done(slip, _("The desk is asked for another slip in place of %(number)s.", number=slip.number))


@bp.post("/slips/<slip_id>/lost")
@needs(Permission.RELEASE_GOODS)
def note_lost(slip_id: str) -> AnyResponse:
    """Some pieces will never leave: lost, or damaged and not taken."""
    kind = MovementKind.DAMAGED if request.form.get("kind") == MovementKind.DAMAGED else MovementKind.LOST
    slip = appliance().goods.release.note_lost(
        slip_id, _number("line"), _number("quantity"),
        kind=kind, reason=reason_from_form(), actor=current_user().actor,
    )  # fmt: skip
    return _done(slip, _("It is noted."))


@bp.post("/slips/<slip_id>/returned")
@needs(Permission.RELEASE_GOODS)
def take_back(slip_id: str) -> AnyResponse:
    """Something returnable has come back."""
    slip = appliance().goods.release.take_back(
        slip_id, _number("line"), _number("quantity"), actor=current_user().actor
    )
    return _done(slip, _("Noted: it has been brought back."))


def _approve(slip_id: str, method: ApprovalMethod, *, authority: bytes | None = None, reason: str = "") -> AnyResponse:
    actor = current_user().actor
    word = Word(method, actor, actor, authority=authority, reason=reason)
    return _approved(appliance().goods.slips.approve(slip_id, word))


def _approved(slip: Slip) -> AnyResponse:
    return _done(slip, _("Release slip %(number)s is approved.", number=slip.number))


def _done(slip: Slip, message: str) -> AnyResponse:
    return done(message, url_for("panel.show_slip", slip_id=slip.id))


def _paper_language(text: str) -> Language:
    return Language(text if text in set(Language) else str(get_locale()))


def _number(name: str) -> int:
    """A whole number of the form; 0, at which nothing is, for what is none."""
    typed = request.form.get(name, "").strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
