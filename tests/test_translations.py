"""The catalogues against the strings in the code: nothing missing, nothing doubtful, nothing left over."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from web.i18n import LANGUAGES

ROOT = Path(__file__).parents[1]
TRANSLATED = [language.code for language in LANGUAGES if language.code != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd%]")
# Characters that only one of the two scripts has.
ONLY_TRADITIONAL = re.compile("[請證號碼離開訪記錄應時間機檢測線關閘裝設見單員鏡頭輸]")
ONLY_SIMPLIFIED = re.compile("[请证号码离开访记录应时间机检测线关闸装设见单员镜头输]")

Id = str | tuple[str, ...]


@cache
def strings() -> dict[Id, str]:
    """Every string to translate, as the code has it now, with one place where it stands."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        method_map, options_map = parse_mapping_cfg(file)
    found = extract_from_dir(
        str(ROOT), method_map, options_map, DEFAULT_KEYWORDS,
        directory_filter=lambda directory: (ROOT / "web") in (path := Path(directory), *path.parents),
    )  # fmt: skip
    return {_id(message): f"{file_name}:{line}" for file_name, line, message, _, _ in found}


@cache
def catalogue(code: str) -> Catalog:
    with (ROOT / "web" / "translations" / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def messages(code: str) -> dict[Id, Message]:
    return {_id(message.id): message for message in catalogue(code) if message.id}


def _id(message: str | list[str] | tuple[str, ...]) -> Id:
    return message if isinstance(message, str) else tuple(message)


def _texts(of: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (of,) if isinstance(of, str) else tuple(of)


def test_the_strings_are_found() -> None:
    assert "Sign in" in strings()
    assert "Please fill this in." in strings()
    assert any(isinstance(each, tuple) for each in strings()), "no plural was found"


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_string_is_translated(code: str) -> None:
    present = messages(code)
    missing = {
        text: where for text, where in strings().items() if text not in present or not all(_texts(present[text].string))
    }
    assert missing == {}


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_translation_is_doubtful_or_left_over(code: str) -> None:
    assert [message.id for message in catalogue(code) if message.fuzzy and message.id] == []
    assert list(catalogue(code).obsolete) == []
    assert sorted(map(str, messages(code).keys() - strings().keys())) == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_placeholders_are_the_same(code: str) -> None:
    for message in messages(code).values():
        wanted = set(PLACEHOLDER.findall(_texts(message.id)[-1]))
        for translated in _texts(message.string):
            assert set(PLACEHOLDER.findall(translated)) == wanted, message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_percent_sign_is_a_placeholders(code: str) -> None:
    for message in messages(code).values():
        for translated in (*_texts(message.id), *_texts(message.string)):
            assert "%" not in PLACEHOLDER.sub("", translated), f"templates would stumble over it: {translated}"


def test_each_script_is_its_own() -> None:
    for message in messages("zh_Hant").values():
        assert not ONLY_SIMPLIFIED.search("".join(_texts(message.string))), message.string
    for message in messages("zh_Hans").values():
        assert not ONLY_TRADITIONAL.search("".join(_texts(message.string))), message.string
