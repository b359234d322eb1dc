"""Which languages there are, which one a reader gets, and a further one that is a file away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from web.i18n import DEFAULT_LANGUAGE, LANGUAGES, TRANSLATIONS, Language, is_locale, languages_in, negotiate

ROOT = Path(__file__).parents[2]
LOOK = """
import pathlib, sys
from tests.support.appliance import demo_appliance
from tests.support.visitor import Visitor
from web import create_app
with demo_appliance(pathlib.Path(sys.argv[1])) as gate:
    print(Visitor(create_app(gate.appliance)).send("/language", language="pt").page)
"""


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        (["zh-HK", "en"], "zh_Hant"),
        (["zh-TW"], "zh_Hant"),
        (["zh-MO"], "zh_Hant"),
        (["zh-CN", "zh"], "zh_Hans"),
        (["zh-SG"], "zh_Hans"),
        (["zh"], "zh_Hans"),
        (["zh-Hans-HK"], "zh_Hans"),
        (["zh-Hant"], "zh_Hant"),
        (["zh-Latn"], "zh_Hans"),
        (["yue"], "zh_Hant"),
        (["en-GB"], "en"),
        (["fr", "en"], "en"),
        (["fr"], "zh_Hant"),
        (["*", "not a tag at all", ""], "zh_Hant"),
        ([], "zh_Hant"),
    ],
)
def test_a_browser_gets_the_catalogue_of_its_script(tags: list[str], code: str) -> None:
    assert negotiate(tags) == code


def test_only_the_products_languages_are_locales() -> None:
    assert DEFAULT_LANGUAGE.code == "zh_Hant"
    assert all(is_locale(language.code) for language in LANGUAGES)
    assert not any(is_locale(code) for code in ("", "zh", "en_GB", "../en", None))


def test_each_further_catalogue_is_a_further_language(tmp_path: Path) -> None:
    for code in ("zh_Hans", "zh_Hant", "pt", "ja"):
        folder = tmp_path / code / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.po").touch()
    assert languages_in(TRANSLATIONS) == LANGUAGES
    assert languages_in(tmp_path)[3:] == (
        Language("ja", "ja", "日本語"),
        Language("pt", "pt", "Português"),
    )


def test_a_fourth_language_is_a_file_away(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "web", tmp_path / "web", ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path / "web/translations/pt/LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = Catalog(locale="pt")
    catalogue.add("Sign in", "Entrar")
    with (folder / "messages.po").open("wb") as text, (folder / "messages.mo").open("wb") as compiled:
        write_po(text, catalogue)
        write_mo(compiled, catalogue)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    page = subprocess.run(
        [sys.executable, "-P", "-c", LOOK, str(tmp_path / "data")],
        env=environment, cwd=tmp_path, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert '<html lang="pt"' in page
    assert "Entrar" in page
    assert "Português" in page
    assert "Demo Garden" in page or "Clearmist Garden" in page, "the estate's name in English"
