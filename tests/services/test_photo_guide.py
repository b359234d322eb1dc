"""Advice to whoever is at the photo: how often a picture is looked at, and what happens where none can be."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from hardware import factory
from hardware.errors import DriverUnavailable
from hardware.interfaces import DeviceKind
from hardware.simulated.camera import SimulatedCamera
from kiosk.bootstrap.devices import wire_photo_guide
from kiosk.domain.photo_advice import Advice
from kiosk.services.photo_guide import EVERY_NS
from tests.support.faces import face, png


@pytest.fixture
def camera():
    with SimulatedCamera(width_px=640, height_px=360, fps=1000) as camera:
        yield camera


@pytest.fixture
def guide():
    return wire_photo_guide(factory.build)


def test_a_picture_is_looked_at_four_times_a_second(guide, camera):
    good = camera.read(1.0)
    camera.show(png(face(light=0.1)))
    dark = camera.read(1.0)
    assert guide.glance(good) is Advice.GOOD
    assert guide.glance(replace(dark, captured_ns=good.captured_ns + EVERY_NS - 1)) is Advice.GOOD
    assert guide.glance(replace(dark, captured_ns=good.captured_ns + EVERY_NS)) is Advice.TOO_DARK


def test_the_picture_that_is_taken_is_looked_at_itself(guide, camera):
    good = camera.read(1.0)
    camera.show(png(face(light=0.1)))
    assert guide.glance(good) is Advice.GOOD
    assert guide.judge(replace(camera.read(1.0), captured_ns=good.captured_ns + 1)) is Advice.TOO_DARK


def test_nothing_is_loaded_until_somebody_is_at_the_photo(camera):
    built = []

    def build(kind, driver, options):
        built.append(kind)
        return factory.build(kind, driver, options)

    guide = wire_photo_guide(build)
    assert built == []
    guide.judge(camera.read(1.0))
    guide.judge(camera.read(1.0))
    assert built == [DeviceKind.PHOTO_METER]


def test_where_no_face_can_be_found_there_is_no_advice_and_one_line_in_the_log(camera, caplog):
    tried = []

    def build(kind, _driver, _options):
        tried.append(kind)
        raise DriverUnavailable("this OpenCV finds no faces", vendor_reason="no cascade")

    guide = wire_photo_guide(build)
    with caplog.at_level(logging.WARNING):
        assert [guide.judge(camera.read(1.0)), guide.glance(camera.read(1.0))] == [None, None]
    assert len(tried) == 1
    (line,) = caplog.messages
    assert "no cascade" in line
