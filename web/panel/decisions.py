"""Why a card or code was let through or not, and forgiving what anti-passback holds against a card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import abort, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kiosk.domain.access import CredentialFacts, Direction
from kiosk.domain.roles import Permission
from kiosk.services.decisions import Decided, Known
from web.access import appliance
from web.panel.answers import done, reason_from_form
from web.panel.blueprint import bp, current_user, needs
from web.panel.wording import (
    CLOCK_LABELS,
    CREDENTIAL_STATE_LABELS,
    PROOF_LABELS,
    TECHNOLOGY_LABELS,
    VERDICT_LABELS,
    local_time,
)
from web.sentences import state_label


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what was known. `age` says how old it was, where it has a time."""

    label: str
    value: str
    age: str = ""


@bp.get("/decisions/<int:seq>")
@needs(Permission.SEE_PEOPLE)
def show_decision(seq: int) -> str:
    """A decision taken apart: the rule, the facts with their age, the clock, the devices."""
    if seq >= 2**63:
        abort(404)
    decided = appliance().decisions.get(seq)
    return render_template(
        "panel/decision.html",
        decided=decided,
        facts=list(_facts(decided, decided.known)) if decided.known else [],
        clock=CLOCK_LABELS.get(decided.clock, decided.clock),
        verdict_labels=VERDICT_LABELS,
        forgives=bool(decided.card_id and decided.known and decided.known.facts.where.since),
    )


@bp.post("/cards/<card_id>/forgive")
@needs(Permission.FORGIVE)
def forgive_card(card_id: str) -> Response:
    """Let a card's next passage be through either way."""
    appliance().passback.forgive(card_id, actor=current_user().actor, reason=reason_from_form())
    return done(_("Forgiven: the card's next passage is free."), url_for("panel.show_shift"))


def _facts(decided: Decided, known: Known) -> Iterator[Fact]:
    facts, lane, at = known.facts, known.lane, decided.item.at
    if not facts.known:
        return
    yield Fact(_("On record"), str(CREDENTIAL_STATE_LABELS[facts.state]))
    yield from _times(facts)
    yield from _of_the_credential(facts)
    yield from _whereabouts(facts, at)
    if facts.exits_left is not None and decided.direction is Direction.OUT:
        yield Fact(_("Household's exits left today"), str(max(0, facts.exits_left)))
    if lane.first_card_group:
        yield Fact(_("Lane awaits a card of group"), lane.first_card_group)
    if lane.open_beside:
        yield Fact(_("Lane that stood open"), lane.open_beside)


def _of_the_credential(facts: CredentialFacts) -> Iterator[Fact]:
    if facts.lanes is not None:
        yield Fact(_("Lanes"), ", ".join(sorted(facts.lanes)) or _("None"))
    if facts.max_uses:
        yield Fact(_("Uses"), _("%(uses)d of %(most)d", uses=facts.uses, most=facts.max_uses))
    if facts.visit_state is not None:
        yield Fact(_("Its visit"), str(state_label(facts.visit_state)))
    if facts.goods_unchecked:
        yield Fact(_("Tools carried in"), _("Not checked on the way out"))
    if facts.technology is not None:
        yield Fact(_("Kind of card"), str(TECHNOLOGY_LABELS[facts.technology]))
        yield Fact(_("Proof by its key"), str(PROOF_LABELS[facts.proof]))


def _whereabouts(facts: CredentialFacts, at: datetime) -> Iterator[Fact]:
    if facts.where.since is not None:
        since = local_time(facts.where.since, with_seconds=True)
        inside, outside = _("Inside since %(time)s", time=since), _("Outside since %(time)s", time=since)
        where = inside if facts.where.is_inside else outside
        yield Fact(_("Holder"), where, age_label(facts.where.since, at))
    if facts.where.last_here is not None:
        passed = local_time(facts.where.last_here, with_seconds=True)
        yield Fact(_("Last here"), passed, age_label(facts.where.last_here, at))


def _times(facts: CredentialFacts) -> Iterator[Fact]:
    if facts.not_before is not None:
        yield Fact(_("Valid from"), local_time(facts.not_before))
    if facts.not_after is not None:
        yield Fact(_("Valid until"), local_time(facts.not_after))
    if facts.within_hours is not None:
        yield Fact(_("Hours"), _("Within its hours") if facts.within_hours else _("Outside its hours"))


def age_label(since: datetime, at: datetime) -> str:
    """How long before `at` something was, in the largest whole unit."""
    age = max(at - since, timedelta())
    if age < timedelta(minutes=1):
        label = ngettext("%(num)d second before", "%(num)d seconds before", int(age.total_seconds()))
    elif age < timedelta(hours=1):
        label = ngettext("%(num)d minute before", "%(num)d minutes before", age // timedelta(minutes=1))
    elif age < timedelta(days=1):
        label = ngettext("%(num)d hour before", "%(num)d hours before", age // timedelta(hours=1))
    else:
        label = ngettext("%(num)d day before", "%(num)d days before", age.days)
    return str(label)
