"""Passes on record: this gate's from their issue, other gates' from the moment they are first seen here.

What is on record decides. For a pass of this gate the record and the signed claims say the same, so that a gate that
has only the claims decides alike; a pass of another gate is put on record from its claims, and from then on its uses,
its visits and its revocation here are kept as for any other.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, text, update

from kiosk.domain.access import CredentialState
from kiosk.domain.passes import PassClaims, PassKind
from kiosk.domain.text import search_tokens
from kiosk.domain.time_profiles import TimeProfile, profile_from
from kiosk.services.pass_keys import PassReading
from kiosk.store.database import Transaction
from kiosk.store.tables import passes, revoked_elsewhere, units

_BY_ID: Final = select(passes).where(passes.c.id == bindparam("id"))
WORDS: Final = "pass_search"
"""The full-text index of holders' names."""
_INDEX_HOLDER: Final = text("INSERT INTO pass_search (rowid, words) SELECT seq, :words FROM passes WHERE id = :id")


def record_of(transaction: Transaction, reading: PassReading, token: str, *, actor: str) -> Row[Any] | None:
    """The row of the pass that was read; another gate's pass gets one at first sight, with the journal saying so.

    None means that the pass is not known here: it is not genuine; it is none that this gate has on record; it was
    signed by another key than the one on record; or it is another gate's, for a unit that is not in the directory.
    """
    claims = reading.claims
    if claims is None:
        return None
    row = transaction.connection.execute(_BY_ID, {"id": claims.id}).first()
    if row is not None:
        # A gate that is trusted for its own passes has no say in ours.
        return row if row.kid is None or row.kid == reading.kid else None
    if not reading.gate or not _is_unit(transaction, claims.unit):
        return None
    add_record(transaction, claims, holder=reading.gate, token=token, kid=reading.kid, gate=reading.gate)
    transaction.record(actor, "pass.taken_in", {"pass": claims.id, "kid": reading.kid.hex()})
    listed = delete(revoked_elsewhere).where(revoked_elsewhere.c.id == claims.id)
    if transaction.connection.execute(listed).rowcount:
        revoke_record(transaction, claims.id, actor)
    return transaction.connection.execute(_BY_ID, {"id": claims.id}).one()


def add_record(
    transaction: Transaction,
    claims: PassClaims,
    *,
    holder: str,
    token: str,
    kid: bytes,
    gate: str = "",
) -> None:
    """Put a pass on record. Another gate's does not tell its holder: the gate's name stands in that place."""
    transaction.connection.execute(
        insert(passes),
        {
            "id": claims.id,
            "unit": claims.unit,
            "holder": holder,
            "kind": claims.kind.value,
            "not_before": claims.not_before,
            "not_after": claims.not_after,
            "max_uses": claims.max_uses,
            # A visit's pass was used up by coming in, here or at another gate; what is left of it is the way out.
            "uses": 1 if claims.kind is PassKind.VISIT else 0,
            "lanes": sorted(claims.lanes) if claims.lanes is not None else None,
            "weekly": claims.weekly.as_record() if claims.weekly is not None else None,
            "state": CredentialState.ACTIVE.value,
            "kid": kid,
            "gate": gate,
            "token": token,
            "created_at": transaction.now,
        },
    )
    if claims.kind is not PassKind.VISIT:  # those are found by their visits
        transaction.connection.execute(_INDEX_HOLDER, {"id": claims.id, "words": " ".join(search_tokens(holder))})


def revoke_record(transaction: Transaction, pass_id: str, actor: str) -> None:
    """Refuse a pass on record from now on, and say so in the journal."""
    revoked = {"state": CredentialState.REVOKED.value}
    transaction.connection.execute(update(passes).where(passes.c.id == pass_id).values(revoked))
    transaction.record(actor, "pass.revoked", {"pass": pass_id})


def claims_of(row: Row[Any]) -> PassClaims:
    """What the row says that the pass promises: the same as the pass itself."""
    return PassClaims(
        id=row.id,
        unit=row.unit,
        kind=PassKind(row.kind),
        not_before=row.not_before,
        not_after=row.not_after,
        max_uses=row.max_uses,
        lanes=frozenset(row.lanes) if row.lanes is not None else None,
        weekly=weekly_of(row),
    )


def weekly_of(row: Row[Any]) -> TimeProfile | None:
    """The hours of a recurring pass by the estate's clock; None when it opens at any hour."""
    # Not kept between calls: reading it takes a hundredth of what the decision's commit does.
    return None if row.weekly is None else profile_from(row.weekly)


def _is_unit(transaction: Transaction, code: str) -> bool:
    return transaction.connection.execute(select(units.c.code).where(units.c.code == code)).first() is not None
