"""The number of an identity document at the touchscreen: asked for where demanded, and masked at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.visitor import Visitor, visits
from web import create_app

ASKS = {
    "guest": {"asks": {"name": "required", "document": "required"}, "photo": "none"},
    "other": {"asks": {"name": "required", "document": "optional"}, "photo": "none", "approval": "none"},
}
NUMBER = "A123456(3)"


@pytest.fixture(scope="module")
def demanding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("demanding"), settings=document(visits={"kinds": ASKS})) as gate:
        yield gate


@pytest.fixture
def app(demanding: TestGate) -> Flask:
    return create_app(demanding.appliance)


def at_document(app: Flask, kind: str = "guest") -> Visitor:
    visitor = Visitor(app).begin(kind).go_to("2/C", "2-C-12-A")
    visitor.send("/sign-in/about", visitor_name="何文")
    assert visitor.path == "/sign-in/document", visitor.page
    return visitor


def give(visitor: Visitor, number: str, kind: str = "hong-kong") -> Visitor:
    return visitor.send("/sign-in/document", document_kind=kind, document=number)


def test_a_number_is_shown_by_its_end_once_the_page_is_left(app: Flask, demanding: TestGate) -> None:
    visitor = give(at_document(app), NUMBER)
    assert visitor.path == "/sign-in/summary"
    assert "****56(3)" in visitor.page
    assert "A1234" not in visitor.page
    visitor.send("/sign-in/change", step="document")
    assert "Given: ****56(3)." in visitor.page
    assert "A1234" not in visitor.page
    assert give(visitor, "").path == "/sign-in/summary", "left empty it stays"
    visitor.send("/sign-in/done", once=visitor.once)
    assert visits(demanding)[0].document_masked == "****56(3)"


@pytest.mark.parametrize(
    ("number", "kind", "sentence"),
    [
        ("A123456(4)", "hong-kong", "its last character does not fit the others"),
        ("A12345", "mainland", "numbers look different"),
        ("", "other", "Please fill this in."),
        ("x" * 500, "nonsense", "numbers look different"),
    ],
)
def test_a_wrong_number_is_asked_for_again_with_a_sentence(app: Flask, number: str, kind: str, sentence: str) -> None:
    visitor = give(at_document(app), number, kind)
    assert (visitor.path, visitor.status) == ("/sign-in/document", 422)
    assert sentence in visitor.page
    assert visitor.see("/sign-in/summary").path == "/sign-in/document"


def test_a_wrong_number_leaves_the_one_before(app: Flask) -> None:
    visitor = give(at_document(app), NUMBER)
    visitor.send("/sign-in/change", step="document")
    give(visitor, "A123456(4)")
    assert visitor.status == 422
    assert "****56(3)" in visitor.page
    assert give(visitor, "").path == "/sign-in/summary"


def test_an_optional_number_can_be_left_out(app: Flask, demanding: TestGate) -> None:
    visitor = give(at_document(app, "other"), "")
    visitor.send("/sign-in/done", once=visitor.once)
    assert visits(demanding)[0].document_masked == ""


def test_nobody_is_asked_who_need_not_be(app: Flask) -> None:
    visitor = Visitor(app).begin("contractor").go_to("2/C", "2-C-12-A")
    assert visitor.see("/sign-in/document").path != "/sign-in/document"
    assert give(visitor, NUMBER).path != "/sign-in/document"
