"""A visit typed on the visitor's own phone, and taken over by the touchscreen."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from kiosk.services.form_codes import PRESENTED, form_code_text
from kiosk.services.reach import Reach
from tests.phone.phone import LAN, Phone, at_kinds, ticket
from tests.support.appliance import TestGate, demo_appliance
from tests.support.visitor import ClockAhead, Visitor, draft_count, visits
from web import create_app
from web.turns.claims import MAX_ATTEMPTS
from web.turns.phone_forms import KEPT_S, MAX_FORMS, REQUESTS, WITHIN_S, FormState, PhoneForms
from web.turns.typed import TypedVisit


def opened(app: Flask, language: str = "en") -> tuple[Visitor, Phone]:
    screen = at_kinds(app)
    return screen, Phone(app, language).see(ticket(app))


def the_form(app: Flask):
    (form,) = app.extensions["phone_forms"]._forms.values()
    return form


def take_over(app: Flask, code: str) -> Visitor:
    return at_kinds(app).send("/sign-in/phone/number", code=code)


def test_from_the_code_on_the_screen_over_the_phone_to_the_register(gate: TestGate, app: Flask) -> None:
    screen, phone = opened(app)
    assert (phone.path, phone.status) == ("/v/", 200)
    assert screen.see("/sign-in/phone").page.count("Please go on on your phone") >= 1
    screen.send("/leave")
    assert draft_count(app) == 0, "the screen is the next visitor's"
    phone.fill_in(companions="2", vehicle_plate="AB 1234")
    assert phone.path == "/v/code"
    visitor = take_over(app, phone.code)
    assert visitor.path == "/sign-in/photo"
    visitor.send("/sign-in/photo", do="skip")
    assert visitor.path == "/sign-in/summary"
    assert all(told in visitor.page for told in ("歐陽詠欣", "5550 1234", "AB 1234"))
    visitor.send("/sign-in/done", once=visitor.once)
    newest = visits(gate)[0]
    assert (newest.visitor_name, newest.unit, newest.companions) == ("歐陽詠欣", "2-C-12-A", 2)
    assert "Please go on at the screen" in phone.see("/v/code").page
    assert the_form(app).typed == TypedVisit()


def test_the_screen_goes_on_in_the_phones_language_and_the_phone_speaks_its_own(app: Flask) -> None:
    _screen, phone = opened(app, "zh-CN")
    assert 'lang="zh-Hans-CN"' in phone.page
    phone.send("/v/language", language="zh_Hant")
    assert 'lang="zh-Hant-HK"' in phone.page
    phone.fill_in("delivery")
    assert 'lang="zh-Hant-HK"' in take_over(app, phone.code).page


def test_tools_and_what_is_asked_go_by_the_kind(app: Flask) -> None:
    _screen, phone = opened(app)
    phone.send("/v/", kind="contractor", unit="1-A-1-A")
    answers = {"visitor_name": "Lau", "phone": "5550 1234", "purpose": "Lift"}
    phone.send("/v/about", **answers, tool=["Drill", "", "Drill"], quantity=["2", "1", "1"], do="row")
    assert (phone.path, phone.page.count("data-row")) == ("/v/about", 4)
    phone.send("/v/about", **answers, tool=["W" * 61], quantity=["1"])
    assert phone.status == 422
    phone.send("/v/about", **answers, tool=["Drill", "", "Drill"], quantity=["2", "1", "1"])
    assert the_form(app).typed.carried == [("Drill", 3)]
    phone.send("/v/change")
    phone.fill_in("delivery")
    typed = the_form(app).typed
    assert (typed.carried, typed.purpose) == ([], ""), "what the other kind asked is forgotten"


def test_without_a_script_a_unit_is_found_by_the_button(app: Flask) -> None:
    _screen, phone = opened(app)
    phone.send("/v/", kind="guest", q="12", do="find")
    found = re.findall(r'name="unit" value="([^"]+)"', phone.page)
    assert found[:2] == ["2-C-12-A", "2-C-12-B"], "floor 12, and what phase 1 has on floor 2 after it"
    phone.send("/v/", kind="guest", q="C12B")
    assert phone.path == "/v/about", "one that is found alone is meant"
    assert the_form(app).typed.place.unit == "2-C-12-B"
    assert phone.see("/v/units?q=1A").page.count('name="unit"') == 5, "four, and the one chosen"
    assert "We do not find" in phone.see("/v/units?q=9Z").page


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [
        ({"unit": "1-A-1-A"}, {}, "/v/"),
        ({"kind": "guest"}, {}, "/v/"),
        ({"kind": "guest", "unit": "none"}, {}, "/v/"),
        ({"kind": "guest", "unit": "1-A-1-A"}, {"visitor_name": " "}, "/v/about"),
        ({"kind": "guest", "unit": "1-A-1-A"}, {"visitor_name": "A", "phone": "x"}, "/v/about"),
        ({"kind": "guest", "unit": "1-A-1-A"}, {"visitor_name": "A", "companions": "900"}, "/v/about"),
    ],
)
def test_what_cannot_be_used_is_asked_again(app: Flask, first: dict, second: dict, where: str) -> None:
    _screen, phone = opened(app)
    phone.send("/v/", **first)
    if second:
        phone.send("/v/about", **second)
    assert (phone.path, phone.status) == (where, 422)
    assert the_form(app).state is FormState.OPEN


def test_whoever_goes_on_at_the_screen_closes_the_phones_form(app: Flask) -> None:
    screen, phone = opened(app)
    screen.see("/sign-in/phone")
    assert screen.send("/sign-in/phone/here").path == "/sign-in/kind"
    assert "This form is closed" in phone.see("/v/").page
    assert "5550" not in phone.page


def test_a_changed_form_gets_another_code(app: Flask) -> None:
    _screen, phone = opened(app)
    before = phone.fill_in().code
    assert "歐陽詠欣" in phone.send("/v/change").see("/v/about").page
    after = phone.fill_in().code
    if before != after:
        assert take_over(app, before).path == "/sign-in/phone/number"
    assert take_over(app, after).path == "/sign-in/photo"


def test_a_code_held_up_to_the_camera_is_taken_over_once(gate: TestGate, app: Flask) -> None:
    _screen, phone = opened(app)
    phone.fill_in()
    before = gate.appliance.feed.last_seq
    gate.hold_up(form_code_text(the_form(app).key))
    entry = gate.wait_for_entry(PRESENTED, before)
    assert entry.payload == {"lane": "in"}
    screen = Visitor(app)
    assert screen.see("/sign-in/phone/shown").path == "/sign-in/photo"
    assert screen.see("/sign-in/phone/shown").path == "/sign-in/photo", "in the middle of a turn nothing is taken"
    assert 'id="code-problem"' in Visitor(app).see("/sign-in/phone/shown").page


def test_a_code_that_is_none_opens_nothing(gate: TestGate, app: Flask) -> None:
    before, pulses = gate.appliance.feed.last_seq, len(gate.relay().pulses)
    gate.hold_up("FORM:NONE")
    gate.wait_for_entry(PRESENTED, before)
    screen = Visitor(app).see("/sign-in/phone/shown")
    assert 'id="code-problem"' in screen.page
    assert len(gate.relay().pulses) == pulses


def test_numbers_are_not_guessed(app: Flask) -> None:
    _screen, phone = opened(app)
    code = phone.fill_in("delivery").code
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    screen = at_kinds(app)
    for _ in range(MAX_ATTEMPTS):
        assert screen.send("/sign-in/phone/number", code=wrong).status == 422
    assert screen.send("/sign-in/phone/number", code=code).status == 429


def test_a_form_nobody_touches_is_forgotten_and_one_that_is_typed_is_not(app: Flask, clock: ClockAhead) -> None:
    screen, phone = opened(app)
    for _ in range(3):
        clock.advance(KEPT_S * 0.6)
        assert phone.see("/v/").status == 200
    clock.advance(KEPT_S)
    screen.see("/")
    assert len(app.extensions["phone_forms"]) == 0, "any request sweeps"
    assert phone.see("/v/").status == 410


def test_a_sent_form_lasts_so_long_whoever_looks_at_it(app: Flask, clock: ClockAhead) -> None:
    _screen, phone = opened(app)
    code = phone.fill_in("delivery").code
    clock.advance(KEPT_S * 0.6)
    assert phone.see("/v/code").code == code
    clock.advance(KEPT_S * 0.6)
    assert phone.see("/v/code").status == 410
    assert take_over(app, code).path == "/sign-in/phone/number"


def test_a_fire_forgets_every_form(gate: TestGate, app: Flask) -> None:
    _screen, phone = opened(app)
    phone.fill_in("delivery")
    for listener in gate.appliance.lanes.fire._on_begin:
        if listener.__module__ == "web.touch.session":
            listener(False)
    assert phone.see("/v/").status == 410


def test_there_is_only_so_much_room() -> None:
    forms = PhoneForms()
    first = forms.begin(0, "en")
    for number in range(1, MAX_FORMS + 1):
        forms.begin(number, "en")
    assert (len(forms), forms.get(first.id, 1)) == (MAX_FORMS, None)


def test_the_screen_offers_nothing_that_phones_do_not_reach(tmp_path_factory: pytest.TempPathFactory) -> None:
    with demo_appliance(tmp_path_factory.mktemp("none")) as gate:
        assert "own-phone" not in at_kinds(create_app(gate.appliance)).page
    for address in ("http://127.0.0.1:9", "http://gate.invalid", "http://[::1", "https://127.0.0.1:99999"):
        reach = Reach(address)
        reach.look()
        assert reach.base_url is None


def test_nothing_personal_is_logged_journalled_or_kept_by_the_browser(
    gate: TestGate, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    before = gate.appliance.feed.last_seq
    caplog.set_level("DEBUG")
    screen = at_kinds(app)
    address = ticket(app)
    phone = Phone(app).see(address)
    phone.fill_in("delivery")
    app.logger.error("GET %s failed", address)
    for path in ("/v/", "/v/code", "/v/about", "/v/state"):
        assert phone.client.get(path, environ_base={"REMOTE_ADDR": LAN}).headers["Cache-Control"] == "no-store"
    told = caplog.text + repr([entry.payload for entry in gate.entries(after=before)])
    assert not any(word in told for word in ("歐陽詠欣", "5550", phone.code, address.removeprefix("/v/")))
    assert screen.status == 200


def test_one_phone_asks_only_so_often(app: Flask, clock: ClockAhead) -> None:
    _screen, phone = opened(app)
    for _ in range(REQUESTS):
        phone.client.get("/v/units?q=", environ_base={"REMOTE_ADDR": LAN})
    assert phone.see("/v/").status == 429
    clock.advance(WITHIN_S)
    assert phone.see("/v/").status == 200
