"""Residents' private links: whoever opens one speaks for its unit, and for no other.

A link's token is random, 256 bits long, and stored as its SHA-256 only: it is shown once, to be handed to its resident.
What is sent to a resident when somebody waits goes over a chat service, which is somebody else's computer, and into its
logs. It therefore carries a ticket in place of the token: the same link, but for an hour or two.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from kiosk.clock import Clock
from kiosk.domain.approvals import HOST_ACTOR
from kiosk.domain.ids import new_id
from kiosk.domain.notices import Language
from kiosk.domain.text import can_be_seen, is_one_line
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.paging import Page, cut
from kiosk.services.sealing import SealingError, SealingKey
from kiosk.services.units import require_unit
from kiosk.services.visit_input import MAX_CHARACTERS, is_phone
from kiosk.store.database import Store
from kiosk.store.tables import resident_links

MAX_NAME: Final = 64
MAX_ADDRESS: Final = 512
MAX_LINKS_OF_UNIT: Final = 12
"""Each is told at the same moment when somebody waits; a household has no more telephones."""
TICKET_LASTS: Final = timedelta(hours=2)
USED_EVERY: Final = timedelta(hours=1)
"""How precisely a link's last use is known: a write for every request would wear out the card."""

_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*://[\x21-\x7e]+")
_ID_BYTES: Final = 16
_TIME_BYTES: Final = 5
_TICKET_BYTES: Final = _ID_BYTES + _TIME_BYTES + hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class ResidentLink:
    """A link, without its token and its owner's address.

    Attributes:
        name: what the estate calls it: whose telephone.
        phone: whom a guard calls when nobody answers; empty when not known.
        is_owner: it is the unit's owner's, who may approve what leaves the unit; a tenant's is not.
        is_told: it has an address at which its holder is told.
        failure: the code of the last notice in vain, empty after one that was not.
    """

    seq: int
    id: str
    unit: str
    name: str
    phone: str
    language: Language
    is_owner: bool
    is_told: bool
    created_at: datetime
    used_at: datetime
    told_at: datetime | None
    failure: str

    @property
    def actor(self) -> str:
        """What the journal calls whoever opens it."""
        return f"{HOST_ACTOR} {self.id}"


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link that was opened. `until` is None for its own token; a ticket ends then."""

    link: ResidentLink
    until: datetime | None


@dataclass(frozen=True, slots=True)
class NewLink:
    """What is known of a link before it is made. `address` in apprise's notation, empty: nobody is told."""

    unit: str
    name: str
    phone: str = ""
    address: str = ""
    language: Language = Language.ZH_HANT
    is_owner: bool = False


