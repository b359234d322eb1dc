"""What the panel's pages say: lines of the feed, refusals, times, and whose act something was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask import request
from flask_babel import LazyString, ngettext
from flask_babel import lazy_gettext as _

from hardware.interfaces import DeviceKind, GateInput, RelayState
from kiosk.clock import ClockConfidence
from kiosk.domain.access import CredentialKind, CredentialState, Direction
from kiosk.domain.approvals import HOST_ACTOR, Step, Way
from kiosk.domain.blocklist import BlockState, Trait
from kiosk.domain.card_proof import CardProof, CardTechnology
from kiosk.domain.explanation import Verdict
from kiosk.domain.papers import PrintKind
from kiosk.domain.roles import Permission, Role, may
from kiosk.errors import Invalid, NotFound, Refusal
from kiosk.services.desk_taps import DESK_READER
from kiosk.services.feed_view import FeedItem, Tone
from kiosk.services.openings import Outcome
from kiosk.services.print_jobs import PrintJob, PrintState
from web import sentences
from web.access import appliance
from web.panel import card_wording, goods_wording
from web.panel.blueprint import KEYS_COOKIE, THEME_COOKIE, bp, current_session, this_page, wants_answer

INPUT_LABELS: Final[Mapping[GateInput, LazyString]] = {
    GateInput.EXIT_BUTTON: _("Exit button"),
    GateInput.CONTACT: _("Gate contact"),
    GateInput.FIRE: _("Fire alarm"),
    GateInput.LOOP: _("Vehicle detector"),
}
_INPUT_ON: Final[Mapping[GateInput, LazyString]] = {
    GateInput.EXIT_BUTTON: _("Exit button pressed"),
    GateInput.CONTACT: _("The gate stands open"),
    GateInput.FIRE: _("FIRE ALARM"),
    GateInput.LOOP: _("A vehicle stands in the lane"),
}
_INPUT_OFF: Final[Mapping[GateInput, LazyString]] = {
    GateInput.EXIT_BUTTON: _("Exit button released"),
    GateInput.CONTACT: _("The gate is closed"),
    GateInput.FIRE: _("The fire alarm is over"),
    GateInput.LOOP: _("The vehicle has gone"),
}
CREDENTIAL_LABELS: Final[Mapping[CredentialKind, LazyString]] = {
    CredentialKind.CARD: _("Card"),
    CredentialKind.PASS: _("QR code"),
}
RELAY_LABELS: Final[Mapping[RelayState, LazyString]] = {
    RelayState.CLOSED: _("Barrier out of reach"),
    RelayState.RELEASED: _("Barrier at rest"),
    RelayState.ENERGISED: _("Barrier is opening"),
    RelayState.HELD: _("Barrier is held open"),
    RelayState.STUCK: _("The relay is stuck: go and look"),
}
DIRECTION_LABELS: Final[Mapping[Direction, LazyString]] = {
    Direction.IN: _("Way in"),
    Direction.OUT: _("Way out"),
    Direction.BOTH: _("In and out"),
}
DEVICE_LABELS: Final[Mapping[DeviceKind, LazyString]] = {
    DeviceKind.RELAY: _("Barrier relay"),
    DeviceKind.INPUTS: _("Gate inputs"),
    DeviceKind.READER: _("Card reader"),
    DeviceKind.CAMERA: _("Camera"),
    DeviceKind.DECODER: _("QR decoder"),
    DeviceKind.PHOTO_METER: _("Photo advice"),
    DeviceKind.PRINTER: _("Receipt printer"),
}
ROLE_LABELS: Final[Mapping[Role, LazyString]] = {
    Role.GUARD: _("Guard"),
    Role.CLERK: _("Card clerk"),
    Role.FRONT_DESK: _("Front desk"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.ADMIN: _("Administrator"),
    Role.OBSERVER: _("Observer"),
}
PRINT_LABELS: Final[Mapping[PrintState, LazyString]] = {
    PrintState.QUEUED: _("Waiting for the printer"),
    PrintState.PRINTING: _("Being printed"),
    PrintState.PRINTED: _("Printed"),
    PrintState.UNCERTAIN: _("May not have come out"),
    PrintState.LAPSED: _("Not printed: waited too long"),
    PrintState.DISMISSED: _("Settled"),
}
CLOCK_LABELS: Final[Mapping[str, LazyString]] = {
    ClockConfidence.SYNCHRONISED: _("Set from the network"),
    ClockConfidence.UNCONFIRMED: _("Not confirmed since power-up"),
    ClockConfidence.BEHIND: _("Wrong: earlier than the log"),
}
VERDICT_LABELS: Final[Mapping[Verdict, LazyString]] = {
    Verdict.PASSED: _("does not hold"),
    Verdict.OBJECTED: _("decided"),
    Verdict.NOT_ASKED: _("not looked at any more"),
}
CREDENTIAL_STATE_LABELS: Final[Mapping[CredentialState, LazyString]] = {
    CredentialState.ACTIVE: _("Active"),
    CredentialState.LOST: _("Reported lost"),
    CredentialState.SUSPENDED: _("Suspended"),
    CredentialState.RETURNED: _("Returned"),
    CredentialState.REVOKED: _("Revoked"),
}
TECHNOLOGY_LABELS: Final[Mapping[CardTechnology, LazyString]] = {
    CardTechnology.UID_ONLY: _("Number only (can be copied)"),
    CardTechnology.CLASSIC: _("MIFARE Classic (can be copied)"),
    CardTechnology.DESFIRE: _("DESFire with the estate's key"),
}
PROOF_LABELS: Final[Mapping[CardProof, LazyString]] = {
    CardProof.NOT_TRIED: _("Not asked"),
    CardProof.PROVEN: _("Proven"),
    CardProof.FAILED: _("Failed"),
    CardProof.INTERRUPTED: _("Interrupted"),
}
TRAIT_LABELS: Final[Mapping[Trait, LazyString]] = {
    Trait.NAME: _("Name"),
    Trait.PHONE: _("Telephone"),
    Trait.PLATE: _("Vehicle plate"),
}
BLOCK_STATE_LABELS: Final[Mapping[BlockState, LazyString]] = {
    BlockState.ACTIVE: _("On the list"),
    BlockState.ENDED: _("Off the list"),
}
LIST_LABELS: Final[Mapping[str, LazyString]] = {
    "visits": _("Visits"),
    "passes": _("Passes"),
    "cards": _("Cards"),
    "slips": _("Release slips"),
    "release-slips": _("Release slips"),
    "goods": _("Goods in"),
    "goods-in": _("Goods in"),
    "blocklist": _("Blocklist"),
    "handovers": _("Shift handovers"),
    "daily-list": _("List of the day"),
    "units": _("Units"),
    "visits-by-hour": _("Visits by hour"),
    "service-times": _("Service times"),
    "refusals": _("Refusals"),
}
"""The lists that can be taken away, by the names that their files and the journal have for them."""
REFUSAL_REASONS: Final = (
    _("Resident does not expect the visitor"),
    _("No answer from the unit"),
    _("Not allowed on the estate"),
)
"""Why visitors are turned away, as the panel offers it; anything else may be typed."""

_PAPERS: Final[Mapping[PrintKind, LazyString]] = {
    PrintKind.VISIT: _("Receipt"),
    PrintKind.MUSTER: _("Muster list"),
    PrintKind.SLIP: _("Release slip"),
    PrintKind.GOODS: _("Shelf label"),
    PrintKind.HANDOVER: _("Shift handover"),
}
OUTCOME_SENTENCES: Final[Mapping[Outcome, LazyString]] = {
    Outcome.OPENED: _("The lane is open."),
    Outcome.FAILED: _("The lane did not open: its relay does not work. Please look at the devices."),
    Outcome.LATE: _("The order came too late, so the lane stayed closed. Please press again."),
    Outcome.INTERRUPTED: _("The box stopped meanwhile. Please look at the gate."),
}
_STEPS: Final[Mapping[Step, LazyString]] = {
    Step.ASKED: _("The host was asked"),
    Step.UNANSWERED: _("No answer from the unit"),
    Step.APPROVED: _("Approved"),
    Step.REFUSED: _("Refused"),
}
_WAYS: Final[Mapping[Way, LazyString]] = {
    Way.LINK: _("By the resident's link"),
    Way.PANEL: _("At the panel"),
    Way.API: _("By a program"),
    Way.PASS: _("By an invitation"),
    Way.BOX: _("By the box itself"),
}
_REFUSALS: Final[Mapping[str, LazyString]] = {
    "visit-waiting": _("This visit still waits for approval."),
    "visit-signed-in": _("This visit is signed in already. Somebody was faster."),
    "visit-signed-out": _("This visit is signed out already. Somebody was faster."),
    "visit-expired": _("This visit has expired."),
    "visit-refused": _("This visit was refused already. Somebody was faster."),
    "visit-cancelled": _("The visitor has given up waiting."),
    "goods-unchecked": _("This visitor has tools to show. Please check them on the page of the visit first."),
    "nothing-listed": _("Nothing is listed that this visitor carried in."),
    "goods-waiting": _("These goods still wait for a decision."),
    "goods-to-door": _("These goods are on their way to the door already."),
    "goods-kept": _("These goods are kept at the gate already. Somebody was faster."),
    "goods-collected": _("These goods are collected already."),
    "goods-returned": _("These goods have gone back with the carrier."),
    "goods-refused": _("These goods were refused already. Somebody was faster."),
    "goods-cancelled": _("The carrier has given up waiting."),
    "wrong-code": _("This is not the code of these goods."),
    "other-unit": _("This card is of another unit. These goods are not for it."),
    "no-card-shown": _("No card was held to the reader."),
    "visit-not-inside": _("The visitor is not inside."),
    "visit-has-card": _("The visitor has a card already."),
    "card-not-lendable": _("This card cannot be lent just now."),
    "no-receipt": _("This visit has no receipt: it was never signed in."),
    "paper-queued": _("This paper is about to be printed."),
    "no-paper": _("What stood on this paper is not kept any more."),
    "muster-queued": _("A muster list waits for the printer already."),
    "no-muster": _("There is no fire alarm for which people are counted."),
    "receipt-queued": _("A receipt of this visit is about to be printed."),
    "goods-not-kept": _("These goods are not at the gate any more."),
    "no-font": _("A font for PDF is missing on the box. Please tell the installer."),
    "no-printer": _("This gate has no receipt printer."),
    "store-busy": _("The register is busy. Nothing has changed; please try again."),
    "lane-not-responding": _("The lane does not respond. Please look at the gate."),
    "too-many-exports": _("Other lists are being written to files just now. Please try again in a moment."),
    "too-many-rows": _("This list has more rows than a sheet can hold. Please narrow it, or take it as CSV."),
    "too-many-streams": _("Too many live pages are open. Please close one."),
    "lane-locked": _("The lane is locked. Please unlock it first."),
    "slip-requested": _("This release slip is not approved yet."),
    "slip-approved": _("This release slip is approved already. Somebody was faster."),
    "slip-released": _("Everything on this release slip has left, or is accounted for."),
    "slip-refused": _("This release slip was refused."),
    "slip-void": _("This release slip is void."),
    "slip-lapsed": _("This release slip has lapsed: its days went by."),
    "arrears-not-cleared": _("Please confirm first that nothing is owed."),
    "method-not-allowed-for-slip": _("This release slip cannot be approved in this way, or not now."),
    "no-authority": _("The picture of the owner's written authority is missing."),
    "not-the-owner": _("This is not the word of the unit's owner."),
    "no-tap": _("No card has been tapped for this release slip."),
    "card-not-good": _("This card is not on record, or not good at present."),
    "already-locked": _("Somebody has locked this lane already."),
    "desk-busy": _("Somebody else is waiting for a card at the desk. Please try again in a minute."),
    "no-desk-reader": _("There is no card reader at the desk."),
    "desk-reader-unwell": _("The card reader at the desk does not work."),
    "not-locked": _("This lane is not locked any more."),
    "already-revoked": _("This pass is revoked already."),
    "too-many-links": _("This unit has as many links as it may have. Please revoke one first."),
    "already-acknowledged": _("Somebody has acknowledged this alarm already."),
    "visitor-blocked": _("This visitor is on the blocklist. Letting them in needs a reason."),
    "already-blocked": _("The same person is on the blocklist already."),
    "already-removed": _("This entry has been taken off the blocklist already."),
    "no-fire": _("No lane is held open any more."),
    "fire-still-on": _("The fire input is still on. Please have the fire alarm system reset first."),
    "card-exists": _("This card has been put on record just now. Somebody was faster."),
    "busy": _("Many people are logging in. Please try again in a moment."),
    "turn-gone": _("This turn at the touchscreen has ended, or somebody else has it now."),
    "no-reason": _("Please say why."),
    "profile-in-use": _("A card has this time profile. Please give it another one first."),
    "too-many-profiles": _("There are as many time profiles as this gate keeps. Please remove one first."),
    "week-not-over": _("This week is not over yet."),
    "week-closed": _("This week is closed: nothing of it changes any more."),
    "not-accounted-for": _("Something of this week needs a note first."),
    "same-user": _("You have signed already. The second signature is another user's."),
    "changed-since-shown": _("The week has changed since this page was shown. Please look again, then sign."),
    "handover-changed": _("This has changed since the page was shown. Please look again, then sign."),
    "changed-since-signed": _("The week has changed since the first signature, which falls away: both sign again."),
    "handover-open": _("There is a handover already that nobody has ended."),
    "handover-ended": _("This handover is signed by both: nothing of it changes any more."),
    "handover-cancelled": _("This handover was cancelled."),
    "handover-unsigned": _("This handover is not signed by both yet."),
    "hands-to-self": _("Nobody takes over from themselves."),
    "nobody-takes-over": _("Please say first who takes over."),
    "signed-already": _("This side has signed already."),
    "not-this-side": _("This is another person's card. Please let the right one sign."),
    "no-pin": _("This account has no PIN to sign with."),
    "card-signs-for-nobody": _("Nobody signs by this card."),
    "hold-lifted": _("Somebody has lifted this hold already."),
    "old-form": _("This page was too old. Please go back, reload it, and try again."),
    "not-allowed": _("Your account may not do this."),
}
_DEFAULT_REFUSAL: Final = _("This cannot be done at present.")


def refusal_sentence(refusal: Refusal) -> str:
    """What a guard reads when something was not done."""
    if isinstance(refusal, Invalid):
        return " ".join(str(sentences.field_sentence(problem)) for problem in refusal.fields.values())
    if isinstance(refusal, NotFound):
        return str(_("This is not there, or not any more."))
    return str(_REFUSALS.get(refusal.code, _DEFAULT_REFUSAL))


def feed_sentence(item: FeedItem) -> str:
    """What a line of the feed says happened."""
    sentence: object = sentences.journal_sentence(item.type)
    if item.code is not None:
        sentence = sentences.guard_sentence(item.code)
    elif item.alarm is not None and item.type == "alarm.raised":
        sentence = _("Alarm: %(alarm)s", alarm=sentences.alarm_label(item.alarm))
    elif item.is_blocked:
        sentence = _("Visitor on the blocklist waits for your decision")
    elif item.input is not None:
        sentence = (_INPUT_ON if item.is_active else _INPUT_OFF)[item.input]
    elif item.condition is not None:
        sentence = f"{device_label(item.device)}: {sentences.condition_label(item.condition)}"
    elif item.type == "lane.self_test":
        sentence = _("Self-test passed") if item.tone is Tone.PLAIN else _("Self-test found a fault")
    return str(sentence)


def feed_detail(item: FeedItem) -> str:
    """What else there is to say in smaller letters: a fault, a reason, a cause."""
    details = []
    if item.credential is not None:
        details.append(str(CREDENTIAL_LABELS[item.credential]))
    if item.took_ms is not None:
        details.append(str(_("after %(seconds)s s", seconds=f"{item.took_ms / 1000:.1f}")))
    details += _of_file(item)
    if item.uid:
        details += card_wording.numbers(item.uid, item.lane)
    if item.card_state is not None and item.card_state in card_wording.STATE_LABELS:
        details.append(str(card_wording.STATE_LABELS[item.card_state]))
    details += [str(label) for name, label in card_wording.CHANGE_LABELS.items() if name in item.changed]
    if item.fault:
        details.append(str(sentences.device_fault_sentence(item.fault)))
    if item.alarm is not None and item.type != "alarm.raised":
        details.append(str(sentences.alarm_label(item.alarm)))
    if item.goods is not None:
        details += goods_wording.details(item.goods)
    if item.reason:
        details.append(item.reason)
    if item.cause is not None and item.type.startswith("gate."):
        details.append(str(sentences.opening_cause_label(item.cause)))
    return " · ".join(details)


def _of_file(item: FeedItem) -> list[str]:
    counted = [] if item.rows is None else [str(ngettext("%(num)d row", "%(num)d rows", item.rows))]
    return (
        [str(LIST_LABELS.get(item.exported, item.exported)), item.file_format.upper(), *counted]
        if item.exported
        else []
    )


def actor_label(actor: str) -> str:
    """Whose act it was; empty for what the box does by itself."""
    kind, _space, name = actor.partition(" ")
    if kind == HOST_ACTOR:
        return str(_("Resident"))
    return name if kind in {"user", "api"} else ""


def device_label(name: str) -> str:
    """A supervised device by its name: `in.camera`, `desk.reader`, `printer`."""
    place, _dot, kind = name.rpartition(".")
    label = str(DEVICE_LABELS[DeviceKind(kind)]) if kind in set(DeviceKind) else kind
    if name == DESK_READER:
        place = str(_("Desk"))
    return f"{label} ({place})" if place else label


def paper_label(job: PrintJob) -> str:
    """What a print job brings out."""
    label = str(_PAPERS[job.kind])
    number = job.visit_number or job.subject_number
    part = f"{job.part}/{job.parts}" if job.parts > 1 else ""
    return " ".join(one for one in (label, number, part) if one)


def local_time(moment: datetime, *, with_seconds: bool = False) -> str:
    """A time in the estate's zone, with the day when it is another than today."""
    zone = appliance().settings.estate.zone
    local, today = moment.astimezone(zone), appliance().clock.now().astimezone(zone)
    clock = local.strftime("%H:%M:%S" if with_seconds else "%H:%M")
    if local.date() == today.date():
        return clock
    return f"{local.strftime('%Y-%m-%d' if local.year != today.year else '%m-%d')} {clock}"


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    session = current_session()
    return {
        "user": session.user if session else None,
        "may": lambda permission: session is not None and may(session.user.role, Permission(permission)),
        "theme": request.cookies.get(THEME_COOKIE, ""),
        "has_keys": request.cookies.get(KEYS_COOKIE) != "off",
        "server_ms": int(appliance().clock.now().timestamp() * 1000),
        "is_for_script": wants_answer(),
        "this_page": this_page(),
        "local_time": local_time,
        "feed_sentence": feed_sentence,
        "feed_detail": feed_detail,
        "actor_label": actor_label,
        "device_label": device_label,
        "guard_sentence": sentences.guard_sentence,
        "kind_label": sentences.kind_label,
        "state_label": sentences.state_label,
        "condition_label": sentences.condition_label,
        "device_fault_sentence": sentences.device_fault_sentence,
        "subscriber_label": sentences.subscriber_label,
        "delivery_fault_sentence": sentences.delivery_fault_sentence,
        "field_sentence": sentences.field_sentence,
        "field_label": sentences.field_label,
        "input_labels": INPUT_LABELS,
        "relay_labels": RELAY_LABELS,
        "direction_labels": DIRECTION_LABELS,
        "refusal_reasons": REFUSAL_REASONS,
        "role_labels": ROLE_LABELS,
        "print_labels": PRINT_LABELS,
        "paper_label": paper_label,
        "approval_label": _STEPS.__getitem__,
        "way_label": _WAYS.__getitem__,
    }
