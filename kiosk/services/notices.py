"""People told by what they carry: WeCom, DingTalk, Feishu, Bark, mail, MQTT and the like, through apprise.

Apprise knows the services; the queue, the retries and the words are ours. It is imported by a channel's own thread and
only where a channel is set: it takes 35 MiB. An address is a secret, as whoever has it can write to the channel. They
put parts of it into their log lines, apprise, requests and urllib3 alike, so these are kept from the log altogether.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from kiosk.config import ChannelSettings, EstateSettings, NotifySettings
from kiosk.domain.notices import Language, Notice, write_notice
from kiosk.services.deliveries import drop_places, make_place
from kiosk.services.events import Event
from kiosk.services.outbox import DeliveryFailed, Outbox, Subscriber
from kiosk.store.database import Store

if TYPE_CHECKING:
    from apprise import Apprise

CHANNEL_PREFIX: Final = "channel "
KEEP: Final = timedelta(hours=24)
"""A notice about yesterday helps nobody, and a hundred of them hide today's."""
_TALKATIVE: Final = ("apprise", "requests", "urllib3", "paho")
_importing: Final = threading.Lock()


class ChannelSender:
    """Writes events to one channel."""

    def __init__(self, channel: ChannelSettings, estate: EstateSettings) -> None:
        self._channel = channel
        self._estate = estate
        self._apprise: Apprise | None = None
        self._cancelled = threading.Event()

    def open(self) -> None:
        """See `Sender.open`: `address-unreadable` or `bad-address`."""
        if self._apprise is not None:
            return
        address = self._address()
        with _importing:
            for name in _TALKATIVE:
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
            from apprise import Apprise, AppriseAsset

            # Not asynchronous: one address, and a thread of its own to wait in.
            channel = Apprise(asset=AppriseAsset(app_id="Gatehouse", async_mode=False))
            if not _done(lambda: channel.add(address)):
                raise DeliveryFailed("bad-address")
        self._apprise = channel

    def send(self, event: Event) -> None:
        """See `Sender.send`: `not-taken`, or what `open` says."""
        self.notify(
            event_notice(event.type, event.data, at=event.at, estate=self._estate, language=self._channel.language)
        )

    def notify(self, notice: Notice) -> None:
        """Send a message as it stands.

        Raises:
            DeliveryFailed: as `send`.
        """
        self.open()
        channel = self._apprise
        if self._cancelled.is_set() or channel is None:
            raise DeliveryFailed("cancelled")
        if not _done(lambda: channel.notify(title=notice.title, body=notice.body, body_format="text")):
            raise DeliveryFailed("not-taken")

    def cancel(self) -> None:
        """See `Sender.cancel`; what apprise has begun it ends, within its own four seconds a step."""
        self._cancelled.set()

    def _address(self) -> str:
        if self._channel.url is not None:
            return self._channel.url.get_secret_value()
        try:
            return self._channel.url_file.read_text(encoding="utf-8").strip() if self._channel.url_file else ""
        except (OSError, UnicodeDecodeError) as error:
            raise DeliveryFailed("address-unreadable") from error


def _done(call: Callable[[], object]) -> bool:
    try:
        return bool(call())
    except Exception:  # noqa: BLE001 - one of a hundred plug-ins; the text of its error may have the address in it
        return False


_NAMES: Final = {
    Language.ZH_HANT: lambda estate: estate.name_zh_hant,
    Language.ZH_HANS: lambda estate: estate.name_zh_hans,
    Language.EN: lambda estate: estate.name_en,
}


def event_notice(
    type_: str, facts: Mapping[str, object], *, at: datetime, estate: EstateSettings, language: Language
) -> Notice:
    """Write a notice of this estate about an event; `at` in any zone."""
    return write_notice(
        type_, facts, at=at.astimezone(estate.zone), estate=_NAMES[language](estate), language=language
    )  # fmt: skip


def add_channels(outbox: Outbox, store: Store, settings: NotifySettings, estate: EstateSettings) -> None:
    """Hand the channels of the settings to the outbox; one that is new there is told what happens from now on."""
    senders = {
        CHANNEL_PREFIX + name: (channel, ChannelSender(channel, estate)) for name, channel in settings.channels.items()
    }
    with store.write() as transaction:
        drop_places(transaction, CHANNEL_PREFIX, but=frozenset(senders))
        for name in senders:
            make_place(transaction, name)
    for name, (channel, sender) in senders.items():
        outbox.add(Subscriber(name, channel.events, sender, with_silent=channel.silent_alarms, keep=KEEP))