class ResidentLinks:
    """Makes links, opens and revokes them. Safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock, sealing: SealingKey, secret: bytes, *, unused: timedelta) -> None:
        """Serve the links of a store.

        Args:
            secret: signs tickets.
            unused: how long a link lasts that nobody opens.
        """
        self._store = store
        self._clock = clock
        self._sealing = sealing
        self._secret = secret
        self._unused = unused

    def make(self, new: NewLink, *, actor: str) -> tuple[ResidentLink, str]:
        """Make a link; returns it and its token, which cannot be had again.

        Raises:
            Invalid: with every field at fault.
            Conflict: `too-many-links`: the unit has as many as it may.
        """
        new, problems = _checked(new)
        token = secrets.token_urlsafe(32)
        with self._store.write() as transaction:
            try:
                require_unit(transaction.connection, new.unit)
            except Invalid as invalid:
                problems |= invalid.fields
            if problems:
                raise Invalid(problems)
            of_unit = select(func.count()).select_from(resident_links).where(
                resident_links.c.unit == new.unit, self._lives(transaction.now)
            )  # fmt: skip
            if transaction.connection.execute(of_unit).scalar_one() >= MAX_LINKS_OF_UNIT:
                raise Conflict("too-many-links", f"The unit has {MAX_LINKS_OF_UNIT} links already.")
            link_id = new_id(transaction.now)
            address = self._sealing.seal(new.address.encode(), _seal_name(link_id)) if new.address else None
            transaction.connection.execute(
                insert(resident_links),
                {
                    "id": link_id, "unit": new.unit, "name": new.name, "phone": new.phone, "failure": "",
                    "language": new.language.value, "is_owner": new.is_owner, "sealed_address": address,
                    "token_hash": _digest(token), "created_at": transaction.now, "used_at": transaction.now,
                },
            )  # fmt: skip
            facts = {"link": link_id, "unit": new.unit, "is_owner": new.is_owner}
            transaction.record(actor, "link.made", facts)
            row = transaction.connection.execute(select(resident_links).where(resident_links.c.id == link_id)).one()
        return _link(row), token

    def revoke(self, link_id: str, *, actor: str) -> ResidentLink:
        """End a link for good, and every page that is open by it. Its address and telephone number are forgotten.

        Raises:
            NotFound: there is none of that id, or not any more.
        """
        with self._store.write() as transaction:
            row = transaction.connection.execute(
                select(resident_links).where(resident_links.c.id == link_id, resident_links.c.revoked_at.is_(None))
            ).first()
            if row is None:
                raise NotFound("link")
            transaction.connection.execute(
                update(resident_links)
                .where(resident_links.c.id == link_id)
                .values(revoked_at=transaction.now, sealed_address=None, phone="")
            )
            transaction.record(actor, "link.revoked", {"link": link_id, "unit": row.unit})
        return _link(row)

    def page(self, unit: str, *, before: int | None, limit: int) -> Page[ResidentLink]:
        """Links that are not revoked, newest first; of one unit, or of all when it is empty."""
        wanted = select(resident_links).where(resident_links.c.revoked_at.is_(None))
        if unit:
            wanted = wanted.where(resident_links.c.unit == unit)
        if before is not None:
            wanted = wanted.where(resident_links.c.seq < before)
        with self._store.read() as connection:
            rows = connection.execute(wanted.order_by(resident_links.c.seq.desc()).limit(limit + 1)).all()
        return cut([_link(row) for row in rows], limit, lambda link: link.seq)

    def lapses_at(self, link: ResidentLink) -> datetime:
        """When a link ends that is not opened any more."""
        return link.used_at + self._unused

    def open(self, text: str) -> OpenedLink | None:
        """The link whose token or ticket this is; None when it is neither, or its link has ended."""
        link = self._live(resident_links.c.token_hash == _digest(text))
        if link is not None:
            return OpenedLink(link, None)
        ticket = self._read_ticket(text)
        if ticket is None or ticket[1] <= self._clock.now():
            return None
        link = self.get(ticket[0])
        return OpenedLink(link, ticket[1]) if link is not None else None

    def get(self, link_id: str) -> ResidentLink | None:
        """A link while it lasts, by its id. That counts as use: it is what an open page goes by."""
        return self._live(resident_links.c.id == link_id)

    def ticket(self, link: ResidentLink) -> str:
        """A text that opens a link as its token does, for `TICKET_LASTS`."""
        until = int((self._clock.now() + TICKET_LASTS).timestamp())
        claims = bytes.fromhex(link.id) + until.to_bytes(_TIME_BYTES, "big")
        return base64.urlsafe_b64encode(claims + self._signature(claims)).decode().rstrip("=")

    def of_unit_within(self, connection: Connection, unit: str, now: datetime) -> list[ResidentLink]:
        """The links of a unit that last, oldest first, in the caller's view of the store."""
        rows = connection.execute(
            select(resident_links)
            .where(resident_links.c.unit == unit, self._lives(now))
            .order_by(resident_links.c.seq)
        )  # fmt: skip
        return [_link(row) for row in rows]

    def of_unit(self, unit: str) -> list[ResidentLink]:
        """The links of a unit that last, oldest first."""
        with self._store.read() as connection:
            return self.of_unit_within(connection, unit, self._clock.now())

    def address(self, link_id: str) -> str | None:
        """Where a link's owner is told; None without an address, or when it was sealed with a key that is lost."""
        with self._store.read() as connection:
            row = connection.execute(
                select(resident_links.c.sealed_address).where(resident_links.c.id == link_id)
            ).first()
        if row is None or row.sealed_address is None:
            return None
        try:
            return self._sealing.unseal(row.sealed_address, _seal_name(link_id)).decode()
        except SealingError:
            return None

    def note_told(self, link_id: str, failure: str) -> None:
        """Keep how telling a link's owner went; `failure` empty: they were told."""
        with self._store.write() as transaction:
            values = {"failure": failure} if failure else {"failure": "", "told_at": transaction.now}
            transaction.connection.execute(
                update(resident_links).where(resident_links.c.id == link_id).values(**values)
            )

    def _live(self, which: ColumnElement[bool]) -> ResidentLink | None:
        now = self._clock.now()
        with self._store.read() as connection:
            row = connection.execute(select(resident_links).where(which, self._lives(now))).first()
        if row is None:
            return None
        if now - row.used_at >= USED_EVERY:
            with self._store.write() as transaction:
                transaction.connection.execute(
                    update(resident_links).where(resident_links.c.id == row.id).values(used_at=now)
                )
        return _link(row)

    def _lives(self, now: datetime) -> ColumnElement[bool]:
        return resident_links.c.revoked_at.is_(None) & (resident_links.c.used_at > now - self._unused)

    def _read_ticket(self, text: str) -> tuple[str, datetime] | None:
        try:
            told = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        claims, signature = told[: _ID_BYTES + _TIME_BYTES], told[_ID_BYTES + _TIME_BYTES :]
        if len(told) != _TICKET_BYTES or not hmac.compare_digest(signature, self._signature(claims)):
            return None
        until = datetime.fromtimestamp(int.from_bytes(claims[_ID_BYTES:], "big"), UTC)
        return claims[:_ID_BYTES].hex(), until

    def _signature(self, claims: bytes) -> bytes:
        return hmac.digest(self._secret, claims, "sha256")


