"""Finding visits: every way of asking, over every page, against a plain look at all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.services.visit_queries import VisitFilter
from tests.support.appliance import UNITS
from tests.support.desk import open_desk

COMMON = 2100
"""More of one surname than any part of a search may look at by itself."""


def _waits(visit):
    return visit.state is VisitState.WAITING


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with open_desk(tmp_path_factory.mktemp("search")) as desk:
        register = desk.register  # thousands of sign-ins, each with its fsync, would take minutes
        with desk.store.write() as transaction:
            for index in range(COMMON + 60):
                rare = index % 40 == 0 and index < 400
                transaction.now = desk.clock.now() + timedelta(seconds=index)
                register.enter(
                    transaction,
                    NewVisit(
                        VisitKind.GUEST, UNITS[index % 6].code, f"陳{index % 7}明" if index % 36 else f"Chan {index}",
                        phone=f"9{index:07d}" if index % 3 else "", vehicle_plate=f"粤B·{index:05d}" if rare else "",
                    ),
                    state=VisitState.WAITING if rare else VisitState.SIGNED_IN, source=VisitSource.TOUCH, lane="in",
                    ends_at=None,
                )  # fmt: skip
        yield desk


def _all(desk, wanted, limit=50):
    found, before = [], None
    while True:
        page = desk.queries.page(wanted, before=before, limit=limit)
        found += page.items
        if page.next_after is None:
            return found
        before = page.next_after


def _every(desk, like):
    return [visit.id for visit in _all(desk, VisitFilter(), 200) if like(visit)]


@pytest.mark.parametrize(
    ("wanted", "like"),
    [
        (VisitFilter(query="陳"), lambda visit: "陳" in visit.visitor_name),
        (VisitFilter(query="陳3"), lambda visit: "陳3" in visit.visitor_name),
        (VisitFilter(query="chan 1"), lambda visit: visit.visitor_name.startswith("Chan 1")),
        (VisitFilter(query="陳", state=VisitState.WAITING), lambda visit: _waits(visit) and "陳" in visit.visitor_name),
        (VisitFilter(query="陳", unit="1-A-1-B"), lambda visit: "陳" in visit.visitor_name and visit.unit == "1-A-1-B"),
        (VisitFilter(query="粤B"), lambda visit: visit.vehicle_plate),
        (VisitFilter(query="粤b 0004"), lambda visit: visit.vehicle_plate.startswith("粤B·0004")),
        (VisitFilter(query="0040"), lambda visit: visit.phone.endswith("0040")),
        (VisitFilter(query="００４０"), lambda visit: visit.phone.endswith("0040")),
        (VisitFilter(query="1-a-2-a"), lambda visit: visit.unit == "1-A-2-A"),
        (VisitFilter(query="260301-007"), lambda visit: visit.number == "260301-007"),
        (VisitFilter(query="２６０３０１-007"), lambda visit: visit.number == "260301-007"),
        (VisitFilter(state=VisitState.WAITING), _waits),
        (VisitFilter(query="龘"), lambda _visit: False),
        (VisitFilter(query='" OR 1=1 --'), lambda _visit: False),
        (VisitFilter(query="%" * 10_000), lambda _visit: False),
    ],
)
def test_every_match_is_found_once_over_all_pages_newest_first(desk, wanted, like):
    found = [visit.id for visit in _all(desk, wanted)]
    assert found == _every(desk, like)


@pytest.mark.parametrize("ago", [-1, 0, 10, COMMON + 30, COMMON + 100])
@pytest.mark.parametrize("query", ["", "陳"])
def test_since_narrows_by_the_time_of_coming(desk, ago, query):
    since = desk.clock.now() + timedelta(seconds=COMMON + 59 - ago)
    found = [visit.id for visit in _all(desk, VisitFilter(query=query, since=since))]
    assert found == _every(desk, lambda visit: visit.created_at >= since and query in visit.visitor_name)
    assert bool(found) is (ago >= 0)


def test_a_page_ends_where_the_list_ends(desk):
    total = COMMON + 60
    assert len(_all(desk, VisitFilter(), 200)) == total
    last = desk.queries.page(VisitFilter(), before=2, limit=1)
    assert [visit.seq for visit in last.items] == [1]
    assert last.next_after is None
    assert desk.queries.page(VisitFilter(query="陳"), before=0, limit=1).items == []
