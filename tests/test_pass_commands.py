"""`pass` and `pass-key`: what is said, what is written, and that a running gate hears of it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import cbor2
import pytest
from PIL import Image

from hardware import factory
from hardware.interfaces import DeviceKind, QrDecoder
from hardware.pictures import read_gray
from kiosk.__main__ import main
from kiosk.domain.passes import PassKind, midnight_after
from kiosk.services.pass_keys import PassKeyState
from tests.support.appliance import UNITS, TestGate, demo_appliance
from tests.support.desk import ZONE
from tests.support.process import kiosk

UNIT = UNITS[0].code
HOLDER = "陳大文"
Said = tuple[int, list[str]]
Run = Callable[..., Said]


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as running:
        yield running


@pytest.fixture
def run(gate: TestGate, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command over the gate's data, in this process; returns its exit status and its lines."""

    def run(*arguments: str | Path, data: Path = gate.data) -> Said:
        capfd.readouterr()
        try:
            status = main([*map(str, arguments), "--data", str(data)])
        except SystemExit as ended:
            status = int(ended.code or 0)
        said = capfd.readouterr()
        return status, [*said.out.splitlines(), *said.err.splitlines()]

    return run


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another gate's data directory."""
    data = tmp_path_factory.mktemp("other") / "data"
    directory = data.with_name("units.csv")
    directory.write_text("code,phase,block,floor,door\n" + f"{UNIT},1,A,1,A\n")
    assert main(["units", "import", str(directory), "--data", str(data)]) == 0
    return data


def issue(run: Run, *arguments: str | Path, **options: Path) -> tuple[str, str]:
    """Issue a pass; returns its id and its code's text."""
    status, lines = run("pass", "issue", "--unit", UNIT, "--holder", HOLDER, *arguments, **options)
    assert status == 0, lines
    assert lines[0].startswith("Pass ")
    return lines[0].split()[1].rstrip(":"), lines[1]


def tomorrow(gate: TestGate) -> str:
    return (gate.appliance.clock.now() + timedelta(days=1)).astimezone(ZONE).date().isoformat()


# --- issue ---


def test_a_pass_is_issued_and_its_code_written(run: Run, gate: TestGate, tmp_path: Path) -> None:
    png, svg = tmp_path / "code.png", tmp_path / "code.svg"
    pass_id, token = issue(run, "--until", tomorrow(gate), "--png", png, "--svg", svg, "--lane", "in")
    record = gate.appliance.pass_queries.get(pass_id)
    assert (record.token, record.holder, record.claims.kind) == (token, HOLDER, PassKind.SINGLE)
    assert record.claims.lanes == frozenset({"in"})
    assert record.claims.not_after == midnight_after(gate.appliance.clock.now() + timedelta(days=1), ZONE)
    decoder = factory.build(DeviceKind.DECODER, "zxing", {})
    assert isinstance(decoder, QrDecoder)
    with decoder:
        assert [code.text for code in decoder.decode(read_gray(png.read_bytes(), most_side_px=4096))] == [token]
    assert read_gray(png.read_bytes(), most_side_px=4096).shape[0] > 400
    assert "<svg " in svg.read_text()


