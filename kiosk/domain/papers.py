"""What the gate prints besides looks: the kinds of paper, how each stands in the queue, and a paper as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from kiosk.domain.receipts import (
    Band,
    Block,
    Columns,
    Field,
    Foot,
    Heading,
    Label,
    Note,
    Number,
    QrBlock,
    Remark,
    Row,
    Sign,
    Signatures,
    Tick,
    Title,
    copy_label,
)


class PrintKind(StrEnum):
    """What a paper is."""

    VISIT = "visit"  # a visitor's receipt, composed from the register when it is printed
    MUSTER = "muster"  # a sheet of a muster list, as it was when it was taken
    SLIP = "slip"  # a release slip, as it stood when its paper was made
    GOODS = "goods"  # the label of goods that are kept at the gate
    HANDOVER = "handover"  # a sheet of a shift's handover that both have signed


@dataclass(frozen=True, slots=True)
class PaperRules:
    """How a kind of paper stands in the queue.

    Attributes:
        family: the first part of the journal's types about it: `receipt.printed`, `muster.printed`.
        goes_first: it is printed before whatever else waits.
        lapses: nobody wants it any more once it has waited for long.
        subject: by which name the journal points at what the paper is about, where that is no visit.
    """

    family: str
    subject: str = ""
    goes_first: bool = False
    lapses: bool = True


RULES: Final[Mapping[PrintKind, PaperRules]] = {
    PrintKind.VISIT: PaperRules("receipt"),
    PrintKind.MUSTER: PaperRules("muster", goes_first=True, lapses=False),
    PrintKind.SLIP: PaperRules("slip_paper", subject="slip"),
    PrintKind.GOODS: PaperRules("label", subject="goods"),
    # What both have signed says the same however late there is paper; who wants it no more takes it out of the queue.
    PrintKind.HANDOVER: PaperRules("handover_paper", subject="handover", lapses=False),
}

_BLOCKS: Final[Mapping[str, type[Block]]] = {
    block.__name__: block
    for block in (
        Title, Band, Number, Field, QrBlock, Note, Foot, Heading, Tick, Sign, Remark, Columns, Row, Signatures,
    )
}  # fmt: skip


def as_record(blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
    """A paper as JSON can keep it; `from_record` reads it back."""
    return [
        {"block": type(block).__name__} | {field.name: _plain(getattr(block, field.name)) for field in fields(block)}
        for block in blocks
    ]


def from_record(record: list[dict[str, Any]]) -> tuple[Block, ...]:
    """Read a paper from what `as_record` wrote.

    Raises:
        ValueError: it was written by another version and has a block nobody knows.
    """
    return tuple(_block(dict(entry)) for entry in record)


def as_copy(blocks: tuple[Block, ...], copy_number: int) -> tuple[Block, ...]:
    """The paper with a band below its title that says which copy it is; 0 is the original."""
    if copy_number == 0:
        return blocks
    band = Band(copy_label(copy_number))
    place = 1 if blocks and isinstance(blocks[0], Title) else 0
    return (*blocks[:place], band, *blocks[place:])


def _plain(value: object) -> object:
    match value:
        case Label(main, aside):
            return [main, aside]
        case tuple():
            return [_plain(one) for one in value]
        case _:
            return value


def _block(entry: dict[str, Any]) -> Block:
    kind = _BLOCKS.get(entry.pop("block", ""))
    if kind is None:
        raise ValueError("a paper has a block that this version does not know")
    try:
        return kind(**{name: _read(name, value) for name, value in entry.items()})
    except TypeError as error:
        raise ValueError("a paper has a block of another form") from error


def _read(name: str, value: Any) -> Any:
    match name:
        case "label":
            return Label(*value)
        case "labels":
            return tuple(Label(*one) for one in value)
        case "figures":
            return tuple(value)
        case _:
            return value
