"""Every error code of the API, with its status and when it comes: for the document, and held against real answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code. `when` is the sentence of the document; `fields` an example of them where the code has any."""

    status: HTTPStatus
    when: str
    fields: Mapping[str, str] | None = None


CATALOGUE: Final[Mapping[str, ErrorCode]] = {
    "bad-json": ErrorCode(
        HTTPStatus.BAD_REQUEST, "The body is not JSON in UTF-8, or names a field twice. Nothing has changed."
    ),
    "unauthorized": ErrorCode(HTTPStatus.UNAUTHORIZED, "No API key came with the request, or one that is not known."),
    "not-found": ErrorCode(HTTPStatus.NOT_FOUND, "There is no such thing, or nothing at this address."),
    "method-not-allowed": ErrorCode(HTTPStatus.METHOD_NOT_ALLOWED, "The address does not take this method."),
    "visit-waiting": ErrorCode(HTTPStatus.CONFLICT, "The visit is still waiting for approval."),
    "visit-signed-in": ErrorCode(HTTPStatus.CONFLICT, "The visit is signed in already."),
    "visit-signed-out": ErrorCode(HTTPStatus.CONFLICT, "The visit is signed out already."),
    "visit-expired": ErrorCode(HTTPStatus.CONFLICT, "The visit has expired: it was never signed out."),
    "visit-refused": ErrorCode(HTTPStatus.CONFLICT, "The visit was refused at the gate."),
    "visit-cancelled": ErrorCode(HTTPStatus.CONFLICT, "The visitor gave up waiting."),
    "goods-unchecked": ErrorCode(
        HTTPStatus.CONFLICT, "The visitor has tools that no guard has looked at on the way out."
    ),
    "goods-waiting": ErrorCode(HTTPStatus.CONFLICT, "The goods still wait for a guard."),
    "goods-to-door": ErrorCode(HTTPStatus.CONFLICT, "The goods have gone to the door."),
    "goods-collected": ErrorCode(HTTPStatus.CONFLICT, "The goods are collected already."),
    "goods-returned": ErrorCode(HTTPStatus.CONFLICT, "The goods have gone back with the carrier."),
    "goods-refused": ErrorCode(HTTPStatus.CONFLICT, "A guard refused the goods."),
    "goods-cancelled": ErrorCode(HTTPStatus.CONFLICT, "The carrier did not wait."),
    "wrong-code": ErrorCode(HTTPStatus.CONFLICT, "This is not the code of these goods."),
    "slip-requested": ErrorCode(HTTPStatus.CONFLICT, "The slip is not approved yet."),
    "slip-approved": ErrorCode(HTTPStatus.CONFLICT, "The slip is approved already."),
    "slip-released": ErrorCode(HTTPStatus.CONFLICT, "Everything on the slip has left or is accounted for."),
    "slip-refused": ErrorCode(HTTPStatus.CONFLICT, "The slip was refused."),
    "slip-void": ErrorCode(HTTPStatus.CONFLICT, "The slip is void."),
    "slip-lapsed": ErrorCode(HTTPStatus.CONFLICT, "The slip's days went by."),
    "arrears-not-cleared": ErrorCode(
        HTTPStatus.CONFLICT, "Somebody moves out, and the front desk has not confirmed yet that nothing is owed."
    ),
    "method-not-allowed-for-slip": ErrorCode(
        HTTPStatus.CONFLICT, "Such a slip cannot be approved in this way, or not at this hour."
    ),
    "no-reason": ErrorCode(HTTPStatus.CONFLICT, "The reason is missing."),
    "mismatch": ErrorCode(
        HTTPStatus.CONFLICT,
        "What wants to leave is not what the slip says; `fields` names the lines as `items.LINE`, and `vehicle_plate`, "
        "`not_after` or `items` for the whole. Nothing has left, and the lane stays closed.",
        {"items.2": "This is more than the slip has left. Balance: 1"},
    ),
    "idempotency-key-reused": ErrorCode(
        HTTPStatus.CONFLICT, "This Idempotency-Key came with another request before. Nothing has changed."
    ),
    "already-acknowledged": ErrorCode(
        HTTPStatus.CONFLICT, "Somebody has acknowledged the alarm already; their note stands."
    ),
    "already-blocked": ErrorCode(HTTPStatus.CONFLICT, "The same name, phone and plate are on the blocklist already."),
    "already-removed": ErrorCode(HTTPStatus.CONFLICT, "The entry has been taken off the blocklist already."),
    "already-revoked": ErrorCode(HTTPStatus.CONFLICT, "The pass is revoked already."),
    "card-exists": ErrorCode(HTTPStatus.CONFLICT, "A card with this UID is on record already."),
    "profile-in-use": ErrorCode(HTTPStatus.CONFLICT, "A card has this time profile. Give it another one first."),
    "too-many-profiles": ErrorCode(HTTPStatus.CONFLICT, "There are as many time profiles as this gate keeps."),
    "too-many-links": ErrorCode(HTTPStatus.CONFLICT, "The unit has as many residents' links as it may have."),
    "too-many-invitations": ErrorCode(
        HTTPStatus.CONFLICT, "The unit has as many open invitations as it may have; one can be revoked."
    ),
    "too-many-webhooks": ErrorCode(HTTPStatus.CONFLICT, "There are as many webhooks as this gate serves."),
    "lane-locked": ErrorCode(HTTPStatus.CONFLICT, "A guard has locked the lane: it opens to nobody until unlocked."),
    "already-locked": ErrorCode(HTTPStatus.CONFLICT, "The lane is locked already; the first one's reason stands."),
    "not-locked": ErrorCode(HTTPStatus.CONFLICT, "The lane is not locked."),
    "muster-queued": ErrorCode(HTTPStatus.CONFLICT, "A muster list waits for the printer already."),
    "too-many-rows": ErrorCode(
        HTTPStatus.CONFLICT, "The list has more rows than a sheet can hold. Narrow it, or take it as CSV."
    ),
    "late": ErrorCode(HTTPStatus.CONFLICT, "The deadline has passed: the lane stays closed."),
    "too-large": ErrorCode(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than 64 kB."),
    "unsupported-media-type": ErrorCode(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The content type is not application/json."),
    "invalid": ErrorCode(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Some of the input cannot be used; `fields` has a sentence for each field at fault. Nothing has changed.",
        {"unit": "There is no such unit."},
    ),
    "internal": ErrorCode(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here. It is in the gate's log."),
    "store-busy": ErrorCode(
        HTTPStatus.SERVICE_UNAVAILABLE, "The register is busy. Nothing has changed; please try again."
    ),
    "too-many-exports": ErrorCode(
        HTTPStatus.SERVICE_UNAVAILABLE, "Other lists are being written to files just now. Please try again."
    ),
    "no-printer": ErrorCode(HTTPStatus.SERVICE_UNAVAILABLE, "This gate has no receipt printer."),
    "gate-failed": ErrorCode(
        HTTPStatus.SERVICE_UNAVAILABLE, "The barrier's relay could not be energised: the lane has not opened."
    ),
    "lane-not-responding": ErrorCode(
        HTTPStatus.SERVICE_UNAVAILABLE, "The lane does not respond: nobody knows whether it has opened."
    ),
}
