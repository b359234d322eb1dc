"""Pre-registration: who is expected signs in at the touchscreen without asking the guard.

A pass issued ahead is the invitation. Whoever gives its holder's name at its unit has come on it as if he had held it
up: the same rules decide, and it is spent alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Row, select, update

from kiosk.domain.access import CredentialState, LaneFacts, decide
from kiosk.domain.passes import PassKind
from kiosk.domain.text import same_name
from kiosk.domain.visits import NewVisit
from kiosk.services.credential_facts import CredentialRecords
from kiosk.services.lane_rules import LaneRules
from kiosk.store.database import Transaction
from kiosk.store.tables import passes

_NAMED: Final = (PassKind.SINGLE.value, PassKind.DAY.value, PassKind.MULTI.value)
"""Not a recurring pass: it is good for months, and a name that is typed is no credential. Its bearer shows it."""


class PreRegistrations:
    """Finds and spends invitations. Stateless but for what it is handed."""

    def __init__(self, records: CredentialRecords, rules: LaneRules) -> None:
        self._records = records
        self._rules = rules

    def spend(self, transaction: Transaction, new: NewVisit, lane: str | None) -> str | None:
        """Use a pass of the unit that is made out to this name and good here and now; who decided by that, or None."""
        stands = self._rules.at(lane, transaction) if lane is not None else self._rules.anywhere(transaction)
        # Another lane that stands open is over in a moment: the gate itself waits for that.
        stands = replace(stands, open_beside="")
        for row in transaction.connection.execute(_issued_ahead(new.unit)):
            if same_name(row.holder, new.visitor_name) and self._opens(transaction, row, stands, lane):
                transaction.connection.execute(
                    update(passes).where(passes.c.id == row.id).values(uses=passes.c.uses + 1)
                )
                return f"pass {row.id}"
        return None

    def _opens(self, transaction: Transaction, row: Row[Any], stands: LaneFacts, lane: str | None) -> bool:
        # Whoever signs in has been looked up on the blocklist already.
        facts = self._records.of_pass(transaction, row, None, is_blocked=False)
        if lane is None:
            facts = replace(facts, lanes=None)
        return decide(facts, stands, transaction.now).granted


def _issued_ahead(unit: str) -> Any:
    return select(passes).where(
        passes.c.unit == unit,
        passes.c.state == CredentialState.ACTIVE.value,
        passes.c.kind.in_(_NAMED),
        passes.c.gate == "",  # another gate's pass does not tell whom it is for
    )
