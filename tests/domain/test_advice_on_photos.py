"""What is said about a photo, by tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.photo_advice import Advice, advise

GOOD = {"brightness": 140.0, "sharpness": 0.15, "faces": (0.4,)}


@pytest.mark.parametrize(
    ("measured", "advice"),
    [
        ({}, Advice.GOOD),
        ({"brightness": 39.0}, Advice.TOO_DARK),
        ({"brightness": 216.0}, Advice.TOO_BRIGHT),
        ({"faces": ()}, Advice.LOOK_HERE),
        ({"faces": (0.4, 0.3)}, Advice.ONE_FACE),
        ({"faces": (0.4, 0.19)}, Advice.GOOD),  # somebody further back in the queue
        ({"faces": (0.24,)}, Advice.COME_CLOSER),
        ({"faces": (0.76,)}, Advice.STEP_BACK),
        ({"sharpness": 0.029}, Advice.HOLD_STILL),
        ({"brightness": 20.0, "faces": (), "sharpness": 0.0}, Advice.TOO_DARK),  # without light nothing else is known
        ({"faces": (0.2,), "sharpness": 0.0}, Advice.COME_CLOSER),
    ],
)
def test_the_first_thing_that_helps_is_said(measured, advice):
    assert advise(**GOOD | measured) is advice


@given(st.floats(0, 255), st.floats(0, 50), st.lists(st.floats(0.01, 1), max_size=5))
def test_any_measures_lead_to_advice_whatever_the_order_of_the_faces(brightness, sharpness, faces):
    advice = advise(brightness=brightness, sharpness=sharpness, faces=faces)
    assert advise(brightness=brightness, sharpness=sharpness, faces=faces[::-1]) is advice
    assert (advice is Advice.GOOD) <= bool(faces)
