"""Invented people: names as an estate in Hong Kong has them, telephone numbers and plates. Any likeness is chance."""

from __future__ import annotations

from random import Random
from typing import Final

_FAMILY: Final = (
    ("陳", "Chan"), ("黃", "Wong"), ("李", "Lee"), ("張", "Cheung"), ("劉", "Lau"), ("林", "Lam"), ("何", "Ho"),
    ("吳", "Ng"), ("鄭", "Cheng"), ("梁", "Leung"), ("羅", "Lo"), ("曾", "Tsang"), ("區", "Au"), ("單", "Sin"),
    ("解", "Haai"), ("麥", "Mak"), ("歐陽", "Auyeung"), ("司徒", "Szeto"), ("冼", "Sin"), ("佘", "Sheh"),
)  # fmt: skip
_GIVEN: Final = (
    ("詠欣", "Wing Yan"), ("家俊", "Ka Chun"), ("嘉儀", "Ka Yee"), ("志明", "Chi Ming"), ("淑芬", "Suk Fan"),
    ("子軒", "Tsz Hin"), ("曉彤", "Hiu Tung"), ("偉倫", "Wai Lun"), ("思穎", "Sze Wing"), ("浩然", "Ho Yin"),
    ("美玲", "Mei Ling"), ("國強", "Kwok Keung"), ("穎琳", "Wing Lam"), ("俊傑", "Chun Kit"), ("玉蘭", "Yuk Lan"),
    ("永康", "Wing Hong"), ("靜雯", "Ching Man"), ("澤民", "Chak Man"), ("芷晴", "Tsz Ching"), ("啟航", "Kai Hong"),
    ("衞東", "Wai Tung"), ("峯", "Fung"), ("珮琪", "Pui Ki"), ("兆麟", "Siu Lun"),
)  # fmt: skip
_OTHERS: Final = (
    "Anita Gurung", "Maria Santos", "Rajesh Kapoor", "Siti Rahma", "Tom Whitaker", "Claire Dubois", "王建国", "刘芳",
    "赵雪梅", "Nguyễn Thu Hà", "佐藤 健", "Ольга Петрова",
)  # fmt: skip


def name(random: Random) -> str:
    """A name: mostly in Chinese, some in Latin letters, now and then from elsewhere."""
    if random.random() < 0.12:
        return random.choice(_OTHERS)
    (family, family_latin), (given, given_latin) = random.choice(_FAMILY), random.choice(_GIVEN)
    return family + given if random.random() < 0.7 else f"{family_latin} {given_latin}"


def family(random: Random) -> str:
    """The family name that the people of one household share, in Chinese."""
    return random.choice(_FAMILY)[0]


def member(random: Random, family_name: str) -> str:
    """One of a household, in Chinese."""
    return family_name + random.choice(_GIVEN)[0]


def phone(random: Random) -> str:
    """A telephone number of eight digits, from a small range so that it is seen to be invented."""
    return f"5550 {random.randrange(10_000):04d}"


def plate(random: Random) -> str:
    """A vehicle's plate as Hong Kong writes it; the letters I, O and Q are not used there."""
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    return f"{random.choice(letters)}{random.choice(letters)} {random.randrange(100, 10_000)}"
