"""Residents told that somebody asks to be let in to them: by what they carry, through apprise.

All residents are one subscriber of the outbox. A thread and a place in the journal for each, as the settings' channels
have, would be a thousand of them in a large estate, woken by every tap of a card. Here a notice starts a thread for
each telephone of one unit, which ends when it has been taken or when the host's time is over: one that does not answer
delays no other. A box that stops before every first attempt is over tells the last notice again.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Final

from kiosk.config import ChannelSettings, EstateSettings
from kiosk.domain.notices import Notice
from kiosk.services.approvals import Approvals
from kiosk.services.deliveries import make_place
from kiosk.services.events import Event
from kiosk.services.notices import ChannelSender, event_notice
from kiosk.services.outbox import FIRST_RETRY_S, DeliveryFailed, Outbox, Subscriber
from kiosk.services.resident_links import ResidentLink, ResidentLinks
from kiosk.store.database import Store

log = logging.getLogger(__name__)

SUBSCRIBER: Final = "residents"
TYPES: Final = frozenset({"host.asked"})
_TOLD: Final = frozenset({"number", "kind"})
"""What a notice says of a visit, besides the time."""


class HostSender:
    """Tells every telephone of a unit that has an address, each for itself."""

    def __init__(self, links: ResidentLinks, approvals: Approvals, estate: EstateSettings, base_url: str) -> None:
        self._links = links
        self._approvals = approvals
        self._estate = estate
        self._base_url = base_url
        self._cancelled = threading.Event()

    def open(self) -> None:
        """See `Sender.open`: every link has an address of its own, and a mistake in one is said with that link."""

    def send(self, event: Event) -> None:
        """See `Sender.send`. Returns when everybody has been tried once; who could not be told is tried again."""
        asked = self._approvals.asked_about(str(event.data.get("visit", "")))
        if asked is None or asked.is_unanswered:
            return  # decided, given up or handed to the guard while nobody could be told
        tellings = [
            _Telling(self, event, link)
            for link in self._links.of_unit(asked.visit.unit)
            if link.is_told
        ]  # fmt: skip
        for telling in tellings:
            telling.start()
        for telling in tellings:
            telling.tried.wait()

    def cancel(self) -> None:
        """See `Sender.cancel`."""
        self._cancelled.set()

    def tell(self, event: Event, link: ResidentLink) -> str:
        """Tell one telephone; returns why it could not be, empty when it was."""
        address = self._links.address(link.id)
        if address is None:
            return "secret-lost"
        notice = event_notice(
            event.type,
            {name: fact for name, fact in event.data.items() if name in _TOLD},
            at=event.at,
            estate=self._estate,
            language=link.language,
        )
        body = f"{notice.body}\n{self._base_url}/r/{self._links.ticket(link)}"
        sender = ChannelSender(ChannelSettings(url=address, language=link.language), self._estate)
        try:
            sender.notify(Notice(notice.title, body))
        except DeliveryFailed as failure:
            return failure.code
        return ""

    def try_until_over(self, event: Event, link: ResidentLink, tried: threading.Event) -> None:
        """Tell one telephone, again and again until it is told or its unit is not asked any more."""
        wait_s = FIRST_RETRY_S
        while not self._cancelled.is_set():
            failure = self.tell(event, link)
            if self._cancelled.is_set():
                return
            self._links.note_told(link.id, failure)
            tried.set()
            asked = self._approvals.asked_about(str(event.data["visit"]))
            if not failure or failure == "secret-lost" or asked is None or asked.is_unanswered:
                return
            self._cancelled.wait(wait_s)
            wait_s *= 2


class _Telling(threading.Thread):
    """One telephone being told."""

    def __init__(self, sender: HostSender, event: Event, link: ResidentLink) -> None:
        super().__init__(name=f"tell link {link.id}", daemon=True)
        self._sender = sender
        self._event = event
        self._link = link
        self.tried = threading.Event()

    def run(self) -> None:
        try:
            self._sender.try_until_over(self._event, self._link, self.tried)
        except Exception:
            log.exception("a resident could not be told; the guard will be")
        finally:
            self.tried.set()


def add_residents(
    outbox: Outbox,
    store: Store,
    sender: HostSender,
    *,
    answer_within: timedelta,
) -> None:
    """Hand the residents to the outbox; they are told from now on. What is older than their time is passed over."""
    with store.write() as transaction:
        make_place(transaction, SUBSCRIBER)
    outbox.add(Subscriber(SUBSCRIBER, TYPES, sender, keep=answer_within))
