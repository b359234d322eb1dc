"""Numbers of identity documents on record: asked for where the settings say so, sealed, opened with a reason."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from kiosk.domain.documents import Document, DocumentKind, DocumentReason
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.store import journal
from kiosk.store.tables import visits
from tests.support.desk import open_desk

NUMBER = "E3649125"
TYPED = Document(DocumentKind.HONG_KONG, "E364912(5)")
ASKS = {"guest": {"asks": {"name": "required", "document": "required"}}}


@pytest.fixture
def desk(tmp_path):
    with open_desk(tmp_path, visits={"kinds": ASKS}) as desk:
        yield desk


def sign_in(desk, document=TYPED, kind=VisitKind.GUEST, source=VisitSource.TOUCH):
    new = NewVisit(kind, "1-A-1-A", "陳大文", phone="91234567", purpose="x", document=document)
    return desk.visits.sign_in(new, source=source, actor="touchscreen", lane=None).visit


def entries(desk):
    with desk.store.read() as connection:
        return journal.after(connection, 0, 1000)[::-1]


def test_a_number_is_sealed_and_stands_masked_with_the_visit(desk):
    visit = sign_in(desk)
    assert visit.document_masked == "****12(5)"
    with desk.store.read() as connection:
        row = connection.execute(select(visits.c.document_sealed, visits.c.document_masked)).one()
    assert row.document_masked == visit.document_masked
    assert b"364912" not in row.document_sealed
    files = [path.read_bytes() for path in desk.store.path.parent.rglob("*") if path.is_file()]
    assert files
    assert not any(b"364912" in content for content in files)


def test_whoever_opens_it_is_on_record_with_the_reason_and_without_the_number(desk):
    visit = sign_in(desk)
    opened = desk.documents.open(visit.id, reason=DocumentReason.POLICE, actor="user boss")
    assert (opened.kind, opened.number, opened.written()) == (DocumentKind.HONG_KONG, NUMBER, "E364912(5)")
    told = entries(desk)[0]
    assert (told.type, told.actor) == ("visit.document_seen", "user boss")
    assert dict(told.payload) == {"visit": visit.id, "number": visit.number, "why": "police"}
    assert "364912" not in repr(entries(desk))


def test_a_number_that_was_put_to_another_visit_does_not_open(desk):
    visit, other = sign_in(desk), sign_in(desk, Document(DocumentKind.OTHER, "K1234567"))
    before = len(entries(desk))
    with desk.store.write() as transaction:
        stolen = select(visits.c.document_sealed).where(visits.c.id == visit.id).scalar_subquery()
        transaction.connection.execute(update(visits).where(visits.c.id == other.id).values(document_sealed=stolen))
    with pytest.raises(Conflict) as refused:
        desk.documents.open(other.id, reason=DocumentReason.CHECK, actor="user boss")
    assert refused.value.code == "document-sealed-otherwise"
    assert len(entries(desk)) == before, "nobody has seen anything"


def test_there_is_nothing_to_open_where_nothing_was_asked(desk):
    visit = sign_in(desk, kind=VisitKind.OTHER)
    assert visit.document_masked == "", "not asked for: not kept, though it was sent"
    for visit_id in (visit.id, "0" * 32):
        with pytest.raises(NotFound):
            desk.documents.open(visit_id, reason=DocumentReason.CHECK, actor="user boss")


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (None, FieldProblem.REQUIRED),
        (Document(DocumentKind.HONG_KONG, "Z364912(6)"), FieldProblem.WRONG_CHECK_DIGIT),
        (Document(DocumentKind.MAINLAND, "1234"), FieldProblem.NOT_A_DOCUMENT),
    ],
)
@pytest.mark.parametrize("source", [VisitSource.TOUCH, VisitSource.PANEL])
def test_a_wrong_number_is_told_and_nothing_is_kept(desk, document, problem, source):
    before = len(entries(desk))
    with pytest.raises(Invalid) as invalid:
        sign_in(desk, document, source=source)
    assert invalid.value.fields == {"document": problem}
    assert len(entries(desk)) == before


def test_a_program_may_leave_it_out(desk):
    assert sign_in(desk, None, source=VisitSource.API).document_masked == ""


def test_nobody_is_asked_unless_the_settings_say_so(tmp_path):
    with open_desk(tmp_path) as desk:
        assert sign_in(desk).document_masked == ""
