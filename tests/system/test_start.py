"""Starting the real command: what survives to the second start, and what is said when a start cannot be."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import socket
import sqlite3
import stat
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing

import pytest

from tests.support.process import ServerProcess, demo_accounts, entries, kiosk, serving

ROLES = {"guard", "clerk", "frontdesk", "supervisor", "admin"}


def log_in(url: str, username: str, password: str) -> urllib.request.OpenerDirector | None:
    """Log in at the panel as a browser does; None when it says no."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = browser.open(f"{url}/panel/login").read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "username": username, "password": password}
    try:
        browser.open(f"{url}/panel/login", urllib.parse.urlencode(form).encode())
    except urllib.error.HTTPError as refusal:
        refusal.close()
        if refusal.code != 401:
            raise
        return None
    return browser


def test_the_second_start_finds_everything_as_it_was(tmp_path):
    data = tmp_path / "data"
    with serving("--demo", "--data", data) as server:
        file = data / "demo-accounts.json"
        first = file.read_text()
        key = json.loads(first)["api_key"]
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert json.loads(first)["accounts"].keys() >= ROLES
        # Printed for whoever started it, and good.
        guard = json.loads(first)["accounts"]["guard"]
        assert any(guard["password"] in line for line in server.lines)
        assert log_in(server.url, **guard) is not None
        visit = {"visitor_name": "王小明", "unit": "1-A-1-1", "kind": "guest"}
        signed_in = server.request("POST", "/api/v1/visits", visit, key=key).json()
        assert server.terminate() == 0
    with serving("--demo", "--data", data) as server:
        assert (data / "demo-accounts.json").read_text() == first
        assert log_in(server.url, **guard) is not None
        found = server.request("GET", f"/api/v1/visits/{signed_in['id']}", key=key).json()
        assert (found["number"], found["visitor_name"]) == (signed_in["number"], "王小明")
    assert kiosk("verify-journal", "--data", data).returncode == 0


