"""Standard Webhooks' signatures, secrets and addresses."""

from __future__ import annotations

import base64

import pytest

from kiosk.domain.webhooks import headers, is_event_type, new_secret, secret_bytes, split_url


def test_the_published_example_is_signed_alike():
    # standard-webhooks/standard-webhooks, libraries/python/tests/test_webhooks.py, test_sign_function
    key = secret_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}') == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_is_new_each_time_and_can_be_read():
    made = {new_secret() for _ in range(20)}
    assert len(made) == 20
    assert {len(secret_bytes(secret)) for secret in made} == {32}


@pytest.mark.parametrize(
    "written",
    ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8!KYqrTwjUPD8ILPZIo2LaLaSw", "whsec_陳",
     "whsec_" + base64.b64encode(bytes(23)).decode(), "whsec_" + base64.b64encode(bytes(65)).decode()],
)  # fmt: skip
def test_what_is_no_secret_is_refused(written):
    with pytest.raises(ValueError, match="secret"):
        secret_bytes(written)


@pytest.mark.parametrize(
    "url",
    ["https://office.example/gate?from=north", "https://8.8.8.8/", "http://192.168.1.20:8000", "http://10.0.0.1/x",
     "http://127.0.0.1:9", "http://[fd00::1]:80/", "http://office.lan/gate", "http://[::ffff:192.168.1.1]/"],
)  # fmt: skip
def test_addresses_that_are_taken(url):
    assert split_url(url).hostname


@pytest.mark.parametrize(
    "url",
    ["", "office.example", "ftp://office.example", "https://", "https:///gate", "file:///etc/passwd",
     "https://user:pass@office.example", "https://office.example/#top", "https://office.example:0/",
     "https://office.example:99999/", "http://8.8.8.8/", "http://[2001:4860:4860::8888]/", "http://[::ffff:8.8.8.8]/",
     "https://office.example/a b", "https://office.example/\r\nX: y", "https://院.example/", "http://[::1",
     "https://office.example/" + "x" * 500],
)  # fmt: skip
def test_addresses_that_are_refused(url):
    with pytest.raises(ValueError):  # noqa: PT011 - the URL parser has its own words for some
        split_url(url)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("visit.signed_in", True), ("pass_key.made", True), ("a.b.c", True), ("visit", False), ("visit.", False),
     ("Visit.In", False), ("visit.*", False), ("*", False), ("", False), ("a." + "b" * 47, False)],
)  # fmt: skip
def test_the_form_of_a_type(text, is_one):
    assert is_event_type(text) is is_one
