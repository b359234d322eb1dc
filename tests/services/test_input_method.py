"""Chinese input on the table that set-up builds: surnames, given names, rare characters, and two hundred people."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.errors import Unavailable
from kiosk.services import raster_fonts
from kiosk.services.ime.forms import FORMAT, MOST_CANDIDATES, MOST_KEYS, TABLE_PATH, Place, Script, Way
from kiosk.services.ime.lookup import InputMethod
from tests.support.typist import ROW, Person, Typist, people, strokes

SURNAMES = """
王wang/wong 李li/lei 張张zhang/zoeng 劉刘liu/lau 陳陈chen/can 楊杨yang/joeng 黃黄huang/wong 趙赵zhao/ziu 吳吴wu/ng
周zhou/zau 徐xu/ceoi 孫孙sun/syun 馬马ma/maa 朱zhu/zyu 胡hu/wu 郭guo/gwok 何he/ho 林lin/lam 高gao/gou 羅罗luo/lo
鄭郑zheng/zeng 梁liang/loeng 謝谢xie/ze 宋song/sung 唐tang/tong 許许xu/heoi 韓韩han/hon 鄧邓deng/dang 馮冯feng/fung
曹cao/cou 彭peng/paang 曾zeng/zang 蕭萧xiao/siu 肖xiao/ciu 田tian/tin 董dong/dung 潘pan/pun 袁yuan/jyun 蔡cai/coi
蔣蒋jiang/zoeng 余yu/jyu 于yu/jyu 杜du/dou 葉叶ye/jip 程cheng/cing 魏wei/ngai 蘇苏su/sou 呂吕lv/leoi 丁ding/ding
任ren/jam 盧卢lu/lou 姚yao/jiu 沈shen/sam 鍾钟zhong/zung 姜jiang/goeng 崔cui/ceoi 譚谭tan/taam 陸陆lu/luk 范fan/faan
汪wang/wong 廖liao/liu 石shi/sek 金jin/gam 韋韦wei/wai 賈贾jia/gaa 夏xia/haa 付fu/fu 傅fu/fu 方fang/fong 鄒邹zou/zau
熊xiong/hung 白bai/baak 孟meng/maang 秦qin/ceon 邱qiu/jau 侯hou/hau 江jiang/gong 尹yin/wan 薛xue/sit 閆闫yan/jim
段duan/dyun 雷lei/leoi 龍龙long/lung 黎li/lai 史shi/si 陶tao/tou 賀贺he/ho 毛mao/mou 郝hao/kok 顧顾gu/gu 龔龚gong/gung
邵shao/siu 萬万wan/maan 覃qin/cam 武wu/mou 錢钱qian/cin 戴dai/daai 嚴严yan/jim 莫mo/mok 孔kong/hung 向xiang/hoeng
常chang/soeng
"""
"""The hundred commonest surnames and two that are as common, Traditional and, where it differs, Simplified."""

ONE_EACH = {
    Script.HANT: frozenset(
        "陳張劉黃楊趙吳孫馬羅鄭謝許韓鄧馮蕭蔣葉蘇呂盧鍾譚陸賈顧錢嚴龍國華強偉麗麥區單範關鄺閻聰穎詠瑩"
    ),
    Script.HANS: frozenset(
        "陈张刘黄杨赵吴孙马罗郑谢许韩邓冯萧蒋叶苏吕卢钟谭陆贾顾钱严龙国华强伟丽麦区单关邝阎聪颖咏莹"
    ),
}
"""Characters that one script alone has."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def method() -> InputMethod:
    return InputMethod()


@pytest.fixture(scope="module")
def codes() -> dict[str, list[str]]:
    return strokes()


def surnames() -> list[tuple[dict[Script, str], dict[Way, str]]]:
    found = []
    for entry in SURNAMES.split():
        text = entry.rstrip(LETTERS + "/")
        pinyin, _, jyutping = entry[len(text) :].partition("/")
        found.append(
            ({Script.HANT: text[0], Script.HANS: text[-1]}, {Way.PINYIN: pinyin, Way.JYUTPING: jyutping}),
        )
    return found


def texts(method: InputMethod, keys: str, way: Way, script: Script, place: Place = Place.INSIDE) -> list[str]:
    return [candidate.text for candidate in method.candidates(keys, way, script, place)]


