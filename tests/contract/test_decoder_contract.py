"""What every QR decoder does: one suite, run against each."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
import zxingcpp
from PIL import ImageOps
from qrcode import ERROR_CORRECT_L

from hardware.errors import DeviceClosed
from hardware.factory import build
from hardware.interfaces import DeviceKind, QrCode, QrDecoder
from tests.support import qr_pictures as pictures
from tests.support.qr_pictures import Gray

TOKEN = b"6BFOXN*TS0BI$ZD-PHQ7I9AD66V5B22CH9M9ESI9XBHXK-%69LQOGI.*V76GCV4*XUA2P-FHT-HNTI4L6N$Q%UG/YL WO*"
CHINESE = "臨時放行 陳大文".encode()


class DecoderContract:
    """The suite. What a library is known not to do stands as a fact of its class, and is tested as such."""

    driver: str
    reads_inverted: bool
    keeps_binary: bool

    @pytest.fixture
    def decoder(self) -> Iterator[QrDecoder]:
        device = build(DeviceKind.DECODER, self.driver, {})
        assert isinstance(device, QrDecoder)
        with device:
            yield device

    @pytest.mark.parametrize(
        "content", [b"A", b"HTTPS://ELSEWHERE.EXAMPLE/?Q=1", TOKEN, CHINESE, "😀\u202e\u200f".encode()]
    )
    def test_content_comes_back_exactly(self, decoder: QrDecoder, content: bytes) -> None:
        found = decoder.decode(pictures.gray(pictures.scene(pictures.symbol(content, module_px=4))))
        assert found == (QrCode(content),)
        assert found[0].text == content.decode()

    @pytest.mark.parametrize("angle", [0, 17, 90, 180, 233])
    def test_reads_at_any_angle(self, decoder: QrDecoder, angle: int) -> None:
        turned = pictures.symbol(TOKEN, module_px=5).rotate(angle, expand=True, fillcolor=255)
        assert decoder.decode(pictures.gray(pictures.scene(turned))) == (QrCode(TOKEN),)

    def test_reads_several_codes_and_each_once(self, decoder: QrDecoder) -> None:
        symbols = [pictures.symbol(content) for content in (b"one", b"two", b"three", b"one")]
        found = decoder.decode(pictures.gray(pictures.scene(*symbols)))
        assert {code.content for code in found} == {b"one", b"two", b"three"}
        assert len(found) == 3

    def test_finds_nothing_in_an_empty_scene(self, decoder: QrDecoder) -> None:
        empty = pictures.gray(pictures.scene())
        assert decoder.decode(empty) == ()
        assert decoder.decode(empty, thorough=True) == ()

    def test_looks_for_qr_codes_only(self, decoder: QrDecoder) -> None:
        bars = np.repeat(np.array([0, 255, 0, 255, 255, 0, 0, 255] * 12, np.uint8), 4)
        assert decoder.decode(np.tile(bars, (200, 1)), thorough=True) == ()

    def test_inverted_code(self, decoder: QrDecoder) -> None:
        inverted = pictures.gray(ImageOps.invert(pictures.scene(pictures.symbol(TOKEN))))
        assert (decoder.decode(inverted) == (QrCode(TOKEN),)) is self.reads_inverted

    def test_binary_content(self, decoder: QrDecoder) -> None:
        content = bytes([0x00, 0xFF, 0xFE, 0x80, 0x1B, 0x07])
        (found,) = decoder.decode(pictures.gray(pictures.scene(pictures.symbol(content))))
        assert (found.content == content) is self.keeps_binary
        assert isinstance(found.text, str)

    def test_largest_code(self, decoder: QrDecoder) -> None:
        content = bytes(random.Random(3).choices(b"abcdefghijklmnop", k=2_900))  # noqa: S311 - not a secret
        picture = pictures.gray(pictures.symbol(content, module_px=4, correction=ERROR_CORRECT_L))
        assert decoder.decode(picture) == (QrCode(content),)

    @pytest.mark.parametrize("shape", [(0, 0), (0, 9), (1, 1), (1, 4000), (4000, 1), (3, 7), (21, 21)])
    def test_pictures_of_odd_shapes_hold_nothing(self, decoder: QrDecoder, shape: tuple[int, int]) -> None:
        assert decoder.decode(np.zeros(shape, np.uint8), thorough=True) == ()

    def test_noise_and_false_finder_patterns_hold_nothing(self, decoder: QrDecoder) -> None:
        for picture in hostile_pictures():
            assert decoder.decode(picture, thorough=True) == ()

    def test_takes_a_read_only_part_of_a_picture_and_leaves_it_alone(self, decoder: QrDecoder) -> None:
        whole = pictures.gray(pictures.scene(pictures.symbol(TOKEN))).copy()
        before = whole.copy()
        whole.flags.writeable = False
        assert decoder.decode(whole[20:700, 100:1180], thorough=True) == (QrCode(TOKEN),)
        assert decoder.decode(whole[20:700, 900:1180], thorough=True) == ()
        assert np.array_equal(whole, before)

    def test_a_thorough_try_reads_what_is_out_of_focus(self, decoder: QrDecoder) -> None:
        blurred = pictures.gray(pictures.defocused(pictures.scene(pictures.symbol(TOKEN, module_px=4)), 2.1))
        assert decoder.decode(blurred) == ()
        assert decoder.decode(blurred, thorough=True) == (QrCode(TOKEN),)

    def test_closed_decoder_says_so(self, decoder: QrDecoder) -> None:
        decoder.close()
        decoder.close()
        with pytest.raises(DeviceClosed):
            decoder.decode(np.zeros((9, 9), np.uint8))
        decoder.open()
        assert decoder.decode(np.zeros((9, 9), np.uint8)) == ()


class TestZxingDecoder(DecoderContract):
    driver = "zxing"
    reads_inverted = True
    keeps_binary = True

    @pytest.mark.parametrize("bulge", [0.03, -0.03, 0.04])
    def test_a_thorough_try_straightens_curled_paper(self, decoder: QrDecoder, bulge: float) -> None:
        curled = pictures.curled(pictures.symbol(TOKEN, module_px=6), bulge=bulge)
        picture = pictures.gray(pictures.scene(curled))
        assert decoder.decode(picture) == ()
        assert decoder.decode(picture, thorough=True) == (QrCode(TOKEN),)

    @pytest.mark.parametrize("kind", ["MicroQRCode", "RMQRCode"])
    def test_smaller_kin_of_the_qr_code_are_left_alone(self, decoder: QrDecoder, kind: str) -> None:
        barcode = zxingcpp.create_barcode("12345", getattr(zxingcpp.BarcodeFormat, kind))
        picture = np.pad(np.array(barcode.to_image(scale=6)), 40, constant_values=255)
        assert len(zxingcpp.read_barcodes(picture)) == 1
        assert decoder.decode(picture, thorough=True) == ()

    def test_text_in_a_national_charset_becomes_utf8(self, decoder: QrDecoder) -> None:
        picture = pictures.gray(pictures.scene(pictures.symbol("à la barrière".encode("latin-1"))))
        assert decoder.decode(picture) == (QrCode("à la barrière".encode()),)


class TestPyzbarDecoder(DecoderContract):
    driver = "pyzbar"
    reads_inverted = False  # zbar looks for dark modules on light ground only
    keeps_binary = False  # zbar converts every content to UTF-8, guessing its charset


def hostile_pictures() -> Iterator[Gray]:
    """Yield what costs a decoder the most: noise, random modules, and false finder patterns strewn among them."""
    generator = np.random.default_rng(11)
    yield generator.integers(0, 256, (480, 640), dtype=np.uint8)
    finder = np.pad(np.pad(np.pad(np.zeros((3, 3)), 1, constant_values=1), 1), 1, constant_values=1)
    pattern = np.kron(finder * 255, np.ones((3, 3))).astype(np.uint8)
    yield np.tile(pattern, (18, 24))
    modules = np.kron(generator.integers(0, 2, (160, 214)) * 255, np.ones((3, 3))).astype(np.uint8)
    yield modules.copy()
    for _ in range(150):
        top, left = generator.integers(0, 450, 2)
        modules[top : top + 27, left : left + 27] = pattern
    yield modules
