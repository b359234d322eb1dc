"""`pass`: issue, revoke, look at one, and tell what a code is."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Final

from hardware.errors import DriverUnavailable
from kiosk import doctor_qr
from kiosk.appliance import Appliance
from kiosk.commands.common import appliance_for, fail, local_text, refusals_said, say
from kiosk.domain.passes import PassClaims, PassKind, at_minute, midnight_after
from kiosk.domain.subjects import Subject
from kiosk.domain.time_profiles import TimeProfile
from kiosk.domain.weekly_hours import lines_of, profile_from_lines
from kiosk.errors import NotFound
from kiosk.services.pass_check import PassCheck, PassVerdict
from kiosk.services.pass_codes import code_png, code_svg
from kiosk.services.pass_queries import PassRecord

_ACTOR: Final = "command line"
_ID: Final = re.compile(r"[0-9a-fA-F]{32}")
_MOST_TEXT_BYTES: Final = 4096

_VERDICTS: Final = {
    PassVerdict.GOOD: "good",
    PassVerdict.NO_PASS: "no pass: some other code",
    PassVerdict.NOT_GENUINE: "not good: signed by no key that this gate honours",
    PassVerdict.NOT_ON_RECORD: "not good: genuine, and not on record here",
    PassVerdict.REVOKED: "not good: revoked",
    PassVerdict.ENDED: "not good: it has ended",
    PassVerdict.USED: "not good: used up",
    PassVerdict.UPCOMING: "not good yet: it begins later",
    PassVerdict.OUTSIDE_HOURS: "not good now: outside its hours",
}


def run(given: argparse.Namespace) -> int:
    """Carry out `pass ACTION`; returns the exit status."""
    appliance = appliance_for(given.data, given.config)
    with refusals_said():
        match given.action:
            case "issue":
                _issue(appliance, given)
            case "revoke":
                say(f"Pass {_revoke(appliance, given.subject)} is refused from now on.")
            case "show":
                _show(appliance, given.subject)
            case "verify-file":
                return _verify(appliance, given.file)
    return 0


# --- issue ---


def _issue(appliance: Appliance, given: argparse.Namespace) -> None:
    zone, now = appliance.settings.estate.zone, appliance.clock.now()
    if given.kind is PassKind.MULTI and given.uses is None:
        fail("pass: --uses says how often a multi-entry pass lets its holder in")
    begins = _moment(given.begins, zone, is_end=False) if given.begins else now
    issued = appliance.passes.issue(
        actor=_ACTOR,
        unit=given.unit,
        holder=given.holder,
        not_before=begins,
        not_after=_moment(given.until, zone, is_end=True) if given.until else None,
        uses=1 if given.kind is PassKind.SINGLE and given.uses is None else given.uses,
        lanes=frozenset(given.lane) if given.lane else None,
        kind=given.kind,
        weekly=_hours(given.weekly),
    )
    claims = appliance.pass_queries.get(issued.id).claims
    say(f"Pass {issued.id}: {claims.kind.value}, {_dates(claims, zone)}")
    say(issued.token)
    for file, drawn in ((given.png, code_png), (given.svg, code_svg)):
        if file is not None:
            _write(file, drawn(issued.token))


def _moment(text: str, zone: tzinfo, *, is_end: bool) -> datetime:
    """A time by the estate's clock; a day alone is its beginning, or its end."""
    try:
        if len(text) == len("2026-03-01"):
            beginning = at_minute(date.fromisoformat(text), 0, zone)
            return midnight_after(beginning, zone) if is_end else beginning
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"pass: a time is written 2026-03-01 or 2026-03-01T09:00, not {text!r}")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _hours(lines: list[str] | None) -> TimeProfile | None:
    try:
        return profile_from_lines(lines) if lines else None
    except ValueError as error:
        fail(f"pass: --weekly: {error}")


def _write(file: Path, picture: bytes) -> None:
    try:
        file.write_bytes(picture)
    except OSError as error:
        fail(f"{file}: {error.strerror}; the pass is issued all the same")


# --- revoke and show ---