@pytest.mark.parametrize("script", Script)
def test_the_hundred_commonest_surnames_stand_in_the_first_row(
    method: InputMethod, codes: dict[str, list[str]], script: Script
) -> None:
    names = surnames()
    assert len(names) >= 100
    asked = [(text[script], way, typed) for text, keys in names for way, typed in keys.items()]
    asked += [(text[script], Way.STROKE, code) for text, _ in names for code in codes[text[script]]]
    missed = [
        (text, keys) for text, way, keys in asked if Typist(method, way, script).rank(text, keys, Place.START) >= ROW
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("keys", "hant", "hans"),
    [
        ("zeng", "曾", "曾"),
        ("shan", "單", "单"),
        ("xie", "解", "解"),
        ("qiu", "仇", "仇"),
        ("ou", "區", "区"),
        ("ren", "任", "任"),
        ("zha", "查", "查"),
        ("ge", "葛", "葛"),
        ("ge", "蓋", "盖"),
        ("qin", "覃", "覃"),
        ("tan", "覃", "覃"),
        ("lv", "呂", "吕"),
        ("wan", "萬", "万"),
        ("ouyang", "歐陽", "欧阳"),
        ("situ", "司徒", "司徒"),
    ],
)
def test_a_surname_is_found_by_its_reading_as_a_surname(method: InputMethod, keys: str, hant: str, hans: str) -> None:
    for script, text in ((Script.HANT, hant), (Script.HANS, hans)):
        assert text in texts(method, keys, Way.PINYIN, script, Place.START)[:ROW]


def test_surnames_come_first_only_where_a_name_begins(method: InputMethod) -> None:
    assert texts(method, "ming", Way.PINYIN, Script.HANT)[0] == "明"
    assert texts(method, "wei", Way.PINYIN, Script.HANT, Place.START)[0] == "魏"
    assert texts(method, "wei", Way.PINYIN, Script.HANT)[0] == "偉"


@pytest.mark.parametrize(
    ("hant", "hans", "pinyin", "jyutping"),
    [
        ("家明", "家明", "jiaming", "gaaming"),
        ("志強", "志强", "zhiqiang", "zikoeng"),
        ("美玲", "美玲", "meiling", "meiling"),
        ("俊傑", "俊杰", "junjie", "zeongit"),
        ("嘉欣", "嘉欣", "jiaxin", "gaajan"),
        ("詠欣", "咏欣", "yongxin", "wingjan"),
        ("子軒", "子轩", "zixuan", "zihin"),
        ("梓軒", "梓轩", "zixuan", "zihin"),
        ("浩然", "浩然", "haoran", "houjin"),
        ("思穎", "思颖", "siying", "siwing"),
    ],
)
def test_a_common_given_name_comes_as_a_word(
    method: InputMethod, hant: str, hans: str, pinyin: str, jyutping: str
) -> None:
    for script, text in ((Script.HANT, hant), (Script.HANS, hans)):
        assert Typist(method, Way.PINYIN, script).rank(text, pinyin, Place.INSIDE) < ROW
        assert Typist(method, Way.JYUTPING, script).rank(text, jyutping, Place.INSIDE) < ROW


@pytest.mark.parametrize(
    ("text", "way", "keys"),
    [
        ("喆", Way.PINYIN, "zhe"),
        ("玥", Way.PINYIN, "yue"),
        ("垚", Way.PINYIN, "yao"),
        ("頔", Way.PINYIN, "di"),
        ("喆", Way.JYUTPING, "zit"),
        ("玥", Way.JYUTPING, "jyut"),
        ("垚", Way.JYUTPING, "jiu"),
        ("頔", Way.JYUTPING, "dik"),
        ("㗎", Way.JYUTPING, "gaa3"),
        ("𨋢", Way.JYUTPING, "lip"),
        ("㗎", Way.STROKE, "szhzpszhhspn"),
        ("𨋢", Way.STROKE, "hszhhhsnhnph"),
        ("頔", Way.STROKE, "szhshhpszhhhpn"),
        ("喆", Way.STROKE, "hshszhhshszh"),
    ],
)
def test_a_rare_character_is_reached_in_both_scripts(method: InputMethod, text: str, way: Way, keys: str) -> None:
    for script in Script:
        assert text in texts(method, keys, way, script)


@pytest.mark.parametrize(("pair", "keys"), [("衞衛", "wei"), ("峯峰", "feng"), ("裏裡", "li"), ("温溫", "wen")])
def test_both_forms_that_hong_kong_writes_are_offered(method: InputMethod, pair: str, keys: str) -> None:
    for place in Place:
        assert set(pair) <= set(texts(method, keys, Way.PINYIN, Script.HANT, place))


