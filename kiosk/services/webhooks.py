"""Webhooks: the estate's other software told by signed POSTs, as `kiosk.domain.webhooks` writes them.

A subscription's secret is sealed. Names and telephone numbers go only to who asked for them: an event stays in other
people's logs and queues, out of reach of the day on which the visit is purged here.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, delete, func, insert, select

from kiosk.clock import Clock
from kiosk.domain.ids import new_id
from kiosk.domain.webhooks import headers, is_event_type, new_secret, secret_bytes, split_url
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.deliveries import DeliveryStatus, drop_place, make_place, read_status, require_status
from kiosk.services.events import Event
from kiosk.services.http_post import Answer, Post, PostFailed
from kiosk.services.outbox import DeliveryFailed, Outbox, Subscriber
from kiosk.services.sealing import SealingError, SealingKey
from kiosk.store.database import Store
from kiosk.store.tables import webhooks

MAX_WEBHOOKS: Final = 20
"""Each has a thread of its own."""
MAX_EVENTS: Final = 50
WEBHOOK_PREFIX: Final = "webhook "
_GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription with how it has fared."""

    id: str
    url: str
    events: Sequence[str]
    with_visitor: bool
    created_at: datetime
    status: DeliveryStatus


class WebhookSender:
    """Signs and posts events for one subscription."""

    def __init__(self, clock: Clock, url: str, key: bytes) -> None:
        self._clock = clock
        self._url = url
        self._key = key
        self._cancelled = threading.Event()
        self._post: Post | None = None

    def open(self) -> None:
        """See `Sender.open`: the address was checked when it was given."""

    def send(self, event: Event) -> None:
        """See `Sender.send`. Every attempt is signed anew, with its own time."""
        body = write_body(event)
        timestamp = int(self._clock.now().timestamp())
        self._post = post = Post(self._url, body, headers(self._key, event.id, timestamp, body))
        if self._cancelled.is_set():
            raise DeliveryFailed("cancelled")
        try:
            answer = post.send()
        except PostFailed as failure:
            raise DeliveryFailed(failure.code) from failure
        _judge(answer)

    def cancel(self) -> None:
        """See `Sender.cancel`."""
        self._cancelled.set()
        if self._post is not None:
            self._post.cancel()


class _KeyLostSender:
    """Stands for a subscription whose secret was sealed with a key that is lost: said on the health page."""

    def open(self) -> None:
        """Say so."""
        raise DeliveryFailed("secret-lost")

    def send(self, event: Event) -> None:  # noqa: ARG002 - whatever it is
        """Refuse: a receiver cannot tell an unsigned event from somebody else's."""
        raise DeliveryFailed("secret-lost")

    def cancel(self) -> None:
        """Nothing waits."""