@pytest.mark.parametrize(
    ("arguments", "kind", "uses"),
    [
        (("--kind", "day"), PassKind.DAY, None),
        (("--kind", "multi", "--uses", "5", "--until", "2098-03-01T12:00", "--from", "2098-01-01"), PassKind.MULTI, 5),
        (
            ("--kind", "recurring", "--weekly", "mon-fri 09:00-12:00", "--until", "2098-03-01", "--from", "2098-02-01"),
            PassKind.RECURRING, None,
        ),
    ],
)  # fmt: skip
def test_every_kind_is_issued(
    run: Run, gate: TestGate, arguments: tuple[str, ...], kind: PassKind, uses: int | None
) -> None:
    pass_id, _token = issue(run, *arguments)
    claims = gate.appliance.pass_queries.get(pass_id).claims
    assert (claims.kind, claims.max_uses, claims.weekly is not None) == (kind, uses, kind is PassKind.RECURRING)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "multi", "--until", "2098-01-01"), "pass: --uses says how often"),
        (("--until", "1.1.2098"), "pass: a time is written 2026-03-01"),
        (("--until", "2098-13-41"), "pass: a time is written 2026-03-01"),
        (("--weekly", "moon 09:00-10:00"), "pass: --weekly: days are mon, tue"),
        (("--until", "2020-01-01", "--from", "2019-12-01"), "not_after: in-the-past"),
        ((), "not_after: required"),
        (("--kind", "recurring", "--until", "2098-01-02", "--from", "2098-01-01"), "weekly: required"),
        (("--kind", "day", "--lane", "roof"), "lanes: unknown-lane"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    status, lines = run("pass", "issue", "--unit", UNIT, "--holder", HOLDER, *arguments)
    assert status == 1
    assert any(line.startswith(said) for line in lines), lines


def test_a_code_that_cannot_be_written_leaves_the_pass(run: Run, tmp_path: Path) -> None:
    status, lines = run(
        "pass", "issue", "--unit", UNIT, "--holder", HOLDER, "--kind", "day", "--png", tmp_path / "none" / "code.png"
    )
    assert status == 1
    assert lines[0].startswith("Pass ")
    assert lines[-1].endswith("No such file or directory; the pass is issued all the same")


# --- show and revoke ---


def test_a_pass_is_shown_by_id_and_by_code_without_its_code(run: Run, gate: TestGate) -> None:
    pass_id, token = issue(
        run, "--kind", "recurring", "--weekly", "sat,holiday 10:00-11:00", "--from", "2098-02-01", "--until",
        "2098-03-01", "--uses", "9",
    )  # fmt: skip
    status, lines = run("pass", "show", pass_id.upper())
    assert status == 0
    told = dict(line.split(None, 1) for line in lines[:9])
    assert (told["pass"], told["kind"], told["state"]) == (pass_id, "recurring", "upcoming")
    assert (told["holder"], told["hours"], told["uses"]) == (HOLDER, "sat,holiday 10:00-11:00", "0 of 9")
    assert told["dates"] == "from 2098-02-01 00:00 to 2098-03-02 00:00"
    assert lines[-1].endswith("pass.issued  by command line")
    assert run("pass", "show", token) == (status, lines)
    private = gate.appliance.pass_keys._ring_now().signing.key.private_bytes_raw().hex()
    assert not any(token in line or private in line.lower() for line in lines)


def test_what_is_no_pass_here_is_not_found(run: Run) -> None:
    for action in ("show", "revoke"):
        for subject in ("0" * 32, "no code", "ABC"):
            assert run("pass", action, subject) == (1, ["There is no such pass."])


def test_the_way_of_a_pass_at_a_running_gate(gate: TestGate, run: Run) -> None:
    """Issued, used and revoked by commands that are processes of their own."""
    where = ("--data", str(gate.data))
    said = kiosk("pass", "issue", "--unit", UNIT, "--holder", HOLDER, "--kind", "day", *where)
    assert said.returncode == 0, said.stderr
    pass_id, token = said.stdout.split()[1].rstrip(":"), said.stdout.splitlines()[1]
    gate.hold_up(token)
    entry = gate.wait_for_entry("access.granted", **{"pass": pass_id})
    said = kiosk("pass", "revoke", token, *where)
    assert said.stdout == f"Pass {pass_id} is refused from now on.\n"
    _status, lines = run("pass", "show", pass_id)
    assert lines[2].split() == ["state", "revoked"]
    assert "spent" not in lines[8]
    assert [line.split("  ")[1].split()[0] for line in lines if "  by " in line] == [
        "pass.issued", "access.granted", "pass.revoked",
    ]  # fmt: skip
    gate.appliance.visits.sign_out(entry.payload["visit"], actor="test")
    gate.hold_up(token, "out")
    assert gate.wait_for_entry("access.refused", **{"pass": pass_id}).payload["code"] == "revoked"
    assert run("pass", "revoke", pass_id) == (1, ["The pass is revoked already."])


# --- verify a file ---


def test_a_photograph_of_a_good_pass(run: Run, tmp_path: Path) -> None:
    png, photograph = tmp_path / "code.png", tmp_path / "photo.jpg"
    pass_id, _token = issue(run, "--kind", "day", "--png", png)
    with Image.open(png) as code:
        turned = code.convert("RGB").rotate(17, expand=True, fillcolor="#b8b0a0")
    turned.resize((420, 420)).save(photograph, "JPEG", quality=60)
    status, lines = run("pass", "verify-file", photograph)
    assert status == 0, lines
    assert lines[0] == f"pass       {pass_id}: day, unit {UNIT}"
    assert lines[1].startswith("signature  genuine: this gate, key ")
    assert lines[-3:] == ["state      valid", "uses       0, any number allowed", "verdict    good"]


def test_a_text_of_a_pass_and_how_it_stands(run: Run, gate: TestGate, tmp_path: Path) -> None:
    now = gate.appliance.clock.now()
    times = {"upcoming": (now + timedelta(hours=1), now + timedelta(hours=2)), "good": (now, now + timedelta(hours=1))}
    file = tmp_path / "code.txt"
    for verdict, (begins, ends) in times.items():
        _id, token = issue(run, "--from", begins.isoformat(), "--until", ends.isoformat())
        file.write_text(f"{token}\r\n")
        status, lines = run("pass", "verify-file", file)
        assert (status, "good yet" in lines[-1]) == (0 if verdict == "good" else 1, verdict == "upcoming")
    changed = token[:-1] + ("0" if token[-1] != "0" else "1")
    file.write_text(changed)
    status, lines = run("pass", "verify-file", file)
    assert (status, lines[-1]) == (1, "verdict    not good: signed by no key that this gate honours")
    assert not any("dates" in line for line in lines)
    # Two codes in one file: both have to be good.
    file.write_text(f"{token}\n{changed}\n")
    assert run("pass", "verify-file", file)[0] == 1
    file.write_text(f"{token}\nhttps://example.com/\n")
    assert run("pass", "verify-file", file)[0] == 0


def test_a_pass_outside_its_hours_is_not_good_now(run: Run, gate: TestGate, tmp_path: Path) -> None:
    local = gate.appliance.clock.now().astimezone(ZONE)
    other_day = (local + timedelta(days=3)).strftime("%a").lower()
    until = (local + timedelta(days=9)).date().isoformat()
    file = tmp_path / "code.txt"
    for days, status in ((other_day, 1), ("mon-sun", 0)):
        _id, token = issue(run, "--kind", "recurring", "--weekly", f"{days} 00:00-24:00", "--until", until)
        file.write_text(token)
        assert run("pass", "verify-file", file)[0] == status


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"https://example.com/", "verdict    no pass: some other code"),
        (b"", "no code was found"),
        (b"\xff\xd8\xff neither text nor picture", "this is not a whole picture of a known kind"),
    ],
)
def test_a_file_without_a_pass(run: Run, tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    status, lines = run("pass", "verify-file", file)
    assert status == 1
    assert said in lines[-1]
    status, lines = run("pass", "verify-file", tmp_path / "none")
    assert (status, lines[-1].endswith("No such file or directory")) == (1, True)


# --- keys ---


def test_a_rotation_holds_in_the_running_gate(gate: TestGate, run: Run) -> None:
    keys = gate.appliance.pass_keys
    before = [key.kid for key in keys.all() if key.state is PassKeyState.SIGNING]
    _id, old = issue(run, "--kind", "day")
    said = kiosk("pass-key", "rotate", "--data", gate.data)
    assert said.returncode == 0, said.stderr
    now = gate.appliance.clock.now()
    issued = gate.appliance.passes.issue(
        actor="user clerk", unit=UNIT, holder=HOLDER, not_before=now, not_after=None, uses=None, lanes=None,
        kind=PassKind.DAY,
    )  # fmt: skip
    new, earlier = keys.read(issued.token), keys.read(old)
    assert new.claims is not None
    assert earlier.claims is not None
    assert new.kid not in before
    assert said.stdout.startswith(f"Key {new.kid.hex()} signs from now on.")
    _status, lines = run("pass-key", "list")
    assert f"{new.kid.hex()}  signing" in "\n".join(lines)
    assert f"{earlier.kid.hex()}  honoured" in "\n".join(lines)


def test_another_gate_is_trusted_and_no_more(gate: TestGate, run: Run, other: Path, tmp_path: Path) -> None:
    keys, file = gate.appliance.pass_keys, tmp_path / "keys.cbor"
    _id, token = issue(run, "--kind", "day", data=other)
    assert keys.read(token).claims is None
    assert run("pass-key", "export", file, data=other)[0] == 0
    printed = run("pass-key", "export", data=other)[1]
    assert cbor2.loads(base64.b64decode(printed[0])) == cbor2.loads(file.read_bytes())

    said = kiosk("pass-key", "trust", file, "--name", "north gate", "--data", gate.data)
    assert said.stdout == "Passes of north gate are honoured: 1 keys new, 0 gone.\n"
    reading = keys.read(token)
    assert (reading.claims is not None, reading.gate) == (True, "north gate")
    text = tmp_path / "code.txt"
    text.write_text(token)
    status, lines = run("pass", "verify-file", text)
    assert (status, lines[1][:32]) == (0, "signature  genuine: north gate, ")
    assert "state      not seen here yet" in lines

    said = kiosk("pass-key", "distrust", "--name", "north gate", "--data", gate.data)
    assert said.returncode == 0
    assert keys.read(token).claims is None
    assert run("pass-key", "distrust", "--name", "north gate") == (1, ["There is no such trusted gate."])


def test_what_is_no_set_of_keys_is_said(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("nothing of the kind")
    status, lines = run("pass-key", "trust", file, "--name", "north gate")
    assert (status, lines[-1]) == (1, "file: not-a-key-set")
    assert run("pass-key", "trust", tmp_path / "none", "--name", "x")[0] == 1
    assert run("pass-key", "export", tmp_path / "none" / "keys")[0] == 1
