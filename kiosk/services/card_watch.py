"""What a card reader's worker does: waits for cards, asks each to prove itself, and hands both to the lane or the desk.

The proof takes a few commands to the card while it lies on the reader. They are spoken here, in the thread that owns
the reader, so that whoever decides only looks at what came of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from hardware.errors import CardGone, DeviceTimeout, DeviceUnavailable
from hardware.interfaces import CardPresented, CardReader, CardRemoved, CardUnreadable
from hardware.supervisor import Worker
from kiosk.domain.access import CredentialKind
from kiosk.domain.card_numbers import UidOrder
from kiosk.domain.card_proof import CardProof, is_storage_card
from kiosk.services.card_keys import CardKeys
from kiosk.services.desfire import NOT_TRIED, Application, Proof, prove
from kiosk.services.sealing import SealingError

log = logging.getLogger(__name__)

EVENT_WAIT_S: Final = 1.0
PROVE_WITHIN_S: Final = 2.0
"""A card that takes longer is let go: a DESFire needs a tenth of it, and the lane waits."""


@dataclass(frozen=True, slots=True)
class CardTapped:
    """A card put down, and whether it has proven to be the one its UID says."""

    kind: ClassVar = CredentialKind.CARD
    card: CardPresented | CardUnreadable
    proof: Proof = NOT_TRIED

    @property
    def presented_ns(self) -> int:
        """When the card was put down."""
        return self.card.presented_ns


class CardProver:
    """Asks cards to prove themselves."""

    def __init__(self, application: Application | None, keys: CardKeys) -> None:
        """Choose the application; None: this gate asks no card."""
        self._application = application
        self._keys = keys

    def prove(self, reader: CardReader, card: CardPresented) -> Proof:
        """Ask the card that lies on the reader.

        Raises:
            DeviceUnavailable: the reader is gone.
        """
        if self._application is None:
            return NOT_TRIED
        if is_storage_card(card.atr):
            return Proof(CardProof.FAILED, "storage-card")
        try:
            if self._keys.is_empty():
                return NOT_TRIED
            return self._converse(reader, card, self._application)
        except (CardGone, DeviceTimeout) as error:
            return Proof(CardProof.INTERRUPTED, error.code)
        except SealingError:
            log.error("a card key was sealed with another sealing key and cannot be used")  # noqa: TRY400 - known
            return NOT_TRIED

    def _converse(self, reader: CardReader, card: CardPresented, application: Application) -> Proof:
        conversation = prove(card.uid, application, self._keys.get)
        deadline_s = time.monotonic() + PROVE_WITHIN_S
        try:
            command = next(conversation)
            while time.monotonic() < deadline_s:
                command = conversation.send(reader.transmit(command))
        except StopIteration as end:
            proof: Proof = end.value
            return proof
        return Proof(CardProof.INTERRUPTED, "too-slow")


class CardWatch:
    """The work of one reader."""

    def __init__(self, prover: CardProver, post: Callable[[CardTapped], None], uid_order: UidOrder) -> None:
        """Choose what proves cards, where they go, and in which order this reader tells the bytes of a UID."""
        self._prover = prover
        self._post = post
        self._is_reversed = uid_order is UidOrder.REVERSED

    def work(self, reader: CardReader, worker: Worker[CardReader]) -> None:
        """Hand on every card until the worker stops. `HardwareError` escapes: the reader is then reopened."""
        while not worker.stopping.is_set():
            worker.beat()
            event = reader.wait_for_event(EVENT_WAIT_S)
            if event is None or isinstance(event, CardRemoved):
                continue
            if self._is_reversed and isinstance(event, CardPresented):
                event = replace(event, uid=event.uid[::-1])  # before its proof: a card's own key comes from its UID
            self._hand_on(reader, event)

    def _hand_on(self, reader: CardReader, card: CardPresented | CardUnreadable) -> None:
        if isinstance(card, CardUnreadable) or card.was_lying:
            self._post(CardTapped(card))
            return
        proof = Proof(CardProof.INTERRUPTED, DeviceUnavailable.code)
        try:
            proof = self._prover.prove(reader, card)
        except DeviceUnavailable:
            raise
        except Exception:
            # The store cannot be read: who waits at the gate hears of it, and the reader is well.
            log.exception("a card could not be asked to prove itself")
            proof = NOT_TRIED
        finally:
            self._post(CardTapped(card, proof))
