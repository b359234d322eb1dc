"""One POST against servers of every temper."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from kiosk.services.http_post import Answer, Post, PostFailed
from tests.support.receiver import (
    Receiver,
    answer,
    drip,
    hang_up,
    receiving,
    say_nothing,
    talk_nonsense,
)

PATIENCE_S = 20.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def post(url: str) -> Post:
    return Post(url, b'{"a":"\xe9\x99\xb3"}', {"webhook-id": "x"})


def test_the_body_goes_out_as_it_is(receiver):
    assert post(f"{receiver.url}/gate?from=north").send() == Answer(204, None)
    (taken,) = receiver.taken
    assert (taken.path, taken.json) == ("/gate?from=north", {"a": "陳"})
    assert taken.headers["content-type"] == "application/json"
    assert taken.headers["webhook-id"] == "x"
    assert taken.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("status", [200, 400, 404, 410, 500])
def test_the_status_is_what_is_kept(receiver, status):
    receiver.behave = answer(status)
    assert post(receiver.url).send() == Answer(status, None)


def test_a_redirect_is_not_followed(receiver):
    receiver.behave = answer(307, Location=f"{receiver.url}/elsewhere")
    assert post(receiver.url).send().status == 307
    assert [taken.path for taken in receiver.taken] == ["/"]


@pytest.mark.parametrize(
    ("told", "understood"), [("120", 120.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-5", None)]
)
def test_a_pause_that_is_asked_for_is_told(receiver, told, understood):
    receiver.behave = answer(503, Retry_After=told)
    assert post(receiver.url).send() == Answer(503, understood)


@pytest.mark.parametrize(("behave", "code"), [(hang_up, "unreachable"), (talk_nonsense, "bad-answer")])
def test_no_answer_has_a_reason(receiver, behave, code):
    receiver.behave = behave
    with pytest.raises(PostFailed) as failure:
        post(receiver.url).send()
    assert failure.value.code == code


@pytest.mark.parametrize("behave", [say_nothing, drip])
def test_an_answer_has_its_time(receiver, behave):
    receiver.behave = behave
    with pytest.raises(PostFailed) as failure:
        post(receiver.url).send(answer_within_s=0.3)
    assert failure.value.code == "timed-out"


@pytest.mark.parametrize("behave", [say_nothing, drip])
def test_it_can_be_given_up(receiver, behave):
    receiver.behave = behave
    trying, codes = post(receiver.url), []

    def send() -> None:
        try:
            trying.send()
        except PostFailed as failure:
            codes.append(failure.code)

    thread = threading.Thread(target=send)
    thread.start()
    assert receiver.hanging.wait(PATIENCE_S)
    trying.cancel()
    thread.join(PATIENCE_S)
    assert codes == ["cancelled"]


def test_nobody_there(receiver):
    receiver.close()
    with pytest.raises(PostFailed) as failure:
        post(receiver.url).send()
    assert failure.value.code == "unreachable"


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example"])
def test_a_host_that_cannot_be(host):
    with pytest.raises(PostFailed) as failure:
        post(f"http://{host}/").send()
    assert failure.value.code == "unreachable"


def test_https_is_not_spoken_to_whoever_answers(receiver):
    with pytest.raises(PostFailed) as failure:
        post(receiver.url.replace("http:", "https:")).send()
    assert failure.value.code == "unreachable"
    assert receiver.taken == []
