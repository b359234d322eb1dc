"""What holds for every answer, and who counts as the kiosk."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from limits import RateLimitItemPerSecond

from tests.panel.guard import Guard
from tests.support.appliance import wait_for
from web.access import only_kiosk
from web.security import HEADERS, LoginBrake
from web.static_files import digest_of_files


@pytest.mark.parametrize(
    "path",
    [
        "/panel/",
        "/panel/login",
        "/panel/none",
        "/nothing",
        "/r/",
        "/api/v1/visits",
        "/static/before/css/panel.css",
        "/healthz",
    ],
)
def test_every_answer_carries_the_headers(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert ("no-store" in answer.headers["Cache-Control"]) == (not path.startswith("/static/"))
    answer.close()


def test_no_page_has_script_or_style_within(guard: Guard) -> None:
    for path in ("/panel/", "/panel/visits", "/panel/sign-in", "/panel/devices", "/panel/login"):
        page = guard.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert " on" not in {attribute[:3] for attribute in page.split('"') if attribute.endswith("=")}
        assert all("src=" in script.split(">")[0] for script in page.split("<script")[1:])


def test_the_icon_is_named_by_every_surface_and_found_where_browsers_look(app: Flask) -> None:
    client, icon = app.test_client(), f"/static/{digest_of_files()}/icons/favicon.svg"
    for path in ("/", "/panel/login", "/simulator/", "/nothing"):
        assert f'rel="icon" href="{icon}"' in client.get(path).text, path
    for path in (icon, "/favicon.ico"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml"), path
        answer.close()


def test_files_are_kept_by_browsers_until_one_of_them_changes(app: Flask) -> None:
    client = app.test_client()
    for digest, is_kept in ((digest_of_files(), True), ("before", False)):
        with client.get(f"/static/{digest}/css/panel.css") as answer:
            assert answer.data == Path(app.static_folder or "", "css/panel.css").read_bytes()
            assert answer.cache_control.immutable is is_kept
            assert (answer.cache_control.max_age == 365 * 24 * 3600) is is_kept
            assert bool(answer.cache_control.no_cache) is not is_kept
    assert client.get(f"/static/{digest_of_files()}/../security.py").status_code == 404


def test_a_request_that_is_too_large_is_refused(guard: Guard) -> None:
    assert guard.post("/panel/sign-in", visitor_name="x" * 9_000_000).status_code == 413


@pytest.mark.parametrize(
    ("address", "host", "is_kiosk"),
    [
        ("127.0.0.1", "127.0.0.1:8080", True),
        ("127.0.0.1", "localhost", True),
        ("::1", "[::1]:8080", True),
        ("::ffff:127.0.0.1", "localhost:8080", True),
        ("127.0.0.1", "evil.example", False),
        ("127.0.0.1", "127.0.0.1.evil.example", False),
        ("127.0.0.1", "", False),
        ("192.168.1.7", "127.0.0.1", False),
        ("192.168.1.7", "192.168.1.2", False),
        ("", "localhost", False),
    ],
)
def test_the_kiosk_is_whoever_comes_from_this_machine_to_this_machine(
    address: str,
    host: str,
    is_kiosk: bool,  # noqa: FBT001 - a table's column
) -> None:
    app = Flask("kiosk")
    app.before_request(only_kiosk)
    app.add_url_rule("/", view_func=lambda: "here")
    answer = app.test_client().get("/", environ_overrides={"REMOTE_ADDR": address, "HTTP_HOST": host})
    assert (answer.status_code == 200) == is_kiosk


def test_a_window_that_has_passed_lets_one_try_again() -> None:
    brake = LoginBrake(RateLimitItemPerSecond(2, 1), RateLimitItemPerSecond(100, 1))
    assert [brake.wait_s("guard", "a") for _ in range(2)] == [0, 0]
    assert brake.wait_s(" GUARD", "b") == 1
    assert brake.wait_s("clerk", "a") == 0
    wait_for(lambda: brake.wait_s("guard", "a") == 0)


def test_an_address_is_slowed_down_over_all_accounts() -> None:
    brake = LoginBrake(RateLimitItemPerSecond(100, 60), RateLimitItemPerSecond(3, 60))
    for number in range(10):
        assert brake.wait_s(f"user{number}", "a") == 0
    for _ in range(3):
        brake.failed("a")
    assert brake.wait_s("user0", "a") > 0
    assert brake.wait_s("user0", "b") == 0


def test_a_login_forgives_the_attempts_before_it() -> None:
    brake = LoginBrake(RateLimitItemPerSecond(2, 60), RateLimitItemPerSecond(100, 60))
    for _ in range(3):
        assert brake.wait_s("guard", "a") == 0
        brake.succeeded("guard")