def test_a_name_is_not_converted(method: InputMethod) -> None:
    for way, keys in ((Way.PINYIN, "fan"), (Way.JYUTPING, "faan")):
        assert texts(method, keys, way, Script.HANT, Place.START)[0] == "范"
        assert texts(method, keys, way, Script.HANS, Place.START)[0] == "范"
    assert "範" in texts(method, "fan", Way.PINYIN, Script.HANT)
    assert "範" not in texts(method, "fan", Way.PINYIN, Script.HANS)


def test_no_candidate_is_shown_as_a_box() -> None:
    with closing(sqlite3.connect(TABLE_PATH)) as table:
        offered = {
            text for row in table.execute("SELECT at_start, inside FROM keys") for texts in row for text in texts
        }
    rare = {text for text in offered if ord(text) > 0xFFFF}
    assert "𨋢" in rare
    assert "𬱖" in rare
    assert [text for text in rare if not raster_fonts.can_draw(text)] == []


def test_what_is_chosen_leaves_the_rest_of_the_keys(method: InputMethod) -> None:
    found = {
        candidate.text: candidate.keys
        for candidate in method.candidates("chenjiaming", Way.PINYIN, Script.HANT, Place.START)
    }
    assert found["陳家明"] == 11
    assert found["陳"] == 4


@pytest.mark.parametrize(
    ("typed", "meant", "way"),
    [
        ("LI", "li", Way.PINYIN),
        ("lyu", "lv", Way.PINYIN),
        ("xi'an", "xi'an", Way.PINYIN),
        ("nei5", "nei5", Way.JYUTPING),
        ("lei", "nei", Way.JYUTPING),
        ("gok", "gwok", Way.JYUTPING),
        ("yip", "jip", Way.JYUTPING),
    ],
)
def test_another_way_of_spelling_leads_to_the_same(method: InputMethod, typed: str, meant: str, way: Way) -> None:
    best = texts(method, meant, way, Script.HANT, Place.START)[0]
    assert best in texts(method, typed, way, Script.HANT, Place.START)


ON_IDENTITY_CARDS = """
陳chan 黃wong 李lee 張cheung 梁leung 林lam 劉lau 何ho 鄭cheng 鍾chung 葉yip 謝tse 蔡choi 許hui 鄧tang 馮fung 曾tsang
蕭siu 潘poon 余yu 袁yuen 蔣cheung 杜to 程ching 蘇so 呂lui 盧lo 姚yiu 沈sham 譚tam 石shek 周chow 趙chiu 徐tsui 孫suen
朱chu 郭kwok 羅law 高ko 曹tso 彭pang 夏ha 江kong 關kwan 莊chong 鄺kwong 簡kan 阮yuen 翁yung
"""


def test_a_surname_is_found_as_identity_cards_spell_it(method: InputMethod) -> None:
    typist = Typist(method, Way.JYUTPING, Script.HANT)
    spelt = ON_IDENTITY_CARDS.split()
    assert [name for name in spelt if typist.rank(name[0], name[1:], Place.START) >= ROW] == []
    assert typist.rank("梁家明", "leungkaming", Place.START) < ROW


def test_a_tone_narrows_the_choice(method: InputMethod) -> None:
    fourth = texts(method, "can4", Way.JYUTPING, Script.HANT)
    assert "陳" in fourth
    assert "親" not in fourth
    assert "親" in texts(method, "can", Way.JYUTPING, Script.HANT)
    assert Typist(method, Way.JYUTPING, Script.HANT).rank("家明", "gaa1ming4", Place.INSIDE) < ROW


def test_a_beginning_and_initials_are_enough(method: InputMethod) -> None:
    assert "陳" in texts(method, "ch", Way.PINYIN, Script.HANT, Place.START)[:ROW]
    assert "嘉敏" in texts(method, "jiam", Way.PINYIN, Script.HANT)[:ROW]
    assert "陳家明" in texts(method, "cjm", Way.PINYIN, Script.HANT, Place.START)[:ROW]
    assert "陳" in texts(method, "zsh", Way.STROKE, Script.HANT, Place.START)[:ROW]


@pytest.mark.parametrize(
    ("keys", "way"),
    [
        ("vvv", Way.PINYIN),
        ("i", Way.PINYIN),
        ("'", Way.PINYIN),
        ("4", Way.JYUTPING),
        ("陳", Way.PINYIN),
        ("x", Way.STROKE),
    ],
)
def test_keys_that_begin_nothing_have_no_candidates(method: InputMethod, keys: str, way: Way) -> None:
    assert texts(method, keys, way, Script.HANT) == []


