from __future__ import annotations

import pytest

from web.i18n import DEFAULT_LANGUAGE, LANGUAGES, is_locale, negotiate


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
