"""What residents are told of an event: which telephones of which unit, in which facts, and until when that makes sense.

Each rule looks at the event's subject as it stands now, and says None once nobody is to be told of it any more. It is
asked before the first attempt and before every other, so that nobody reads of what has been settled meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.clock import Clock
from kiosk.domain.goods import GoodsState
from kiosk.domain.slips import ApprovalMethod, Slip, SlipState
from kiosk.errors import NotFound
from kiosk.services.approvals import Approvals
from kiosk.services.events import Event
from kiosk.services.goods.desk import GoodsDesk
from kiosk.services.notices import KEEP
from kiosk.services.resident_links import ResidentLink, ResidentLinks


class HostPage(StrEnum):
    """The page of a resident to which a notice leads."""

    GATE = ""
    GOODS = "goods"


@dataclass(frozen=True, slots=True)
class News:
    """Whom to tell what, now.

    Attributes:
        facts: as `write_notice` takes them; nobody's name is among them.
    """

    links: tuple[ResidentLink, ...]
    facts: Mapping[str, object] = field(default_factory=dict)
    page: HostPage = HostPage.GATE


NewsOf = Callable[[Event], News | None]
"""A rule for one type of event."""


class VisitNews:
    """The rule of `host.asked`: every telephone of the unit, while its answer is waited for."""

    def __init__(self, approvals: Approvals, links: ResidentLinks, clock: Clock) -> None:
        self._approvals = approvals
        self._links = links
        self._clock = clock

    def rules(self) -> Mapping[str, NewsOf]:
        """The rules by type of event."""
        return {"host.asked": self._asked}

    def _asked(self, event: Event) -> News | None:
        asked = self._approvals.asked_about(str(event.data.get("visit", "")))
        if asked is None or asked.is_unanswered or asked.due_at <= self._clock.now():
            return None  # decided, given up or handed to the guard while nobody could be told
        return News(_told(self._links.of_unit(asked.visit.unit)), _of(event, "number", "kind"))


class GoodsNews:
    """The rules of goods and release slips. Nobody is told of what is older than `KEEP`."""

    def __init__(self, goods: GoodsDesk, links: ResidentLinks, clock: Clock) -> None:
        self._goods = goods
        self._links = links
        self._clock = clock

    def rules(self) -> Mapping[str, NewsOf]:
        """The rules by type of event."""
        return {
            type_: self._while_new(rule)
            for type_, rule in {
                "goods.kept": self._kept,
                "slip.requested": self._requested,
                "slip.arrears_cleared": self._arrears_cleared,
                "slip.approved": self._answered,
                "slip.refused": self._answered,
                "slip.void": self._answered,
                "slip.return_late": self._return_late,
                "goods.released": self._released,
            }.items()
        }

    def _while_new(self, rule: NewsOf) -> NewsOf:
        def while_new(event: Event) -> News | None:
            if event.is_older_than(KEEP, self._clock.now()):
                return None
            try:
                return rule(event)
            except NotFound:  # purged meanwhile, or a department's
                return None

        return while_new

    def _kept(self, event: Event) -> News | None:
        """Every telephone of the unit, until somebody has collected them."""
        goods = self._goods.goods_queries.get(str(event.data.get("goods", "")))
        if goods.state is not GoodsState.KEPT:
            return None
        code = {"collect_code": self._goods.codes.collect_code(goods.id)}
        links = _told(self._links.of_unit(goods.unit))
        return News(links, _of(event, "number", "shelf") | code, HostPage.GOODS)

    def _requested(self, event: Event) -> News | None:
        """The owners, until one of them has answered; an owner who asked knows."""
        slip = self._slip(event)
        return self._news(event, slip, self._owners(slip, but=slip.created_by)) if self._can_approve(slip) else None

    def _arrears_cleared(self, event: Event) -> News | None:
        """The owners, whoever asked: only now can they approve."""
        slip = self._slip(event)
        return self._news(event, slip, self._owners(slip)) if self._can_approve(slip) else None

    def _answered(self, event: Event) -> News | None:
        """The link that asked, and the owners where it was not by a link that their slip was approved.

        Nobody is told of an answer of their own, nor of one that is not the last.
        """
        slip = self._slip(event)
        answers = {
            "slip.approved": (SlipState.APPROVED, slip.approved_by),
            "slip.refused": (SlipState.REFUSED, slip.ended_by),
            "slip.void": (SlipState.VOID, slip.ended_by),
        }
        state, by = answers[event.type]
        if slip.state is not state:
            return None
        for_owners = state is SlipState.APPROVED and slip.approval_method is not ApprovalMethod.OWNER_LINK
        concerned = (
            link
            for link in self._links.of_unit(slip.unit)
            if link.actor != by and (link.actor == slip.created_by or (for_owners and link.is_owner))
        )
        return self._news(event, slip, concerned)

    def _return_late(self, event: Event) -> News | None:
        """The owners and who asked, until it has come back."""
        slip = self._slip(event)
        now, line = self._clock.now(), event.data.get("line")
        if not any(item.line == line and item.is_late(now) for item in slip.items):
            return None
        links = (link for link in self._links.of_unit(slip.unit) if link.is_owner or link.actor == slip.created_by)
        return self._news(event, slip, links)

    def _released(self, event: Event) -> News | None:
        """The owners, of every trip."""
        slip = self._slip(event)
        pieces = sum(int(line["quantity"]) for line in event.data.get("lines", ()))
        return self._news(event, slip, self._owners(slip), quantity=pieces)

    def _slip(self, event: Event) -> Slip:
        slip = self._goods.slip_queries.get(str(event.data.get("slip", "")))
        if not slip.unit:
            raise NotFound("unit")
        return slip

    def _can_approve(self, slip: Slip) -> bool:
        now = self._clock.now()
        return now < slip.not_after and ApprovalMethod.OWNER_LINK in self._goods.slips.methods_for(slip, now)

    def _owners(self, slip: Slip, *, but: str = "") -> Iterable[ResidentLink]:
        return (link for link in self._links.of_unit(slip.unit) if link.is_owner and link.actor != but)

    @staticmethod
    def _news(event: Event, slip: Slip, links: Iterable[ResidentLink], **facts: object) -> News:
        return News(_told(links), _of(event, "number") | {"kind": slip.kind.value} | facts, HostPage.GOODS)


def _told(links: Iterable[ResidentLink]) -> tuple[ResidentLink, ...]:
    return tuple(link for link in links if link.is_told)


def _of(event: Event, *names: str) -> dict[str, object]:
    return {name: event.data[name] for name in names if name in event.data}