KEYS = st.one_of(
    st.text("aeghijnouz'v4", min_size=1, max_size=MOST_KEYS),
    st.text("hspnz", min_size=1, max_size=MOST_KEYS),
    st.text(min_size=1, max_size=MOST_KEYS),
    st.lists(
        st.sampled_from(["chen", "jia", "ming", "wei", "xi", "an", "gaa", "can", "joeng", "ng", "lv", "zh", "x"]),
        min_size=1,
        max_size=5,
    ).map("".join),
)


@given(keys=KEYS, way=st.sampled_from(Way), script=st.sampled_from(Script), place=st.sampled_from(Place))
@example(keys="ng" * 16, way=Way.JYUTPING, script=Script.HANT, place=Place.START)
@example(keys="a" * 32, way=Way.PINYIN, script=Script.HANS, place=Place.INSIDE)
def test_whatever_is_typed(method: InputMethod, keys: str, way: Way, script: Script, place: Place) -> None:
    found = method.candidates(keys, way, script, place)
    assert len(found) <= MOST_CANDIDATES
    assert all(1 <= candidate.keys <= len(keys) for candidate in found)
    assert len({candidate.text for candidate in found}) == len(found)
    (other,) = set(Script) - {script}
    assert not set("".join(candidate.text for candidate in found)) & (ONE_EACH[other] - ONE_EACH[script])


def test_more_keys_than_a_keyboard_holds_are_refused(method: InputMethod) -> None:
    with pytest.raises(ValueError, match="32"):
        method.candidates("a" * (MOST_KEYS + 1), Way.PINYIN, Script.HANT, Place.START)


LEAST_OF_A_HUNDRED = {
    # within the first candidate, the first row, the first three rows
    "in one": (20, 50, 70),
    "in words": (20, 65, 80),
    "in characters": (15, 85, 95),
    "by strokes": (85, 98, 100),
}
"""Well below what the table gives now (docs/decisions/0032-chinese-input.md): what would be noticed if it got lost."""


@pytest.mark.parametrize("script", Script)
def test_two_hundred_people_can_be_typed(
    method: InputMethod, codes: dict[str, list[str]], script: Script, capsys: pytest.CaptureFixture[str]
) -> None:
    everybody = [person for person in people() if person.script is script]
    assert len({person.name for person in everybody}) == 100
    figures: list[tuple[str, str, tuple[int, ...]]] = []
    for way in (Way.PINYIN, Way.JYUTPING):
        typist = Typist(method, way, script)
        ways: dict[str, Callable[[Person], int]] = {
            "in one": typist.in_one,
            "in words": typist.in_words,
            "in characters": typist.in_characters,
        }
        figures += [(way, how, _counted(list(map(rank, everybody)))) for how, rank in ways.items()]
        out_of_reach = [person.name for person in everybody if typist.in_characters(person) >= MOST_CANDIDATES]
        assert out_of_reach == []
    typist = Typist(method, Way.STROKE, script)
    figures.append((Way.STROKE, "by strokes", _counted([typist.by_strokes(person, codes) for person in everybody])))
    lines = [f"{script} {way} {how}: {shown[0]}, {shown[1]}, {shown[2]}" for way, how, shown in figures]
    with capsys.disabled():
        print("\n  of 100 names first, in the first row, in three rows:", *lines, sep="\n    ")  # noqa: T201 - to be seen
    for way_name, how, counted in figures:
        assert all(count >= least for count, least in zip(counted, LEAST_OF_A_HUNDRED[how], strict=True)), (
            way_name,
            how,
        )


def _counted(ranks: list[int]) -> tuple[int, ...]:
    return tuple(sum(rank < within for rank in ranks) for within in (1, ROW, 3 * ROW))


def test_without_a_table_everything_else_goes_on(tmp_path: Path) -> None:
    method = InputMethod(tmp_path / "none.sqlite3")
    with pytest.raises(Unavailable) as refusal:
        method.candidates("li", Way.PINYIN, Script.HANT, Place.START)
    assert refusal.value.code == "no-input-table"


def test_a_table_of_another_format_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(Unavailable, match="format"):
        InputMethod(path).candidates("li", Way.PINYIN, Script.HANT, Place.START)


def test_it_opens_again_after_it_was_closed(method: InputMethod) -> None:
    before = texts(method, "li", Way.PINYIN, Script.HANT)
    method.close()
    assert texts(method, "li", Way.PINYIN, Script.HANT) == before