def _revoke(appliance: Appliance, subject: str) -> str:
    if not _ID.fullmatch(subject):
        return appliance.passes.revoke_shown(subject, actor=_ACTOR)
    appliance.passes.revoke(subject.lower(), actor=_ACTOR)
    return subject.lower()


def _show(appliance: Appliance, subject: str) -> None:
    if _ID.fullmatch(subject):
        record = appliance.pass_queries.get(subject.lower())
    else:
        found = appliance.pass_checker.check(subject).record
        if found is None:
            raise NotFound("pass")
        record = found
    zone = appliance.settings.estate.zone
    for name, value in _facts(record, zone):
        say(f"{name:<10} {value}")
    for item in appliance.feed_view.history(Subject.PASS, record.id):
        where = f" {item.lane}" if item.lane else ""
        why = f" {item.code.value}" if item.code is not None else ""
        say(f"{local_text(item.at, zone)}  {item.type}{why}  by {item.actor}{where}")


def _facts(record: PassRecord, zone: tzinfo) -> Iterator[tuple[str, str]]:
    claims = record.claims
    yield "pass", record.id
    yield "kind", claims.kind.value
    yield "state", record.standing.value
    yield "unit", claims.unit
    if not record.gate:
        yield "holder", record.holder
    yield "dates", _dates(claims, zone)
    for line in lines_of(claims.weekly) if claims.weekly is not None else ():
        yield "hours", line
    yield "lanes", ", ".join(sorted(claims.lanes)) if claims.lanes is not None else "all"
    yield "uses", _uses(record.uses, claims)
    yield "issued by", f"{record.gate or 'this gate'}, key {record.kid.hex() or 'unknown'}"
    yield "on record", f"since {local_text(record.created_at, zone)}"


# --- verify a file ---


def _verify(appliance: Appliance, file: Path) -> int:
    """Tell what each code in a file is; 0 when there is a pass, and every pass there is good."""
    texts = _texts_in(file)
    checks = [appliance.pass_checker.check(text) for text in texts]
    for check in checks:
        for line in _findings(check, appliance.settings.estate.zone):
            say(line)
    if not checks:
        say("no code was found")
    passes = [check.verdict for check in checks if check.verdict is not PassVerdict.NO_PASS]
    return 0 if passes and set(passes) == {PassVerdict.GOOD} else 1


def _texts_in(file: Path) -> list[str]:
    try:
        with file.open("rb") as opened:
            beginning = opened.read(_MOST_TEXT_BYTES + 1)
        if beginning.isascii() and len(beginning) <= _MOST_TEXT_BYTES:
            return [line.strip("\r\n") for line in beginning.decode("ascii").splitlines() if line.strip()]
        return doctor_qr.texts_in(file)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except ValueError as error:
        fail(f"{file}: {error}")
    except DriverUnavailable as error:
        fail(f"{file}: {error}: {error.vendor_reason}")


def _findings(check: PassCheck, zone: tzinfo) -> Iterator[str]:
    claims, reading = check.claims, check.reading
    if claims is not None:
        yield f"pass       {claims.id}: {claims.kind.value}, unit {claims.unit}"
    if reading.is_pass:
        signer = reading.gate or ("this gate" if claims is not None else "nobody known here")
        yield f"signature  {'genuine' if claims is not None else 'not genuine'}: {signer}, key {reading.kid.hex()}"
    if claims is not None:
        yield f"dates      {_dates(claims, zone)}"
        for line in lines_of(claims.weekly) if claims.weekly is not None else ():
            yield f"hours      {line}"
        if check.record is not None:
            yield f"state      {check.record.standing.value}"
            yield f"uses       {_uses(check.record.uses, claims)}"
        elif check.verdict is not PassVerdict.NOT_ON_RECORD:
            yield "state      not seen here yet"
    yield f"verdict    {_VERDICTS[check.verdict]}"


def _dates(claims: PassClaims, zone: tzinfo) -> str:
    return f"from {local_text(claims.not_before, zone)} to {local_text(claims.not_after, zone)}"


def _uses(uses: int, claims: PassClaims) -> str:
    if claims.kind is PassKind.VISIT:
        return "spent by coming in; good for leaving"
    return f"{uses}, any number allowed" if claims.max_uses is None else f"{uses} of {claims.max_uses}"
