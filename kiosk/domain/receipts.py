"""What stands on a paper, as data: the blocks that all papers are made of, and the visitor's receipt.

How they look is the business of `kiosk.services.receipt_render` and, on A4, of `kiosk.services.paper_pdf`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kiosk.domain.notices import Language
from kiosk.domain.visits import VisitKind


@dataclass(frozen=True, slots=True)
class Label:
    """A few words as a paper has them: `main` large in its own language, `aside` small in another beside it.

    A paper is read by others than whoever asked for it, so it is always in two languages.
    """

    main: str
    aside: str


@dataclass(frozen=True, slots=True)
class Words:
    """A few words in every language a paper can be made in."""

    hant: str
    hans: str
    en: str

    def label(self, language: Language) -> Label:
        """As a paper in `language` has them: English beside Chinese, and Traditional Chinese beside English."""
        match language:
            case Language.ZH_HANT:
                return Label(self.hant, self.en)
            case Language.ZH_HANS:
                return Label(self.hans, self.en)
            case Language.EN:
                return Label(self.en, self.hant)


@dataclass(frozen=True, slots=True)
class Title:
    """Whose paper it is."""

    label: Label


@dataclass(frozen=True, slots=True)
class Band:
    """A line in white on black that nobody overlooks."""

    label: Label


@dataclass(frozen=True, slots=True)
class Number:
    """What the paper is called, as large as the paper allows, under a word for what it is."""

    label: Label
    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """A fact with its name. `prominent` ones are for reading at arm's length."""

    label: Label
    value: str
    prominent: bool = False


@dataclass(frozen=True, slots=True)
class QrBlock:
    """A QR code of `content`."""

    content: str


@dataclass(frozen=True, slots=True)
class Note:
    """What to do with the paper."""

    label: Label


@dataclass(frozen=True, slots=True)
class Foot:
    """Small print: one entry to the left, one to the right."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Heading:
    """What the lines below it belong to, and how many they are."""

    text: str
    count: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line with an empty box before it, to be ticked with a pen. `detail` stands below in smaller letters."""

    text: str
    aside: str
    detail: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A number or a word to be read from across a room, as large as the paper allows."""

    label: Label
    value: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something longer that somebody wrote, in small letters over the whole width."""

    label: Label
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The head of a table: what its rows are, and what each of their figures is. The last figure is what counts."""

    label: Label
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table above, with as many figures as that has columns. `detail` stands below in smaller letters."""

    number: str
    text: str
    figures: tuple[str, ...]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Signatures:
    """A line to sign on for each."""

    labels: tuple[Label, ...]


Block = (
    Title | Band | Number | Field | QrBlock | Note | Foot | Heading | Tick | Sign | Remark | Columns | Row | Signatures
)

KIND_LABELS: Final = {
    VisitKind.GUEST: Label("訪客", "Guest"),
    VisitKind.DELIVERY: Label("送貨", "Delivery"),
    VisitKind.CONTRACTOR: Label("工程", "Contractor"),
    VisitKind.OTHER: Label("其他", "Other"),
}

_DIRECTION_CONTROLS: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitReceipt:
    """A visitor's receipt. Times are aware and in the estate's zone; a phone number never goes on paper.

    Attributes:
        unit_label: the unit as people call it.
        pass_token: the signed pass that opens the way out, as the QR code carries it.
        visitor_name: as typed; empty when this kind of visit asks for none.
        journal_digest: the short digest of the journal's head, which makes the paper a witness of the log.
        copy_number: 0 for the original, else the number of the copy.
        lane: where the visitor came in, as people call it; empty when it was at no lane.
    """

    estate_name_zh: str
    estate_name_en: str
    number: str
    unit_label: str
    kind: VisitKind
    signed_in_at: datetime
    valid_until: datetime
    pass_token: str
    visitor_name: str
    journal_digest: str
    copy_number: int = 0
    lane: str = ""

    def __post_init__(self) -> None:
        if self.signed_in_at.tzinfo is None or self.valid_until.tzinfo is None:
            raise ValueError("a receipt's times carry their zone")
        if self.copy_number < 0:
            raise ValueError("copies are counted from 1")

    def blocks(self) -> tuple[Block, ...]:
        """The receipt from top to bottom."""
        signed_in, valid_until = _local_time(self.signed_in_at), _local_time(self.valid_until)
        number = printable(self.number)
        copy = copy_label(self.copy_number)
        fields = [
            Field(Label("單位", "Unit"), printable(self.unit_label), prominent=True),
            Field(Label("姓名", "Name"), printable(self.visitor_name)),
            Field(Label("進入", "Signed in"), signed_in),
            Field(Label("有效至", "Valid until"), valid_until, prominent=True),
            Field(Label("通道", "Lane"), printable(self.lane)),
        ]
        return (
            Title(Label(printable(self.estate_name_zh), printable(self.estate_name_en))),
            *([Band(copy)] if self.copy_number else []),
            Number(KIND_LABELS[self.kind], number),
            *(field for field in fields if field.value),
            QrBlock(self.pass_token),
            Note(Label("離開時請將此碼對準鏡頭", "Hold this code up to the camera when you leave")),
            Foot(
                f"紀錄 Log {self.journal_digest}", f"{number}  {copy.main} {copy.aside}" if self.copy_number else number
            ),
        )


def copy_label(copy_number: int) -> Label:
    """What says on a paper that it is a copy, and which."""
    return Label(f"副本 {copy_number}", f"COPY {copy_number}")


def printable(text: str) -> str:
    """A text as one line of paper: without controls, and without marks that would turn around what stands beside it."""
    kept = (
        " " if character.isspace() else character
        for character in text
        if character.isspace()
        or (unicodedata.category(character) not in {"Cc", "Cs", "Cn", "Co"} and character not in _DIRECTION_CONTROLS)
    )
    return " ".join("".join(kept).split())


def _local_time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
