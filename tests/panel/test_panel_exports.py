"""Lists of the panel as files: what is on the screen is in the file, for whom it may be, and it is on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask

from kiosk.domain.passes import PassKind
from kiosk.domain.roles import Role
from kiosk.domain.visits import Visit, VisitKind
from kiosk.services import xlsx_files
from tests.panel.conftest import UNIT
from tests.panel.guard import Guard
from tests.support.appliance import TestGate
from tests.support.sheets import rows_of, sheet_of

LISTS = ("visits", "passes", "cards")


@pytest.fixture
def desk(app: Flask) -> Guard:
    """The front desk."""
    desk = Guard(app)
    desk.log_in("frontdesk")
    return desk


def exported(gate: TestGate, after: int) -> list[tuple[str, dict[str, object]]]:
    return [(entry.actor, dict(entry.payload)) for entry in gate.entries("list.exported", after)]


def test_visits_as_they_are_narrowed(gate: TestGate, desk: Guard, arrive: Callable[..., Visit]) -> None:
    inside = arrive("𨋢維修 陳", phone="+852-9123-4567", vehicle_plate="=1+1")
    waiting = arrive("陳大文", VisitKind.CONTRACTOR)
    arrive("李小明")
    both = rows_of(desk.get("/panel/visits.csv?q=陳&state="))
    assert [row["Number"] for row in both] == [waiting.number, inside.number]
    (row,) = rows_of(desk.get("/panel/visits.csv?q=陳&state=signed_in&before=1"))
    assert (row["Name"], row["Telephone"], row["Vehicle plate"]) == ("𨋢維修 陳", "+852 9123 4567", "'=1+1")
    came = inside.created_at.astimezone(gate.appliance.settings.estate.zone)
    assert (row["State"], row["Came"]) == ("Inside", came.strftime("%Y-%m-%d %H:%M:%S"))
    sheet = sheet_of(desk.get("/panel/visits.xlsx?q=陳&state=signed_in"))
    cells = {head.value: cell.value for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (cells["Telephone"], cells["Vehicle plate"]) == ("+852-9123-4567", "=1+1")
    assert abs(cells["Came"] - came.replace(tzinfo=None)) < timedelta(seconds=1)
    assert sheet.max_row == 2


def test_passes_and_cards(gate: TestGate, desk: Guard) -> None:
    now = gate.appliance.clock.now()
    gate.appliance.passes.issue(
        actor="user x", unit=UNIT, holder="何美玲", not_before=now, not_after=now + timedelta(hours=1), uses=1,
        lanes=frozenset({"in", "out"}), kind=PassKind.SINGLE,
    )  # fmt: skip
    (row,) = rows_of(desk.get("/panel/passes.csv?q=何美玲&state=valid"))
    assert (row["Pass holder"], row["Kind"], row["Lanes"]) == ("何美玲", "Single entry", "in, out")
    assert (row["Entries"], row["Entries at most"]) == ("0", "1")
    assert rows_of(desk.get("/panel/passes.csv?q=何美玲&state=ended")) == []
    gate.appliance.cards.add(actor="user x", uid="00E12345", holder="何美玲", unit=UNIT, for_duress=True)
    (card,) = rows_of(desk.get("/panel/cards.csv?q=何美玲"))
    assert (card["Holder"], card["UID"], card["Good for"], card["State"]) == (
        "何美玲",
        "00E12345",
        "All lanes",
        "Active",
    )
    assert "uress" not in "".join(card)


def test_whoever_takes_a_list_is_on_record_and_what_they_searched_for_is_not(gate: TestGate, desk: Guard) -> None:
    before = gate.appliance.feed.last_seq
    desk.get("/panel/visits.csv?q=陳").close()
    desk.get("/panel/cards.xlsx?q=nobody").close()
    assert exported(gate, before) == [
        ("user frontdesk", {"list": "visits", "format": "csv"}),
        ("user frontdesk", {"list": "cards", "format": "xlsx", "rows": 0}),
    ]
    feed = desk.get("/panel/").text
    assert "List taken away as a file" in feed
    assert "Cards · XLSX · 0 rows" in feed


@pytest.mark.parametrize("role", list(Role))
def test_the_links_are_shown_to_whom_they_are_open(app: Flask, role: Role) -> None:
    guard = Guard(app)
    guard.log_in(role.value)
    for name in LISTS:
        page = guard.get(f"/panel/{name}?q=a%26b").text
        offered = [ending for ending in ("csv", "xlsx") if f'href="/panel/{name}.{ending}?q=a%26b&amp;state="' in page]
        with guard.get(f"/panel/{name}.csv") as answer:
            assert (offered == ["csv", "xlsx"]) is (answer.status_code == 200), (role, name)
        is_open = role in {Role.FRONT_DESK, Role.SUPERVISOR, Role.ADMIN} or (role, name) == (Role.CLERK, "cards")
        assert bool(offered) is is_open, (role, name)


def test_a_file_is_named_in_the_readers_language_and_kept_by_no_browser(gate: TestGate, desk: Guard) -> None:
    desk.post("/panel/preferences", locale="zh_Hant", back="/panel/")
    day = gate.appliance.clock.now().astimezone(gate.appliance.settings.estate.zone).date()
    with desk.get("/panel/visits.csv") as answer:
        disposition, heading = answer.headers["Content-Disposition"], answer.data.decode("utf-8-sig").split("\r\n")[0]
    assert answer.headers["Cache-Control"] == "no-store"
    assert disposition.startswith(f"attachment; filename=visits-{day}.csv; filename*=UTF-8''{quote('到訪')}")
    assert heading.startswith("編號,")


def test_a_list_that_no_sheet_holds_is_refused_in_words(
    gate: TestGate, desk: Guard, arrive: Callable[..., Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive()
    before = gate.appliance.feed.last_seq
    monkeypatch.setattr(xlsx_files, "MAX_ROWS", 0)
    answer = desk.get("/panel/visits.xlsx")
    assert answer.status_code == 409
    assert "more rows than a sheet can hold" in answer.text
    assert exported(gate, before) == []


def test_only_so_many_files_are_on_their_way_at_once(desk: Guard, arrive: Callable[..., Visit]) -> None:
    arrive()
    first, second = desk.get("/panel/visits.csv"), desk.get("/panel/visits.xlsx")
    third = desk.get("/panel/visits.csv")
    assert (third.status_code, "Other lists" in third.text) == (503, True)
    first.close()
    assert rows_of(desk.get("/panel/visits.csv"))
    second.close()


def test_another_ending_is_no_format(desk: Guard) -> None:
    assert desk.get("/panel/visits.pdf").status_code == 404