class WebhookService:
    """The subscriptions. Safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock, sealing: SealingKey, outbox: Outbox) -> None:
        self._store = store
        self._clock = clock
        self._sealing = sealing
        self._outbox = outbox

    def load(self) -> None:
        """Hand every subscription on record to the outbox; call once, before it starts."""
        with self._store.read() as connection:
            rows = connection.execute(select(webhooks)).all()
        for row in rows:
            try:
                key = self._sealing.unseal(row.sealed_secret, _seal_name(row.id))
            except SealingError:
                self._outbox.add(_subscriber(row, _KeyLostSender()))
            else:
                self._outbox.add(_subscriber(row, WebhookSender(self._clock, row.url, key)))

    def add(
        self, *, actor: str, url: str, events: Sequence[str], secret: str | None = None, with_visitor: bool = False
    ) -> tuple[Webhook, str]:
        """Subscribe from now on; returns the subscription and its secret, which cannot be had again.

        Args:
            secret: as `whsec_…`; None has one made.

        Raises:
            Invalid: the address, a type or the secret cannot be used.
            Conflict: `too-many-webhooks`.
        """
        written = new_secret() if secret is None else secret
        key = _checked(url, events, written)
        with self._store.write() as transaction:
            count = transaction.connection.execute(select(func.count()).select_from(webhooks)).scalar_one()
            if count >= MAX_WEBHOOKS:
                raise Conflict("too-many-webhooks", f"There are {MAX_WEBHOOKS} webhooks already.")
            webhook_id = new_id(transaction.now)
            transaction.connection.execute(
                insert(webhooks),
                {
                    "id": webhook_id,
                    "url": url,
                    "events": sorted(set(events)),
                    "with_visitor": with_visitor,
                    "sealed_secret": self._sealing.seal(key, _seal_name(webhook_id)),
                    "created_at": transaction.now,
                },
            )
            transaction.record(actor, "webhook.added", {"webhook": webhook_id})
            make_place(transaction, WEBHOOK_PREFIX + webhook_id)
            row = transaction.connection.execute(select(webhooks).where(webhooks.c.id == webhook_id)).one()
            added = _webhook(row, require_status(transaction.connection, WEBHOOK_PREFIX + webhook_id))
        self._outbox.add(_subscriber(row, WebhookSender(self._clock, url, key)))
        return added, written

    def all(self) -> list[Webhook]:
        """Every subscription, the oldest first."""
        with self._store.read() as connection:
            rows = connection.execute(select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id)).all()
            return [_webhook(row, require_status(connection, WEBHOOK_PREFIX + row.id)) for row in rows]

    def get(self, webhook_id: str) -> Webhook:
        """One subscription.

        Raises:
            NotFound: there is none of that id.
        """
        with self._store.read() as connection:
            row = connection.execute(select(webhooks).where(webhooks.c.id == webhook_id)).first()
            status = read_status(connection, WEBHOOK_PREFIX + webhook_id)
        if row is None or status is None:
            raise NotFound("webhook")
        return _webhook(row, status)

    def remove(self, webhook_id: str, *, actor: str) -> None:
        """End a subscription.

        Raises:
            NotFound: there is none of that id.
        """
        with self._store.write() as transaction:
            gone = transaction.connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))
            if gone.rowcount == 0:
                raise NotFound("webhook")
            drop_place(transaction, WEBHOOK_PREFIX + webhook_id)
            transaction.record(actor, "webhook.removed", {"webhook": webhook_id})
        self._outbox.remove(WEBHOOK_PREFIX + webhook_id)


def write_body(event: Event) -> bytes:
    """An event as it is posted: compact JSON in UTF-8; the time in UTC, as RFC 3339 writes it."""
    at = event.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    document = {"id": event.id, "type": event.type, "at": at, "data": event.data}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _judge(answer: Answer) -> None:
    # Standard Webhooks, section "Delivery success and failure": 2xx is success, 410 asks for no more, a redirect is
    # no success and is not followed.
    if 200 <= answer.status < 300:
        return
    raise DeliveryFailed(
        f"http-{answer.status}", retry_after_s=answer.retry_after_s or 0.0, is_final=answer.status == _GONE
    )


def _checked(url: str, events: Sequence[str], secret: str) -> bytes:
    problems: dict[str, FieldProblem] = {}
    try:
        split_url(url)
    except ValueError:
        problems["url"] = FieldProblem.NOT_AN_ADDRESS
    if not 1 <= len(events) <= MAX_EVENTS or not all(is_event_type(type_) for type_ in events):
        problems["events"] = FieldProblem.NOT_EVENTS
    key = b""
    try:
        key = secret_bytes(secret)
    except ValueError:
        problems["secret"] = FieldProblem.NOT_A_SECRET
    if problems:
        raise Invalid(problems)
    return key


def _subscriber(row: Row[Any], sender: WebhookSender | _KeyLostSender) -> Subscriber:
    return Subscriber(WEBHOOK_PREFIX + row.id, frozenset(row.events), sender, with_visitor=row.with_visitor)


def _webhook(row: Row[Any], status: DeliveryStatus) -> Webhook:
    return Webhook(row.id, row.url, tuple(row.events), row.with_visitor, row.created_at, status)


def _seal_name(webhook_id: str) -> str:
    return f"webhook {webhook_id}"
