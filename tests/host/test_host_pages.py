"""A resident's page: opening the link, letting in, inviting, and what closes it again."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
import zxingcpp
from flask import Flask
from PIL import Image

from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource, VisitState
from kiosk.services.resident_links import TICKET_LASTS
from tests.host.resident import BOX, ClockAhead, Resident, make_link
from tests.support.appliance import UNITS, TestGate
from web.host.visits import SHOWN_FOR
from web.security import WRONG_PER_ADDRESS

MINE = UNITS[0].code
Arrive = Callable[..., Visit]


def tomorrow(gate: TestGate) -> str:
    local = gate.appliance.clock.now().astimezone(gate.appliance.settings.estate.zone) + timedelta(days=1)
    return local.date().isoformat()


def once(gate: TestGate, **change: str) -> dict[str, str]:
    return {
        "visitor_name": "李小明", "repeats": "once", "day": tomorrow(gate), "begins": "09:00", "ends": "21:00",
    } | change  # fmt: skip


class TestTheLink:
    def test_its_address_is_seen_once_and_nowhere_again(self, app: Flask, gate: TestGate) -> None:
        _link, token = make_link(gate, MINE)
        stranger = Resident(app)
        opened = stranger.get(f"/r/{token}")
        assert (opened.status_code, opened.location) == (303, "/r/")
        assert opened.headers["Referrer-Policy"] == "no-referrer"
        cookie = next(one for one in opened.headers.getlist("Set-Cookie") if one.startswith("gatehouse_host="))
        assert {"HttpOnly", "Path=/r", "SameSite=Lax"} <= set(cookie.split("; "))
        assert token not in str(opened.headers)
        assert token not in stranger.get("/r/").text
        assert token not in stranger.get("/r/visits").text

    def test_without_one_nothing_is_told(self, app: Flask, arrive: Arrive, resident: Resident) -> None:
        arrive("何文")
        stranger = Resident(app)
        for path in ("/r/", "/r/visits", "/r/invite", "/r/invitations", "/r/parts/gate", "/r/nonsense"):
            answer = stranger.get(path)
            assert answer.status_code == 401, path
            assert "何文" not in answer.text
            assert MINE not in answer.text
        assert "何文" in resident.get("/r/").text

    def test_a_revoked_one_closes_every_page_at_once(self, app: Flask, gate: TestGate) -> None:
        link, token = make_link(gate, MINE)
        resident = Resident(app, token)
        assert resident.get("/r/").status_code == 200
        gate.appliance.resident_links.revoke(link.id, actor="user clerk")
        assert resident.get("/r/").status_code == 401
        assert resident.get("/r/parts/gate").status_code == 401
        assert Resident(app).get(f"/r/{token}").status_code == 401

    def test_a_ticket_does_not_shorten_what_the_token_opened(
        self, app: Flask, gate: TestGate, clock: ClockAhead
    ) -> None:
        link, token = make_link(gate, MINE)
        ticket = gate.appliance.resident_links.ticket(link)
        by_both, by_ticket = Resident(app, token), Resident(app, ticket)
        by_both.get(f"/r/{ticket}")
        assert by_ticket.get("/r/").status_code == 200
        clock.ahead += TICKET_LASTS
        assert by_ticket.get("/r/").status_code == 401
        assert by_both.get("/r/").status_code == 200

    def test_guessing_is_slowed_down_for_its_address_only(self, app: Flask, gate: TestGate) -> None:
        _link, token = make_link(gate, MINE)
        guesser, other = Resident(app), Resident(app)
        for number in range(WRONG_PER_ADDRESS.amount):
            assert guesser.get(f"/r/{number:043d}").status_code == 401
        refused = guesser.get(f"/r/{token}")
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        other.environ = other.environ | {"REMOTE_ADDR": "192.168.1.78"}
        assert other.get(f"/r/{token}").status_code == 303

    def test_the_log_has_no_token_when_opening_fails(
        self, app: Flask, gate: TestGate, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_links: object, _text: str) -> None:
            raise RuntimeError("disk")

        app.config["PROPAGATE_EXCEPTIONS"] = False
        monkeypatch.setattr(type(gate.appliance.resident_links), "open", fail)
        token = "t0ken" * 9
        with caplog.at_level(logging.DEBUG):
            assert Resident(app).get(f"/r/{token}").status_code == 500
            logging.getLogger("waitress").error("Exception while serving %s", f"/r/{token}")
        assert "/r/…" in caplog.text
        assert token not in caplog.text

    def test_the_page_speaks_the_language_of_its_link_until_another_is_chosen(self, app: Flask, gate: TestGate) -> None:
        _link, token = make_link(gate, MINE)
        resident = Resident(app)
        resident.client.delete_cookie("gatehouse_locale", domain=BOX)
        resident.get(f"/r/{token}")
        assert '<html lang="zh-Hant-HK">' in resident.get("/r/").text
        resident.post("/r/language", language="en")
        assert '<html lang="en">' in resident.get("/r/").text
        assert resident.post("/r/language", language="xx").status_code == 303

    def test_a_form_without_its_token_does_nothing(self, resident: Resident, gate: TestGate, arrive: Arrive) -> None:
        visit = arrive()
        before = gate.appliance.feed.last_seq
        for path in (f"/r/visits/{visit.id}/approve", f"/r/visits/{visit.id}/refuse", "/r/invite"):
            answer = resident.client.post(path, data=once(gate), environ_overrides=resident.environ)
            assert answer.location == "/r/"
        assert gate.entries("", before) == []

    def test_the_kiosks_own_pages_stay_closed_to_telephones(self, resident: Resident) -> None:
        assert resident.get("/").status_code == 403


class TestTheGate:
    def test_who_asks_is_shown_and_let_in(self, resident: Resident, gate: TestGate, arrive: Arrive) -> None:
        before = len(gate.relay().pulses)
        visit = arrive("歐陽詠欣", photo=b"\xff\xd8 a picture")
        page = resident.get("/r/").text
        assert "歐陽詠欣" in page
        assert visit.number in page
        photo = resident.get(f"/r/visits/{visit.id}/photo.jpg")
        assert (photo.data, photo.mimetype) == (b"\xff\xd8 a picture", "image/jpeg")
        assert "no-store" in photo.headers["Cache-Control"]
        assert resident.post(f"/r/visits/{visit.id}/approve").location == "/r/"
        gate.wait_for_pulses(before + 1)
        assert "is let in" in resident.get("/r/").text
        assert resident.get(f"/r/visits/{visit.id}/photo.jpg").status_code == 404  # it was for the decision

    def test_who_is_not_let_in_waits_no_longer(self, resident: Resident, gate: TestGate, arrive: Arrive) -> None:
        visit = arrive()
        resident.post(f"/r/visits/{visit.id}/refuse")
        assert gate.appliance.visit_queries.get(visit.id).state is VisitState.REFUSED
        assert visit.number not in resident.get("/r/parts/gate").text

    def test_the_second_answer_is_told_so(self, resident: Resident, gate: TestGate, arrive: Arrive) -> None:
        visit = arrive()
        gate.appliance.visits.refuse(visit.id, actor="user chan", reason="test")
        answer = resident.post(f"/r/visits/{visit.id}/approve")
        assert answer.status_code == 409
        assert "turned this visitor away already" in answer.text

    def test_a_host_has_no_say_about_what_only_a_guard_decides(self, resident: Resident, gate: TestGate) -> None:
        new = NewVisit(VisitKind.OTHER, MINE, "何文", purpose="lift")
        visit = gate.appliance.visits.sign_in(new, source=VisitSource.TOUCH, actor="touchscreen", lane="in").visit
        assert resident.post(f"/r/visits/{visit.id}/approve").status_code == 404
        assert gate.appliance.visit_queries.get(visit.id).state is VisitState.WAITING


class TestInviting:
    def test_once(self, resident: Resident, gate: TestGate) -> None:
        answer = resident.post("/r/invite", **once(gate, phone="9876 5432", vehicle_plate="AB 1234"))
        page = resident.get(answer.location)
        assert "李小明" in page.text
        assert "09:00–21:00" in page.text
        (invitation,) = gate.appliance.invitations.open_of(MINE)
        assert invitation.token in unescape(page.text)
        assert "<svg" in page.text
        picture = resident.get(f"{answer.location}/code.png")
        assert picture.mimetype == "image/png"
        (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.data)))
        assert read.text == invitation.token
        local = invitation.not_before.astimezone(gate.appliance.settings.estate.zone)
        assert (local.date().isoformat(), local.hour) == (tomorrow(gate), 9)
        assert resident.post(f"{answer.location}/revoke").location == "/r/"
        assert resident.post(f"{answer.location}/revoke").status_code == 409
        assert "not open any more: Withdrawn" in resident.get(answer.location).text
        assert "Withdrawn" in resident.get("/r/invitations").text
        assert gate.appliance.invitations.open_of(MINE) == []

    def test_past_midnight(self, resident: Resident, gate: TestGate) -> None:
        resident.post("/r/invite", **once(gate, begins="20:00", ends="01:00", comes_and_goes="yes"))
        (invitation,) = gate.appliance.invitations.open_of(MINE)
        assert invitation.not_after - invitation.not_before == timedelta(hours=5)
        assert invitation.max_uses is None
        gate.appliance.invitations.revoke(invitation.id, actor="test")

    def test_every_week(self, resident: Resident, gate: TestGate) -> None:
        fields = {
            "visitor_name": "Maria Santos", "repeats": "weekly", "days": ["mon", "thu"], "weekly_begins": "09:00",
            "weekly_ends": "00:00", "first_day": tomorrow(gate), "last_day": tomorrow(gate),
        }  # fmt: skip
        answer = resident.post("/r/invite", **fields)
        assert "Mon Thu 09:00–24:00, until" in resident.get(answer.location).text
        for language, words in (("zh_Hant", "逢週一 週四 09:00–24:00，至"), ("zh_Hans", "每周一 周四 09:00–24:00，至")):
            resident.client.set_cookie("gatehouse_locale", language, domain=BOX)
            assert words in resident.get(answer.location).text
        resident.client.set_cookie("gatehouse_locale", "en", domain=BOX)
        (invitation,) = gate.appliance.invitations.open_of(MINE)
        assert invitation.weekly is not None
        assert invitation.weekly.as_record() == {"mon": [[540, 1440]], "thu": [[540, 1440]]}
        assert invitation.not_after - invitation.not_before == timedelta(days=1)
        gate.appliance.invitations.revoke(invitation.id, actor="test")

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"visitor_name": ""}, "problem-visitor_name"),
            ({"day": ""}, "problem-day"),
            ({"day": "2026-02-31"}, "problem-day"),
            ({"day": "9999-12-31"}, "problem-day"),
            ({"day": "2020-01-01"}, "problem-not_after"),
            ({"begins": "25:00"}, "problem-begins"),
            ({"phone": "x"}, "problem-phone"),
            ({"repeats": "weekly"}, "problem-days"),
            ({"repeats": "weekly", "days": "mon", "weekly_begins": "18:00", "weekly_ends": "09:00",
              "first_day": "2030-01-02", "last_day": "2030-01-01"}, "problem-weekly_ends"),
        ],
    )  # fmt: skip
    def test_what_is_missing_is_said_and_what_was_typed_stays(
        self, resident: Resident, gate: TestGate, change: dict[str, str], problem: str
    ) -> None:
        answer = resident.post("/r/invite", **once(gate, vehicle_plate="AB 1234") | change)
        assert answer.status_code == 422
        assert f'id="{problem}"' in answer.text
        assert 'value="AB 1234"' in answer.text
        assert gate.appliance.invitations.open_of(MINE) == []


def test_the_visits_of_the_unit_newest_first(resident: Resident, arrive: Arrive, clock: ClockAhead) -> None:
    visits = [arrive(f"Guest {number}") for number in range(35)]
    page = resident.get("/r/visits").text
    newest = [f"Guest {number}<" in page for number in range(35)]
    assert newest == [False] * 5 + [True] * 30
    assert page.index("Guest 34<") < page.index("Guest 5<")
    older = re.search(r'href="(/r/visits\?before=\d+)"', page)
    assert older
    assert "Guest 4<" in resident.get(older[1]).text
    assert resident.get("/r/visits?before=x").status_code == 200
    clock.ahead += SHOWN_FOR
    page = resident.get("/r/visits").text
    assert not any(visit.visitor_name in page for visit in visits)
