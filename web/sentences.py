"""Every code of the product as a sentence for the person who reads it.

Visitors get a sentence that helps and accuses nobody: whoever holds a code that is not genuine may well have been
sent it by somebody else. Guards get what happened, in the words of their work. All are lazy: they are put into the
reader's language when they are shown. English is the key of the catalogues.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString, ngettext
from flask_babel import lazy_gettext as _

from hardware.supervisor import DeviceCondition
from kiosk.domain.access import GRANTS, Code, Direction
from kiosk.domain.alarms import AlarmKind
from kiosk.domain.visits import VisitField, VisitKind, VisitState
from kiosk.errors import FieldProblem
from kiosk.services.deliveries import SubscriberCondition
from kiosk.services.openings import OpeningCause


def wait_sentence(wait_s: int) -> str:
    """What whoever guesses too often reads."""
    minutes = math.ceil(wait_s / 60)
    sentence: str = ngettext(
        "Too many attempts. Please wait a minute and try again.",
        "Too many attempts. Please wait %(num)d minutes and try again.",
        minutes,
    )
    return sentence


def visitor_sentence(code: Code, direction: Direction = Direction.IN) -> LazyString:
    """What a visitor reads when a card or code has been held up on the way in or out."""
    if code in GRANTS and direction is Direction.OUT:
        return _FOR_VISITORS[Code.GRANTED_OVERDUE]
    return _FOR_VISITORS[code]


def guard_sentence(code: Code) -> LazyString:
    """What a guard reads about the same."""
    return _FOR_GUARDS[code]


def field_sentence(problem: FieldProblem) -> LazyString:
    """What to do about a field that cannot be used."""
    return _FIELDS[problem]


def field_label(field: VisitField) -> LazyString:
    """What a visitor is asked for."""
    return _FIELD_LABELS[field]


def kind_label(kind: VisitKind) -> LazyString:
    """A kind of visit."""
    return _KINDS[kind]


def state_label(state: VisitState) -> LazyString:
    """Where a visit stands."""
    return _STATES[state]


def condition_label(condition: DeviceCondition) -> LazyString:
    """How a device is."""
    return _CONDITIONS[condition]


def device_fault_sentence(code: str) -> LazyString:
    """What is wrong with a device and what helps; a code that nobody has foreseen says that it does not work."""
    return _DEVICE_FAULTS.get(code, _DEVICE_FAULTS["fault"])


def subscriber_label(condition: SubscriberCondition) -> LazyString:
    """How it stands with one who is told of events."""
    return _SUBSCRIBERS[condition]


def delivery_fault_sentence(code: str) -> LazyString:
    """Why somebody could not be told, and what helps; any status of HTTP says that the receiver refused."""
    return _DELIVERY_FAULTS.get(code, _DELIVERY_FAULTS["not-taken"])


def opening_cause_label(cause: OpeningCause) -> LazyString:
    """Why a gate opened."""
    return _CAUSES[cause]


def alarm_label(kind: AlarmKind) -> LazyString:
    """What an alarm is about."""
    return _ALARMS[kind]


def journal_sentence(type_: str) -> LazyString:
    """What an entry of the journal tells; an unforeseen type is told to be an entry and nothing more."""
    return _JOURNAL.get(type_, _("Entry in the journal"))


_FOR_VISITORS: Final[Mapping[Code, LazyString]] = {
    Code.GRANTED: _("Welcome. The gate is opening."),
    Code.GRANTED_OVERDUE: _("Thank you for your visit. The gate is opening."),
    Code.GRANTED_PASSED_BACK: _("Welcome. The gate is opening."),
    Code.DUPLICATE: _("We have read it already. Please wait a moment."),
    Code.UNREADABLE: _("We could not read that. Please hold it still and try again."),
    Code.UNKNOWN: _("We do not know this card or code. Please sign in, or ask the guard."),
    Code.FORGED: _("We could not check this code. Please wait for the guard, who will help you."),
    Code.REVOKED: _("Please wait a moment. The guard will help you."),
    Code.LOST: _("Please wait a moment. The guard will help you."),
    Code.SUSPENDED: _("This card is resting at present. Please ask the guard."),
    Code.RETURNED: _("This card is no longer in use. Please ask the guard."),
    Code.BLOCKED: _("Please wait a moment. The guard will help you."),
    Code.CLOCK_NOT_TRUSTED: _("We could not check this just now. Please wait for the guard, who will help you."),
    Code.OUTSIDE_HOURS: _("This card or pass is for other hours. Please ask the guard."),
    Code.TOO_SOON: _("This card was used here a moment ago. Please ask the guard."),
    Code.ALREADY_INSIDE: _("This card has come in already. Please ask the guard."),
    Code.NOT_INSIDE: _("This card has not come in. Please ask the guard."),
    Code.QUOTA_USED_UP: _("Your household has gone out as often as it may today. Please ask the guard."),
    Code.GOODS_UNCHECKED: _("Please show your tools to the guard."),
    Code.COURIER_CARD: _("This is a courier's card. Please deliver your goods at the touchscreen."),
    Code.LANE_LOCKED: _("This lane is closed at present. Please ask the guard."),
    Code.FIRST_CARD_AWAITED: _("This lane is not open yet. Please ask the guard."),
    Code.INTERLOCKED: _("Please wait until the other gate has closed, and try again."),
    Code.NOT_YET_VALID: _("This card or pass is for a later time. Please ask the guard if you are expected now."),
    Code.EXPIRED: _("The time of this card or pass is over. Please sign in, or ask the guard."),
    Code.WRONG_LANE: _("This card or pass is for another lane. The guard will show you the way."),
    Code.USED: _("This card or pass has been used already. Please sign in, or ask the guard."),
    Code.CLONED: _("Please wait a moment. The guard will help you."),
    Code.TRY_AGAIN: _("Please hold the card still a little longer and try again."),
    Code.IDENTIFIES_ONLY: _("This card alone does not open the gate. Please ask the guard."),
    Code.DOUBTFUL: _("We could not check this just now. Please wait for the guard, who will help you."),
}

_FOR_GUARDS: Final[Mapping[Code, LazyString]] = {
    Code.GRANTED: _("Let through"),
    Code.GRANTED_OVERDUE: _("Let out after the end of the visit"),
    Code.GRANTED_PASSED_BACK: _("Let through, though passed back"),
    Code.DUPLICATE: _("Held up twice"),
    Code.UNREADABLE: _("Could not be read"),
    Code.UNKNOWN: _("Not on record"),
    Code.FORGED: _("Signature not genuine"),
    Code.REVOKED: _("Pass revoked"),
    Code.LOST: _("Card reported lost"),
    Code.SUSPENDED: _("Card suspended"),
    Code.RETURNED: _("Card has been returned"),
    Code.BLOCKED: _("On the blocklist"),
    Code.CLOCK_NOT_TRUSTED: _("Clock not trusted: its times could not be checked"),
    Code.OUTSIDE_HOURS: _("Outside its hours"),
    Code.TOO_SOON: _("Anti-passback: used at this lane a moment ago"),
    Code.ALREADY_INSIDE: _("Anti-passback: its holder is inside already"),
    Code.NOT_INSIDE: _("Anti-passback: its holder is outside"),
    Code.QUOTA_USED_UP: _("The household's exits of today are used up"),
    Code.GOODS_UNCHECKED: _("Tools carried in have not been checked"),
    Code.COURIER_CARD: _("Courier's card: opens nothing, begins a delivery at the touchscreen"),
    Code.LANE_LOCKED: _("Lane is locked"),
    Code.FIRST_CARD_AWAITED: _("Lane awaits the first card of its group"),
    Code.INTERLOCKED: _("Another lane of the group stands open"),
    Code.NOT_YET_VALID: _("Not valid yet"),
    Code.EXPIRED: _("No longer valid"),
    Code.WRONG_LANE: _("Not for this lane"),
    Code.USED: _("Used already"),
    Code.CLONED: _("Card could not prove itself: it may be a copy"),
    Code.TRY_AGAIN: _("Card was taken away too soon"),
    Code.IDENTIFIES_ONLY: _("Card only identifies: it can be copied and opens nothing alone"),
    Code.DOUBTFUL: _("Could not be checked; kept closed"),
}

_FIELDS: Final[Mapping[FieldProblem, LazyString]] = {
    FieldProblem.REQUIRED: _("Please fill this in."),
    FieldProblem.NOT_ASKED: _("This is not asked for here."),
    FieldProblem.TOO_LONG: _("This is too long. Please shorten it."),
    FieldProblem.NOT_ONE_LINE: _("Please write this on one line, in plain letters."),
    FieldProblem.NOT_A_PHONE: _("Please check the telephone number."),
    FieldProblem.OUT_OF_RANGE: _("This number is outside what is possible."),
    FieldProblem.UNKNOWN_UNIT: _("There is no such unit. Please choose it again."),
    FieldProblem.UNKNOWN_LANE: _("There is no such lane."),
    FieldProblem.UNKNOWN_KIND: _("Please choose the kind of visit again."),
    FieldProblem.NOT_A_UID: _("A card's number has 8, 14 or 20 digits and letters from A to F."),
    FieldProblem.NOT_A_CARD_NUMBER: _("No card has such a number. Please check it and its kind."),
    FieldProblem.NOT_ONE_CARD: _(
        "Several cards can have this number. Please give the UID, or hold the card to a reader."
    ),
    FieldProblem.UNKNOWN_PROFILE: _("There is no such time profile."),
    FieldProblem.IN_THE_PAST: _("This time has passed already."),
    FieldProblem.ENDS_BEFORE_START: _("The end is before the beginning."),
    FieldProblem.NOT_A_PICTURE: _("This is not a picture. Please take it again."),
    FieldProblem.NOT_AN_ADDRESS: _("This is no https address, nor an http address on the local network."),
    FieldProblem.NOT_EVENTS: _("These are no types of events. They look like visit.signed_in."),
    FieldProblem.NOT_OF_KIND: _("This does not go with this kind."),
    FieldProblem.LASTS_TOO_LONG: _("This is too long: a pass lasts a year at most, a release slip 31 days."),
    FieldProblem.NOT_ITS_MIDNIGHT: _("A day pass ends at the midnight of its day."),
    FieldProblem.NEVER_OPENS: _("None of these hours lies between the two dates."),
    FieldProblem.NOT_HOURS: _("Please give hours that begin before they end and do not touch each other."),
    FieldProblem.NOT_A_KEY_SET: _("This is no set of public keys."),
    FieldProblem.NOT_A_CHANNEL: _("This is no address in apprise's notation. They look like wecombot://KEY."),
    FieldProblem.NOT_A_SECRET: _("A secret is whsec_ with 24 to 64 random bytes in base64."),
    FieldProblem.NOT_A_TIME: _("Please write a time as in 08:30, up to 24:00."),
    FieldProblem.OVERLAPPING: _("These times overlap or touch. Please make one of them."),
    FieldProblem.NOT_A_DAY: _("There is no such day. Please write it as 2026-03-31."),
    FieldProblem.NOBODY_NAMED: _("Please give a name, a telephone number or a plate."),
    FieldProblem.TAKEN: _("This is taken already. Please choose another."),
    FieldProblem.NOT_A_USERNAME: _("A user name begins with a letter and has letters, digits, dots and dashes."),
    FieldProblem.WEAK_PASSWORD: _("This password is too easy to guess. Please choose a longer one."),
    FieldProblem.NOT_A_PIN: _("A PIN has 4 to 8 digits."),
    FieldProblem.WEAK_PIN: _("This PIN is too easy to guess. Please choose another."),
    FieldProblem.NOT_A_DOCUMENT: _("Please check the number: this document's numbers look different."),
    FieldProblem.WRONG_CHECK_DIGIT: _("Please check the number: its last character does not fit the others."),
    FieldProblem.PINS_ALIKE: _("Both PINs need the same number of digits, and more than one slip between them."),
}

_FIELD_LABELS: Final[Mapping[VisitField, LazyString]] = {
    VisitField.NAME: _("Name"),
    VisitField.PHONE: _("Telephone"),
    VisitField.COMPANIONS: _("People with you"),
    VisitField.VEHICLE_PLATE: _("Vehicle plate"),
    VisitField.PURPOSE: _("Purpose of the visit"),
    VisitField.DOCUMENT: _("Identity document"),
}

_KINDS: Final[Mapping[VisitKind, LazyString]] = {
    VisitKind.GUEST: _("Guest"),
    VisitKind.DELIVERY: _("Delivery"),
    VisitKind.CONTRACTOR: _("Contractor"),
    VisitKind.OTHER: _("Other"),
}

_STATES: Final[Mapping[VisitState, LazyString]] = {
    VisitState.WAITING: _("Waiting for approval"),
    VisitState.SIGNED_IN: _("Inside"),
    VisitState.SIGNED_OUT: _("Signed out"),
    VisitState.EXPIRED: _("Expired, never signed out"),
    VisitState.REFUSED: _("Refused"),
    VisitState.CANCELLED: _("Cancelled by the visitor"),
}

_CONDITIONS: Final[Mapping[DeviceCondition, LazyString]] = {
    DeviceCondition.STARTING: _("Starting"),
    DeviceCondition.READY: _("Ready"),
    DeviceCondition.IMPAIRED: _("Needs attention"),
    DeviceCondition.FAULT: _("Not working"),
    DeviceCondition.MISCONFIGURED: _("Wrongly set up"),
    DeviceCondition.STOPPED: _("Stopped"),
}

_SUBSCRIBERS: Final[Mapping[SubscriberCondition, LazyString]] = {
    SubscriberCondition.WELL: _("Arrives"),
    SubscriberCondition.RETRYING: _("Being tried again"),
    SubscriberCondition.FAILING: _("Does not arrive"),
    SubscriberCondition.MISCONFIGURED: _("Wrongly set"),
    SubscriberCondition.DISABLED: _("Given up"),
}

_DELIVERY_FAULTS: Final[Mapping[str, LazyString]] = {
    "not-taken": _("The receiver did not take it. It is tried again by itself."),
    "unreachable": _("The receiver cannot be reached. Please check the network."),
    "timed-out": _("The receiver did not answer in time."),
    "certificate": _("The receiver's certificate cannot be trusted."),
    "not-on-the-lan": _("The address is http and not on the local network. Please use https."),
    "bad-answer": _("The receiver gave an answer that is none."),
    "http-410": _("The receiver wants no more events."),
    "secret-lost": _("Its secret cannot be opened with this sealing key. Please subscribe again."),
    "bad-address": _("Its address in the settings is none. Please tell the installer."),
    "address-unreadable": _("The file with its address cannot be read. Please tell the installer."),
}

_DEVICE_FAULTS: Final[Mapping[str, LazyString]] = {
    "fault": _("It does not work. The log has the details."),
    "driver-unavailable": _("Its driver cannot be loaded. Please tell the installer."),
    "bad-options": _("Its settings cannot be used. Please tell the installer."),
    "unplugged": _("It is not connected. Please check its cable and its power."),
    "closed": _("It has been closed."),
    "busy": _("Another program is using it."),
    "timed-out": _("It does not answer. Please check its power."),
    "card-gone": _("The card was taken away too soon. Please hold it still and try again."),
    "not-responding": _("It has stopped responding. If this stays so, restart the box."),
    "offline": _("It is offline. Please check that it is switched on."),
    "out-of-paper": _("It is out of paper. Please put in a new roll."),
    "cover-open": _("Its cover is open. Please close it."),
    "uncertain": _("A receipt may not have come out. Please look, and print it again if need be."),
    "no-font": _("A font for Chinese is missing on the box. Please tell the installer."),
    "interlocked": _("Another lane of the group stood open, so the gate stayed closed."),
    "relay-unavailable": _("The relay does not work, so the gate stayed closed. Please open it by hand."),
    "late": _("The gate was asked too late and stayed closed."),
}

_CAUSES: Final[Mapping[OpeningCause, LazyString]] = {
    OpeningCause.CREDENTIAL: _("Card or pass"),
    OpeningCause.SIGN_IN: _("Sign-in"),
    OpeningCause.SIGN_OUT: _("Sign-out"),
    OpeningCause.COMMAND: _("Opened by a person"),
    OpeningCause.EXIT_BUTTON: _("Exit button"),
    OpeningCause.RELEASE: _("Goods released"),
}

_ALARMS: Final[Mapping[AlarmKind, LazyString]] = {
    AlarmKind.FORCED: _("Gate forced open"),
    AlarmKind.HELD: _("Gate held open too long"),
    AlarmKind.FIRE: _("Fire alarm"),
    AlarmKind.VEHICLE: _("A vehicle has stood in the lane too long"),
    AlarmKind.CLONED: _("Copied card"),
    AlarmKind.OVERSTAY: _("Visitor still inside"),
    AlarmKind.PANIC: _("Call for help"),
    AlarmKind.CALLED: _("Somebody at the touchscreen calls the guard"),
    AlarmKind.DURESS: _("Opened under duress"),
}

_JOURNAL: Final[Mapping[str, LazyString]] = {
    "access.granted": _("Card or pass let through"),
    "access.refused": _("Card or pass refused"),
    "list.exported": _("List taken away as a file"),
    "turn.taken": _("Guard goes on with a turn at the touchscreen"),
    "turn.given_back": _("Turn given back to the touchscreen"),
    "turn.ended": _("Turn at the touchscreen ended by the guard"),
    "visit.waiting": _("Visitor waits for approval"),
    "visit.approved": _("Visit approved"),
    "visit.refused": _("Visit refused"),
    "visit.cancelled": _("Visitor gave up waiting"),
    "visit.signed_in": _("Visitor signed in"),
    "visit.signed_out": _("Visitor signed out"),
    "visit.card_lent": _("Card lent to a visitor"),
    "visit.document_seen": _("Whole number of an identity document looked at"),
    "visit.expired": _("Visit expired without sign-out"),
    "visit.blocked": _("Waiting visitor has been put on the blocklist"),
    "carried.listed": _("Tools carried in were listed"),
    "carried.awaited": _("Visitor wants to leave: tools to be checked"),
    "carried.checked": _("Tools checked on the way out"),
    "record.annotated": _("Remark added"),
    "blocklist.added": _("Somebody put on the blocklist"),
    "blocklist.changed": _("Entry of the blocklist changed"),
    "blocklist.removed": _("Somebody taken off the blocklist"),
    "host.asked": _("The host was asked"),
    "host.unanswered": _("No answer from the unit: please decide."),
    "link.made": _("Link made for a resident"),
    "link.revoked": _("Resident's link revoked"),
    "invitation.made": _("Guest invited"),
    "gate.opened": _("Gate opened"),
    "gate.failed": _("Gate did not open"),
    "gate.late": _("Gate stayed closed: the order came too late"),
    "gate.interrupted": _("Box stopped while the gate was opening"),
    "gate.commanded": _("Gate opened by order"),
    "lane.slow": _("Gate opened slowly"),
    "lane.self_test_decided": _("Self-test of a lane: test credential decided about"),
    "lane.self_test": _("Self-test of a lane"),
    "alarm.raised": _("Alarm raised"),
    "alarm.repeated": _("Alarm again: nobody has seen to it yet"),
    "alarm.acknowledged": _("Alarm acknowledged"),
    "fire.began": _("Fire alarm on record"),
    "fire.reset": _("Lanes close again after a fire alarm"),
    "lane.locked": _("Lane locked"),
    "lane.unlocked": _("Lane unlocked"),
    "screen.paused": _("Touchscreen paused"),
    "screen.resumed": _("Touchscreen in use again"),
    "system.shut_down": _("Box is being shut down from the touchscreen"),
    "system.shut_down_failed": _("Box could not be shut down from the touchscreen"),
    "lane.first_card": _("Lane opened by the first card of its group"),
    "passback.forgiven": _("Anti-passback forgiven"),
    "muster.queued": _("Muster list waits for the printer"),
    "muster.printing": _("Muster list is being printed"),
    "muster.printed": _("Muster list printed"),
    "muster.uncertain": _("Muster list may not have come out"),
    "muster.lapsed": _("Muster list could not be printed"),
    "muster.dismissed": _("Muster list dismissed"),
    "muster.safe": _("Found safe"),
    "muster.missing": _("No longer marked as safe"),
    "paper.forgotten": _("Names wiped from old papers"),
    "visits.purged": _("Visits purged"),
    "goods.purged": _("Goods and release slips purged"),
    "reconciliation.noted": _("Note to a week's reconciliation"),
    "reconciliation.signed": _("Week signed for"),
    "reconciliation.unsigned": _("Signature of a week fallen away"),
    "reconciliation.closed": _("Week closed by a second signature"),
    "handover.opened": _("Shift handover begun"),
    "handover.named": _("Said who takes over the shift"),
    "handover.listed": _("List of a shift handover made anew"),
    "handover.noted": _("Note to a shift handover"),
    "handover.refused": _("Item not taken on at the shift handover"),
    "handover.accepted": _("Item taken on after all"),
    "handover.signed": _("Shift handover signed"),
    "handover.unsigned": _("Signature of a shift handover fallen away"),
    "handover.ended": _("Shift handover signed by both"),
    "handover.cancelled": _("Shift handover cancelled"),
    "daily_list.made": _("List of the day made"),
    "daily_list.purged": _("Old lists of the day removed"),
    "record.held": _("Record kept for an incident"),
    "record.hold_lifted": _("Hold on a record lifted"),
    "input.changed": _("Gate input changed"),
    "device.changed": _("Device changed"),
    "receipt.queued": _("Receipt waits for the printer"),
    "receipt.printing": _("Receipt is being printed"),
    "receipt.printed": _("Receipt printed"),
    "receipt.uncertain": _("Receipt may not have come out"),
    "receipt.lapsed": _("Receipt not printed: it waited too long"),
    "receipt.dismissed": _("Receipt dismissed"),
    "slip.paper": _("Paper of a release slip made"),
    "slip_paper.queued": _("Release slip waits for the printer"),
    "slip_paper.printing": _("Release slip is being printed"),
    "slip_paper.printed": _("Release slip printed"),
    "slip_paper.uncertain": _("Release slip may not have come out"),
    "slip_paper.lapsed": _("Release slip not printed: it waited too long"),
    "slip_paper.dismissed": _("Release slip dismissed"),
    "label.queued": _("Shelf label waits for the printer"),
    "label.printing": _("Shelf label is being printed"),
    "label.printed": _("Shelf label printed"),
    "label.uncertain": _("Shelf label may not have come out"),
    "label.lapsed": _("Shelf label not printed: it waited too long"),
    "label.dismissed": _("Shelf label dismissed"),
    "handover_paper.queued": _("Shift handover waits for the printer"),
    "handover_paper.printing": _("Shift handover is being printed"),
    "handover_paper.printed": _("Shift handover printed"),
    "handover_paper.uncertain": _("Shift handover may not have come out"),
    "handover_paper.lapsed": _("Shift handover could not be printed"),
    "handover_paper.dismissed": _("Paper of a shift handover dismissed"),
    "pass.issued": _("Pass issued"),
    "pass.revoked": _("Pass revoked"),
    "card.added": _("Card added"),
    "card.changed": _("Card changed"),
    "card.recognised": _("Kind of card recognised"),
    "desk.card_tapped": _("Card shown at the desk"),
    "card_key.added": _("Key for cards added"),
    "card_key.retired": _("Key for cards retired"),
    "units.imported": _("Directory of units imported"),
    "unit.changed": _("Unit changed"),
    "user.added": _("Account added"),
    "user.removed": _("Account removed"),
    "user.password_set": _("Password set"),
    "user.pin_set": _("PIN set"),
    "user.pin_removed": _("PIN removed"),
    "user.card_set": _("Card to sign with set"),
    "user.card_removed": _("Card to sign with removed"),
    "user.pin_confirmed": _("PIN confirmed"),
    "user.pin_failed": _("Wrong PIN"),
    "user.logged_in": _("Logged in"),
    "user.logged_out": _("Logged out"),
    "user.login_failed": _("Login failed"),
    "api_key.made": _("Key for programs made"),
    "pass_key.made": _("Signing key for passes made"),
    "pass.list_taken": _("Another gate's list of revoked passes taken over"),
    "pass.taken_in": _("Pass of another gate seen for the first time"),
    "pass_key.replaced": _("Signing key for passes replaced"),
    "pass_key.trusted": _("Another gate's key for passes trusted"),
    "pass_key.distrusted": _("Another gate's key for passes no longer trusted"),
    "pass_key.retired": _("Signing key for passes retired"),
    "secret.made": _("Secret made"),
    "webhook.added": _("Webhook added"),
    "webhook.removed": _("Webhook removed"),
    "webhook.disabled": _("Webhook given up: its receiver takes nothing"),
    "notice.lapsed": _("Notices not sent: they had become too old"),
    "time_profile.added": _("Time profile added"),
    "time_profile.changed": _("Time profile changed"),
    "time_profile.removed": _("Time profile removed"),
    "holidays.read": _("Calendar of holidays read"),
    "holidays.unreadable": _("Calendar of holidays cannot be read"),
    "goods.waiting": _("Goods wait for a guard's decision"),
    "goods.to_door": _("Goods go to the door"),
    "goods.kept": _("Goods kept at the gate"),
    "goods.collected": _("Goods collected"),
    "goods.refused": _("Goods refused"),
    "goods.cancelled": _("Carrier gave up waiting with goods"),
    "goods.returned": _("Goods gone back with the carrier"),
    "goods.released": _("Goods released"),
    "slip.requested": _("Release slip asked for"),
    "slip.arrears_cleared": _("Nothing is owed: confirmed for a release slip"),
    "slip.approved": _("Release slip approved"),
    "slip.refused": _("Release slip refused"),
    "slip.presented": _("Release slip shown at the gate"),
    "slip.unknown": _("Release slip shown that is not genuine or not on record"),
    "slip.mismatch": _("Goods differ from their release slip: nothing left"),
    "slip.released": _("Release slip used up"),
    "slip.lost": _("Goods of a release slip will not leave"),
    "slip.returned": _("Goods of a release slip brought back"),
    "slip.return_late": _("Goods of a release slip were not brought back in time"),
    "slip.reissue_asked": _("The gate asks for another release slip"),
    "slip.void": _("Release slip void"),
    "slip.lapsed": _("Release slip lapsed"),
    "system.started": _("Box started"),
    "system.stopped": _("Box stopped"),
}
