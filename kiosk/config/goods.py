"""The goods register: who carries, what is dangerous, where goods are kept, and who signs for them."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, field_validator

from kiosk.config.base import Section
from kiosk.domain.time_profiles import TimeProfile
from kiosk.domain.weekly_hours import profile_from_lines

_CARRIERS: Final = (
    "順豐速運 SF Express", "京東物流 JD", "香港郵政 Hongkong Post", "DHL", "Lalamove", "foodpanda", "Keeta",
)  # fmt: skip
_DEPARTMENTS: Final = ("工程部 Works", "園藝部 Gardening", "清潔部 Cleaning", "管理處 Management")


class DangerousGoods(Section):
    """One kind of dangerous goods, by the names that people call it."""

    name_zh_hant: Annotated[str, Field(min_length=1, max_length=40)] = Field(description="In Traditional Chinese.")
    name_zh_hans: Annotated[str, Field(min_length=1, max_length=40)] = Field(description="In Simplified Chinese.")
    name_en: Annotated[str, Field(min_length=1, max_length=40)] = Field(description="In English.")

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (self.name_zh_hant, self.name_zh_hans, self.name_en)


def _dangerous() -> tuple[DangerousGoods, ...]:
    # The kinds of the Dangerous Goods Regulation (Cap. 295E, Hong Kong) that come to homes.
    return tuple(
        DangerousGoods(name_zh_hant=hant, name_zh_hans=hans, name_en=english)
        for hant, hans, english in (
            ("石油氣瓶", "煤气瓶", "Gas cylinder"),
            ("汽油或柴油", "汽油或柴油", "Petrol or diesel"),
            ("油漆或天拿水", "油漆或天那水", "Paint or thinner"),
            ("煙花爆竹", "烟花爆竹", "Fireworks"),
            ("大型鋰電池", "大型锂电池", "Large lithium battery"),
            ("腐蝕性化學品", "腐蚀性化学品", "Corrosive chemicals"),
        )
    )


class GoodsSettings(Section):
    """Goods in and out."""

    carriers: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=40)], ...], Field(max_length=11)] = Field(
        _CARRIERS, description="The companies that have a button at the touchscreen, at most eleven."
    )
    drop_off_points: Annotated[tuple[Annotated[str, Field(max_length=32)], ...], Field(max_length=8)] = Field(
        (), description="Units of the directory that take goods for many (club house, management office), by code."
    )
    dangerous: tuple[DangerousGoods, ...] = Field(
        default_factory=_dangerous,
        description="Dangerous goods: a guard decides about them, and about whatever is described by one of these "
        "names.",
    )
    shelves: Annotated[int, Field(ge=1, le=999)] = Field(
        40, description="How many shelves there are at the gate for goods that wait, numbered from 1."
    )
    departments: tuple[Annotated[str, Field(min_length=1, max_length=40)], ...] = Field(
        _DEPARTMENTS, description="The estate's own departments, whose release slips a supervisor signs."
    )
    office_hours: tuple[str, ...] = Field(
        ("mon-sat 09:00-18:00",),
        description="When the front desk is open, as lines like `mon-fri 09:00-13:00,14:00-18:00`. At other times the "
        "area supervisor approves release slips, marked so.",
    )
    keep_days: Annotated[int, Field(ge=30, le=3650)] = Field(
        365, description="Days for which goods and release slips are kept after they ended; then they are purged."
    )

    @field_validator("office_hours")
    @classmethod
    def _are_hours(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        profile_from_lines(value)
        return value

    @property
    def office_profile(self) -> TimeProfile:
        """The same for the rules."""
        return profile_from_lines(self.office_hours)