def test_only_the_owner_can_read_what_is_written(tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    with serving("--demo", "--data", data):
        for path in (*data.iterdir(), tmp_path / "data.sealing-key"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


REAL = """
[lanes.in]
direction = "in"
relay = {driver = "gpio", line = 17}
reader = {driver = "abacus"}
"""


@pytest.fixture
def real_settings(tmp_path):
    file = tmp_path / "gatehouse.toml"
    file.write_text(REAL)
    return file


def test_a_driver_that_cannot_load_is_told_and_never_simulated(tmp_path, real_settings):
    with serving("--config", real_settings, "--data", tmp_path / "data") as server:
        health = server.request("GET", "/healthz").json()
        devices = {device["name"]: device for device in health["devices"]}
        assert health["status"] == "degraded"
        assert devices["in.reader"]["condition"] == "misconfigured"
        assert "there is no reader driver 'abacus'" in devices["in.reader"]["sentence"]
        assert devices["in.relay"]["condition"] in {"fault", "misconfigured"}
        assert devices["in.relay"]["driver"] == "gpio"
        assert "in.relay" in devices["in.relay"]["sentence"]
        assert server.request("GET", "/simulator/lanes/in/gate").status == 404
        assert server.request("POST", "/simulator/lanes/in/card", {"uid": "04A1B2C3"}).status == 404
        assert server.terminate() == 0
    said = kiosk("doctor", "--config", real_settings)
    assert said.returncode == 1
    lines = {line.split()[1]: line for line in said.stdout.splitlines()}
    assert lines["in.reader"].startswith("driver-unavailable")
    assert not lines["in.relay"].startswith("ok")
    assert "Traceback" not in said.stdout + said.stderr


def test_outside_the_demonstration_there_is_an_account_once_one_is_made(tmp_path, real_settings):
    data = tmp_path / "data"
    where = ("--config", real_settings, "--data", data)
    password = "correct horse battery"
    with serving(*where) as server:
        assert not (data / "demo-accounts.json").exists()
        assert log_in(server.url, "guard", password) is None
        with closing(sqlite3.connect(data / "gatehouse.db")) as connection:
            assert connection.execute(
                "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM api_keys)"
            ).fetchone() == (0, 0)
        # Beside the running server, as an installer would.
        made = kiosk("user", "add", "guard", "--role", "guard", *where, standard_input=f"{password}\n")
        assert (made.returncode, made.stderr) == (0, "")
        assert log_in(server.url, "guard", password) is not None
        assert log_in(server.url, "guard", "another password") is None


def test_a_port_that_is_taken_is_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = kiosk("serve", "--demo", "--data", tmp_path / "data", "--port", str(port))
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == f"server: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_every_problem_of_the_settings_has_its_line(tmp_path):
    file = tmp_path / "gatehouse.toml"
    file.write_text("[server]\nport = 0\nspeed = 9\n[lanes.in]\ndirection = 'up'\nrelay = {driver = 'gpio'}\n")
    said = kiosk("serve", "--config", file, "--data", tmp_path / "data")
    assert said.returncode == 1
    lines = said.stderr.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["settings", "server.port"], ["settings", "server.speed"], ["settings", "lanes.in.direction"],
    ]  # fmt: skip
    missing = kiosk("serve", "--config", tmp_path / "none.toml", "--data", tmp_path / "data")
    assert (missing.returncode, missing.stderr.count("\n")) == (1, 1)
    assert "No such file" in missing.stderr


def _a_file_in_the_way(data):
    data.write_text("")


def _a_newer_database(data):
    assert kiosk("api-key", "add", "newer", "--data", data).returncode == 0
    with closing(sqlite3.connect(data / "gatehouse.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def _another_file(data):
    data.mkdir()
    (data / "gatehouse.db").write_bytes(os.urandom(8192))
    data.with_name("data.sealing-key").write_bytes(os.urandom(32))


def _a_key_that_is_a_directory(data):
    data.with_name("data.sealing-key").mkdir()


def _a_key_cut_short(data):
    data.with_name("data.sealing-key").write_bytes(b"short")


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (_a_file_in_the_way, "data directory"),
        (_a_newer_database, "newer version of Gatehouse"),
        (_another_file, "not a database"),
        (_a_key_that_is_a_directory, "sealing key"),
        (_a_key_cut_short, "5 bytes long"),
    ],
)
def test_a_store_that_cannot_be_used_is_one_line(tmp_path, prepare, words):
    data = tmp_path / "data"
    prepare(data)
    for command in (("serve", "--demo", "--port", "0"), ("api-key", "add", "any")):
        said = kiosk(*command, "--data", data)
        assert said.returncode == 1
        assert said.stderr.startswith("store: ")
        assert words in said.stderr
        assert said.stderr.count("\n") == 1


def test_a_data_directory_has_one_server(tmp_path):
    data = tmp_path / "data"
    with serving("--demo", "--data", data) as server:
        said = kiosk("serve", "--demo", "--port", "0", "--data", data)
        assert said.returncode == 1
        assert said.stderr == f"store: the data directory {data} is in use by another server\n"
        server.kill()
    with serving("--demo", "--data", data):
        pass


def test_relative_paths_mean_the_callers(tmp_path):
    (tmp_path / "gatehouse.toml").write_text('[store]\ndata = "kept/data"\nkey_file = "kept/key"\n')
    server = ServerProcess("--demo", "--config", "gatehouse.toml", cwd=tmp_path)
    try:
        server.wait_until_ready()
        assert (
            server.request("GET", "/api/v1/units", key=demo_accounts(tmp_path / "kept" / "data")["api_key"]).status
            == 200
        )
        assert (tmp_path / "kept" / "key").stat().st_size == 32
    finally:
        server.close()


def test_a_changed_byte_is_found(tmp_path):
    """In the table by SQL, and in the file's own pages as a failing card or a hand would change it."""
    data = tmp_path / "data"
    with serving("--demo", "--data", data) as server:
        server.terminate()
    path = data / "gatehouse.db"
    whole = path.read_bytes()
    entry = entries(data)[40]
    with closing(sqlite3.connect(path)) as connection:
        (digest,) = connection.execute("SELECT hash FROM journal WHERE seq = ?", (entry["seq"],)).fetchone()
    assert whole.count(digest) == 2  # its own, and in the entry after it
    place = whole.index(digest)
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    said = kiosk("verify-journal", "--data", data)
    assert said.returncode == 1
    assert int(said.stdout) in {entry["seq"], entry["seq"] + 1}
    path.write_bytes(whole)
    assert kiosk("verify-journal", "--data", data).returncode == 0
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE journal SET actor = actor || 'x' WHERE seq = ?", (entry["seq"],))
    said = kiosk("verify-journal", "--data", data)
    assert (said.returncode, said.stdout) == (1, f"{entry['seq']}\n")
    assert f"broken at entry {entry['seq']}" in said.stderr