def _checked(new: NewLink) -> tuple[NewLink, dict[str, FieldProblem]]:
    """What was typed, stripped, and what is wrong with it."""
    name, phone, address = new.name.strip(), new.phone.strip(), new.address.strip()
    problems: dict[str, FieldProblem] = {}
    if not can_be_seen(name):
        problems["name"] = FieldProblem.REQUIRED
    elif len(name) > MAX_NAME:
        problems["name"] = FieldProblem.TOO_LONG
    elif not is_one_line(name):
        problems["name"] = FieldProblem.NOT_ONE_LINE
    if len(phone) > MAX_CHARACTERS["phone"] or (phone and not is_phone(phone)):
        problems["phone"] = FieldProblem.NOT_A_PHONE
    if len(address) > MAX_ADDRESS:
        problems["address"] = FieldProblem.TOO_LONG
    elif address and not _ADDRESS.fullmatch(address):
        problems["address"] = FieldProblem.NOT_A_CHANNEL
    checked = replace(new, unit=new.unit.strip(), name=name, phone=phone, address=address)
    return checked, problems


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _seal_name(link_id: str) -> str:
    return f"resident link {link_id}"


def _link(row: Row[Any]) -> ResidentLink:
    return ResidentLink(
        seq=row.seq,
        id=row.id,
        unit=row.unit,
        name=row.name,
        phone=row.phone,
        language=Language(row.language),
        is_owner=row.is_owner,
        is_told=row.sealed_address is not None,
        created_at=row.created_at,
        used_at=row.used_at,
        told_at=row.told_at,
        failure=row.failure,
    )
