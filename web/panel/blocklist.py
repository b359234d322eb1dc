"""The blocklist at the panel: whoever admits visitors reads it, a supervisor keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any, Final

from flask import make_response, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kiosk.domain.blocklist import BlockState, Traits, common_traits
from kiosk.domain.roles import Permission, may
from kiosk.domain.visits import Visit
from kiosk.errors import FieldProblem, Invalid, NotFound
from kiosk.services.blocklist import MAX_REASON_CHARACTERS, Block, BlockChanges, BlocklistEntry
from web.access import appliance
from web.paging import place_before
from web.panel.answers import done
from web.panel.blueprint import bp, current_session, current_user, needs
from web.panel.days import last_day
from web.panel.wording import BLOCK_STATE_LABELS, TRAIT_LABELS

PAGE_LENGTH: Final = 25
MAX_QUERY: Final = 80
_MOST_SHOWN_BACK: Final = 300


@dataclass(frozen=True, slots=True)
class BlockNote:
    """Why somebody is held up, as a guard reads it. `same` is what the visitor and the entry have in common."""

    entry: BlocklistEntry
    is_certain: bool
    is_active: bool
    same: tuple[LazyString, ...]


@bp.get("/blocklist")
@needs(Permission.ADMIT)
def show_blocklist() -> str:
    """Who is on the list, by whatever is known of them, newest first."""
    query = request.args.get("q", "")[:MAX_QUERY]
    wanted = request.args.get("state", BlockState.ACTIVE.value)
    state = BlockState(wanted) if wanted in set(BlockState) else None
    place = place_before()
    now = appliance().clock.now()
    page = appliance().blocklist.page(state, query, now=now, after=place, limit=PAGE_LENGTH)
    return render_template(
        "panel/blocklist.html", page=page, query=query, state=state, states=list(BlockState), now=now,
        is_first=place is None,
    )  # fmt: skip


@bp.get("/blocklist/add")
@needs(Permission.MANAGE_BLOCKLIST)
def show_blocklist_form() -> Response:
    """The form, filled in from a visit where one is named."""
    visit_id = request.args.get("visit", "")
    try:
        visit = appliance().visit_queries.get(visit_id) if visit_id else None
    except NotFound:
        visit = None
    known = {} if visit is None else _known_of(visit)
    return _form(known, HTTPStatus.OK, {})


@bp.post("/blocklist")
@needs(Permission.MANAGE_BLOCKLIST)
def add_to_blocklist() -> Response:
    """Put somebody on the list."""
    typed = _typed()
    try:
        entry = appliance().blocklist.add(
            actor=current_user().actor,
            ends_at=_end_from_form(),
            visit_id=request.form.get("visit") or None,
            **{name: typed[name] for name in ("name", "phone", "vehicle_plate", "reason")},
        )
    except Invalid as refusal:
        return _form(typed, HTTPStatus.UNPROCESSABLE_ENTITY, refusal.fields)
    return done(_("This is on the blocklist now."), url_for("panel.show_blocklist_entry", entry_id=entry.id))


@bp.get("/blocklist/<entry_id>")
@needs(Permission.ADMIT)
def show_blocklist_entry(entry_id: str) -> Response:
    """One entry, and for those who keep the list the form to change it."""
    entry = appliance().blocklist.get(entry_id)
    return _entry_page(entry, _typed_of(entry), HTTPStatus.OK, {})


@bp.post("/blocklist/<entry_id>")
@needs(Permission.MANAGE_BLOCKLIST)
def change_blocklist_entry(entry_id: str) -> Response:
    """Change an entry."""
    entry, typed = appliance().blocklist.get(entry_id), _typed()
    changes = BlockChanges(
        name=typed["name"], phone=typed["phone"], vehicle_plate=typed["vehicle_plate"], reason=typed["reason"]
    )
    try:
        if typed["ends_on"] != _typed_of(entry)["ends_on"]:  # the form knows days only; the end may be at another hour
            changes["ends_at"] = _end_from_form()
        appliance().blocklist.change(entry_id, changes, actor=current_user().actor)
    except Invalid as refusal:
        return _entry_page(entry, typed, HTTPStatus.UNPROCESSABLE_ENTITY, refusal.fields)
    return done(_("The entry is changed."), url_for("panel.show_blocklist_entry", entry_id=entry_id))


@bp.post("/blocklist/<entry_id>/remove")
@needs(Permission.MANAGE_BLOCKLIST)
def remove_from_blocklist(entry_id: str) -> Response:
    """Take an entry off the list."""
    appliance().blocklist.remove(entry_id, actor=current_user().actor)
    return done(_("The entry is off the blocklist."), url_for("panel.show_blocklist"))


def block_note(entry_id: str, person: Traits) -> BlockNote:
    """Why a visitor whom a guard signs in is held up."""
    entry = appliance().blocklist.get(entry_id)
    return _note(entry, Block(entry.id, common_traits(entry.traits, person)))


def _note_of(visit: Visit) -> BlockNote | None:
    found = appliance().blocklist.block_of(visit)
    return None if found is None else _note(*found)


def _note(entry: BlocklistEntry, block: Block) -> BlockNote:
    is_active = entry.state(appliance().clock.now()) is BlockState.ACTIVE
    same = tuple(label for trait, label in TRAIT_LABELS.items() if trait in block.traits)
    return BlockNote(entry, block.is_certain, is_active, same)


def _known_of(visit: Visit) -> dict[str, str]:
    return {
        "name": visit.visitor_name, "phone": visit.phone, "vehicle_plate": visit.vehicle_plate, "visit": visit.id,
    }  # fmt: skip


def _typed() -> dict[str, str]:
    names = ("name", "phone", "vehicle_plate", "reason", "ends_on", "visit")
    return {name: request.form.get(name, "").strip()[:_MOST_SHOWN_BACK] for name in names}


def _typed_of(entry: BlocklistEntry) -> dict[str, str]:
    ends_on = last_day(entry.ends_at, appliance().settings.estate.zone).isoformat() if entry.ends_at is not None else ""
    return {
        "name": entry.name, "phone": entry.phone, "vehicle_plate": entry.vehicle_plate, "reason": entry.reason,
        "ends_on": ends_on,
    }  # fmt: skip


def _end_from_form() -> datetime | None:
    """The end of the last day that the form names; None without one.

    Raises:
        Invalid: it names no day.
    """
    text = request.form.get("ends_on", "").strip()
    if not text:
        return None
    try:
        after = date.fromisoformat(text) + timedelta(days=1)
        return datetime.combine(after, time(), appliance().settings.estate.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid({"ends_at": FieldProblem.NOT_A_DAY}) from None


def _form(typed: Mapping[str, str], status: HTTPStatus, problems: Mapping[str, FieldProblem]) -> Response:
    page = render_template("panel/blocklist_add.html", typed=typed, problems=problems)
    return make_response(page, int(status))


def _entry_page(
    entry: BlocklistEntry, typed: Mapping[str, str], status: HTTPStatus, problems: Mapping[str, FieldProblem]
) -> Response:
    page = render_template(
        "panel/blocklist_entry.html", entry=entry, state=entry.state(appliance().clock.now()), typed=typed,
        problems=problems,
    )  # fmt: skip
    return make_response(page, int(status))


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    session = current_session()
    if session is None:
        return {}
    may_read = may(session.user.role, Permission.ADMIT)
    return {
        "block_of": lambda visit: _note_of(visit) if may_read else None,
        "block_state_labels": BLOCK_STATE_LABELS,
        "last_day": lambda ends_at: last_day(ends_at, appliance().settings.estate.zone).isoformat(),
        "block_reason_length": MAX_REASON_CHARACTERS,
    }
