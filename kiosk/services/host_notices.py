"""Residents told of what concerns their unit: by what they carry, through apprise.

All residents are one subscriber of the outbox for what is urgent, and one for the rest. A thread and a place in the
journal for each, as the settings' channels have, would be a thousand of them in a large estate, woken by every tap of a
card. Here a notice starts a thread for each telephone of one unit, which ends with its attempt: one that does not
answer delays no other. Who could not be told is tried again at growing intervals for as long as the notice makes sense,
which `kiosk.services.host_news` tells. A box that stops before every first attempt is over tells the last notice again.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from kiosk.config import ChannelSettings, EstateSettings
from kiosk.domain.notices import Notice
from kiosk.services.deliveries import make_place
from kiosk.services.events import Event
from kiosk.services.host_news import HostPage, News, NewsOf
from kiosk.services.notices import ChannelSender, event_notice
from kiosk.services.outbox import FIRST_RETRY_S, DeliveryFailed, Outbox, Subscriber
from kiosk.services.periodic import Periodic
from kiosk.services.resident_links import ResidentLink, ResidentLinks
from kiosk.store.database import Store

log = logging.getLogger(__name__)

SUBSCRIBER: Final = "residents"
GOODS_SUBSCRIBER: Final = "residents: goods"
"""By itself: a visitor who waits at the gate is not to wait for yesterday's parcels to be told of."""

_FINAL: Final = frozenset({"secret-lost", "bad-address"})
"""No other attempt would do better: a link's address is never changed."""
_AFTER_A_FAULT_S: Final = 60.0


@dataclass(order=True, slots=True)
class _Telling:
    """One telephone that is to be told, at the next attempt's time on `time.monotonic`."""

    due_s: float
    order: int
    event: Event = field(compare=False)
    link_id: str = field(compare=False)
    wait_s: float = field(compare=False, default=FIRST_RETRY_S)


class HostSender:
    """Tells every telephone that an event's rule names and that has an address, each for itself."""

    def __init__(
        self, links: ResidentLinks, rules: Mapping[str, NewsOf], estate: EstateSettings, base_url: str
    ) -> None:
        self._links = links
        self._rules = rules
        self._estate = estate
        self._base_url = base_url
        self._cancelled = threading.Event()
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._again: list[_Telling] = []
        self._retries = Periodic("tell residents again", self._try_again, after_fault_s=_AFTER_A_FAULT_S)

    @property
    def types(self) -> frozenset[str]:
        """The types of events that it tells of."""
        return frozenset(self._rules)

    def open(self) -> None:
        """See `Sender.open`: every link has an address of its own, and a mistake in one is said with that link."""
        self._retries.start()

    def send(self, event: Event) -> None:
        """See `Sender.send`. Returns when everybody has been tried once; who could not be told is tried again."""
        news = self._rules[event.type](event)
        if news is None:
            return
        attempts = [self._begin(_Telling(0.0, next(self._order), event, link.id)) for link in news.links]
        for attempt in attempts:
            attempt.join()

    def cancel(self) -> None:
        """See `Sender.cancel`."""
        self._cancelled.set()
        self._retries.stop(0)

    def _begin(self, telling: _Telling) -> threading.Thread:
        attempt = threading.Thread(target=self._try, args=(telling,), name=f"tell link {telling.link_id}", daemon=True)
        attempt.start()
        return attempt

    def _try(self, telling: _Telling) -> None:
        try:
            is_over = self._tell(telling)
        except Exception:
            if self._cancelled.is_set():
                return
            log.exception("a resident could not be told; it will be tried again")
            is_over = False
        if not is_over and not self._cancelled.is_set():
            telling.due_s, telling.wait_s = time.monotonic() + telling.wait_s, telling.wait_s * 2
            with self._lock:
                heapq.heappush(self._again, telling)
            self._retries.wake()

    def _tell(self, telling: _Telling) -> bool:
        """Tell one telephone if it still is to be told; False: it is worth another attempt."""
        news = self._rules[telling.event.type](telling.event)
        link = next((link for link in news.links if link.id == telling.link_id), None) if news is not None else None
        if news is None or link is None:
            return True
        failure = self._notify(telling.event, news, link)
        if self._cancelled.is_set():
            return True
        self._links.note_told(link.id, failure)
        return not failure or failure in _FINAL

    def _notify(self, event: Event, news: News, link: ResidentLink) -> str:
        """Returns why it could not be told, empty when it was."""
        address = self._links.address(link.id)
        if address is None:
            return "secret-lost"
        notice = event_notice(event.type, news.facts, at=event.at, estate=self._estate, language=link.language)
        page = f"?page={news.page.value}" if news.page is not HostPage.GATE else ""
        body = f"{notice.body}\n{self._base_url}/r/{self._links.ticket(link)}{page}"
        sender = ChannelSender(ChannelSettings(url=address, language=link.language), self._estate)
        try:
            sender.notify(Notice(notice.title, body))
        except DeliveryFailed as failure:
            return failure.code
        return ""

    def _try_again(self) -> float | None:
        """Begin every attempt that is due; returns the seconds until the next one is, None while none waits."""
        now_s, due = time.monotonic(), []
        with self._lock:
            while self._again and self._again[0].due_s <= now_s:
                due.append(heapq.heappop(self._again))
            next_s = self._again[0].due_s - now_s if self._again else None
        for telling in due:
            self._begin(telling)
        return next_s


def add_residents(outbox: Outbox, store: Store, name: str, sender: HostSender, *, keep: timedelta) -> None:
    """Hand residents to the outbox under a name, told from now on. What is older than `keep` is passed over."""
    with store.write() as transaction:
        make_place(transaction, name)
    outbox.add(Subscriber(name, sender.types, sender, keep=keep))
