from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel

from hardware import errors
from hardware.supervisor import DeviceCondition
from kiosk.domain.access import Code
from kiosk.domain.alarms import AlarmKind
from kiosk.domain.papers import RULES
from kiosk.domain.visits import VisitField, VisitKind, VisitState
from kiosk.errors import FieldProblem
from kiosk.services.openings import OpeningCause, Outcome
from kiosk.services.print_jobs import PrintState
from web import sentences

ROOT = Path(__file__).parents[2]
ACCUSING = re.compile(r"forged|revoked|lost|stolen|fake|denied|blocked|invalid|illegal", re.IGNORECASE)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (sentences.visitor_sentence, Code),
        (sentences.guard_sentence, Code),
        (sentences.field_sentence, FieldProblem),
        (sentences.field_label, VisitField),
        (sentences.kind_label, VisitKind),
        (sentences.state_label, VisitState),
        (sentences.condition_label, DeviceCondition),
        (sentences.opening_cause_label, OpeningCause),
        (sentences.alarm_label, AlarmKind),
    ],
)
def test_every_code_has_words(words: Callable[[Any], object], codes: type[StrEnum]) -> None:
    told = {code: str(words(code)) for code in codes}
    assert all(told.values())
    if codes is not Code:
        assert len(set(told.values())) == len(told), "two codes read alike"


def test_what_is_said_of_a_pass_is_said_of_a_card_too() -> None:
    either = {Code.NOT_YET_VALID, Code.EXPIRED, Code.OUTSIDE_HOURS, Code.WRONG_LANE, Code.USED}
    for code in either:
        assert "card or pass" in str(sentences.visitor_sentence(code)), code
    for code in set(Code) - either:
        assert "pass" not in str(sentences.visitor_sentence(code)), code


def test_a_visitor_is_accused_of_nothing() -> None:
    for code in Code:
        assert not ACCUSING.search(str(sentences.visitor_sentence(code)))
        assert len(str(sentences.visitor_sentence(code))) <= 90, "too long for a glance"


def test_every_device_error_has_words_of_its_own() -> None:
    codes = {error.code for error in vars(errors).values() if isinstance(error, type)}
    told = {code: str(sentences.device_fault_sentence(code)) for code in codes}
    assert len(set(told.values())) == len(codes)
    assert str(sentences.device_fault_sentence("something new")) == told["fault"]


def test_every_type_of_journal_entry_has_words() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "kiosk").rglob("*.py"))
    types = set(re.findall(r'record\(\s*[^"]*?f?"[^"]*",\s*"([a-z_]+\.[a-z_]+)"', source))
    types |= set(re.findall(r'record\(\s*[a-zA-Z_.]+,\s*"([a-z_]+\.[a-z_]+)"', source))
    types |= {f"gate.{outcome}" for outcome in Outcome}
    types |= {f"{rules.family}.{state}" for rules in RULES.values() for state in PrintState}
    assert {"visit.signed_in", "access.refused", "system.started", "gate.late"} <= types
    unforeseen = str(sentences.journal_sentence("something.new"))
    assert [type_ for type_ in sorted(types) if str(sentences.journal_sentence(type_)) == unforeseen] == []
