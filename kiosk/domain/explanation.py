"""Why a decision fell as it did: the facts as the journal keeps them, and what each rule said of them.

A record holds everything that `decide` was handed, so that the same decision can be made again from it, years later
and by anybody. What stands at its default is left out. It holds no name, number or plate of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Final

from kiosk.domain.access import (
    RULES,
    Code,
    CredentialFacts,
    CredentialKind,
    CredentialState,
    Direction,
    LaneFacts,
    case_of,
    rules_at,
)
from kiosk.domain.card_proof import CardProof, CardTechnology
from kiosk.domain.passback import PassbackMode, PassbackPolicy, Whereabouts
from kiosk.domain.visits import VisitState

_MEMBERS: Final[Mapping[str, type[StrEnum]]] = {
    "kind": CredentialKind,
    "direction": Direction,
    "state": CredentialState,
    "visit_state": VisitState,
    "technology": CardTechnology,
    "proof": CardProof,
    "timed": PassbackMode,
    "entering": PassbackMode,
    "leaving": PassbackMode,
}
_PARTS: Final[Mapping[str, type[Any]]] = {"where": Whereabouts, "passback": PassbackPolicy}
_MOMENTS: Final = frozenset({"not_before", "not_after", "since", "last_here"})


class Verdict(StrEnum):
    """What a rule said."""

    PASSED = "passed"
    OBJECTED = "objected"
    NOT_ASKED = "not-asked"  # an earlier rule had decided, or nothing but names is asked at this lane


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """A rule, by the code that it refuses with, and what it said."""

    code: Code
    verdict: Verdict


def explain(facts: CredentialFacts, lane: LaneFacts, now: datetime) -> list[RuleVerdict]:
    """What each rule says of a case, in the order in which they are asked."""
    case = case_of(facts, lane, now)
    verdicts = {code: Verdict.NOT_ASKED for code, _ in RULES}
    for code, objects in rules_at(lane):
        verdicts[code] = Verdict.OBJECTED if objects(case) else Verdict.PASSED
        if verdicts[code] is Verdict.OBJECTED:
            break
    return [RuleVerdict(code, verdict) for code, verdict in verdicts.items()]


def record_of(facts: CredentialFacts, lane: LaneFacts) -> dict[str, Any]:
    """What was known, as JSON keeps it."""
    return {"facts": _written(facts), "lane": _written(lane)}


def facts_from(record: Mapping[str, Any]) -> tuple[CredentialFacts, LaneFacts]:
    """Read what `record_of` wrote.

    Raises:
        ValueError: it is no such record, or one that a later version of this program has written.
    """
    try:
        return _read(CredentialFacts, record["facts"]), _read(LaneFacts, record["lane"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("these are no facts of a decision") from error


_DEFAULTS: Final = {
    kind: [(field.name, field.default) for field in fields(kind)]
    for kind in (CredentialFacts, LaneFacts, Whereabouts, PassbackPolicy)
}
"""Once for each kind: a record stands between a card and its gate."""


def _written(value: Any) -> dict[str, Any]:
    """The fields of a dataclass that are not at their defaults."""
    written = {}
    for name, default in _DEFAULTS[type(value)]:
        held = getattr(value, name)
        if held is not default and held != default:
            written[name] = _as_json(held)
    return written


def _as_json(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    return _written(value) if type(value) in _DEFAULTS else value


def _read(kind: type[Any], record: Mapping[str, Any]) -> Any:
    return kind(**{name: _from_json(name, value) for name, value in record.items()})


def _from_json(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _MEMBERS:
        return _MEMBERS[name](value)
    if name in _MOMENTS:
        return datetime.fromisoformat(value)
    if name == "lanes":
        return frozenset(value)
    return _read(_PARTS[name], value) if name in _PARTS else value
