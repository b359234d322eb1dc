"""The muster list at the panel: who is inside, on any screen and on paper, and who has been found safe in a fire."""

from __future__ import annotations

from typing import Any, Final

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from hardware.interfaces import DeviceKind
from hardware.supervisor import WELL, DeviceHealth
from kiosk.domain.muster import BlockMuster, Muster, PersonKind
from kiosk.domain.roles import Permission
from web.access import appliance
from web.panel.answers import done
from web.panel.blueprint import bp, current_session, current_user, needs
from web.turns.place import block_of_estate

_LONGEST_NAME: Final = 64


@bp.get("/muster")
@needs(Permission.SEE_PEOPLE)
def show_muster() -> str:
    """The whole page, or what of it belongs to the block that the address names (`phase` and `block`)."""
    return render_template("panel/muster.html", **_list())


@bp.get("/parts/muster")
@needs(Permission.SEE_PEOPLE, is_use=False)
def show_muster_list() -> str:
    """The list itself, for refreshing the page."""
    return render_template("panel/_muster.html", **_list())


@bp.post("/muster/print")
@needs(Permission.PRINT_MUSTER)
def print_muster() -> Response:
    """Print the list as it is now."""
    appliance().muster.print(actor=current_user().actor)
    return done(_("The muster list is printed next."), url_for("panel.show_muster"))


@bp.post("/muster/<kind>/<person_id>/mark")
@needs(Permission.MARK_SAFE)
def mark_safe(kind: str, person_id: str) -> Response:
    """Say that somebody has been found safe; with `safe=0`, that they have not."""
    if kind not in set(PersonKind):
        abort(404)
    is_safe = request.form.get("safe") != "0"
    person = appliance().muster.mark(PersonKind(kind), person_id, is_safe=is_safe, actor=current_user().actor)
    message = _("%(name)s is safe.", name=person.name) if is_safe else _("%(name)s is to be found.", name=person.name)
    return done(message, url_for("panel.show_muster", **_asked()))


def _asked() -> dict[str, Any]:
    """The block that the address names, for addresses that name it again; empty where it names none."""
    if "block" not in request.args:
        return {}
    return {name: request.args.get(name, "")[:_LONGEST_NAME] for name in ("phase", "block")}


def _list() -> dict[str, object]:
    gate, asked = appliance(), _asked()
    muster = gate.muster.list()
    blocks = list(muster.blocks)
    shown = next((one for one in blocks if asked == _address(one)), None)
    if asked and shown is None:
        shown = BlockMuster(asked["phase"], asked["block"])
        blocks.append(shown)  # it is seen to be empty
    has_phases = len(gate.units.phases()) > 1
    return {
        "muster": muster,
        # One block to choose from is no choice.
        "blocks": [(one, _address(one), _name(one, has_phases=has_phases)) for one in blocks if asked or blocks[1:]],
        "asked": asked,
        "shown": shown or muster,
        "shown_name": _name(shown, has_phases=has_phases) if shown is not None else "",
        # To the minute: a page that has not changed otherwise stays as it is.
        "taken": muster.taken_at.astimezone(gate.settings.estate.zone).strftime("%Y-%m-%d %H:%M"),
        "visitors": PersonKind.VISIT,
        "holders": PersonKind.CARD,
        "waiting_sheets": len(gate.muster.waiting()),
        "unwell_printer": _unwell_printer(),
        "has_printer": gate.spool.has_printer,
    }


def _address(of: BlockMuster) -> dict[str, Any]:
    return {"phase": of.phase, "block": of.block}


def _name(of: BlockMuster, *, has_phases: bool) -> str:
    return block_of_estate(of.phase, of.block, has_phases=has_phases) or _("Other")


def _unwell_printer() -> DeviceHealth | None:
    health = (one for one in appliance().supervisor.health() if one.kind is DeviceKind.PRINTER)
    return next((one for one in health if one.condition not in WELL), None)


def _at_head() -> tuple[Muster, int]:
    """For the banner of every page: the list, and how many of its sheets wait for a printer that is not well."""
    gate = appliance()
    return gate.muster.list(), len(gate.muster.waiting()) if _unwell_printer() is not None else 0


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    return {"muster_at_head": _at_head} if current_session() is not None else {}
