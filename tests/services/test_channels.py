"""The ways to reach people, each over a real peer of its kind where one can stand on this machine."""

from __future__ import annotations

import email
import email.policy
import queue
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from aiosmtpd.controller import Controller

from kiosk.config import ChannelSettings, EstateSettings
from kiosk.domain.alarms import AlarmKind
from kiosk.services.alarms import raise_within
from kiosk.services.notices import ChannelSender
from tests.support.appliance import TestGate, demo_appliance, document, wait_for
from tests.support.receiver import answer, receiving

PATIENCE_S = 20.0
TITLE = "晴嵐花園: 警報"


@pytest.mark.parametrize(
    "address",
    [
        "wecombot://693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa",
        "dingtalk://secret@ABCDEFGHIJKLMN/",
        "feishu://abc123def456abc123def456abc12345",
        "bark://bark.example.org/devicekey",
        "mailto://user:password@mail.example.org?to=office@example.org",
        "mqtt://broker.example.org/gate/alarms",
        "json://office.example.org/gate",
    ],
)
def test_the_services_that_estates_use_are_known(address):
    ChannelSender(ChannelSettings(url=address), EstateSettings()).open()


@contextmanager
def alarm_told(tmp_path: Path, address: str) -> Iterator[TestGate]:
    """A gate that raises an alarm and tells it by that address."""
    settings = document(notify={"channels": {"guards": {"url": address}}})
    with demo_appliance(tmp_path, settings=settings) as gate:
        with gate.appliance.store.write() as transaction:
            raise_within(transaction, AlarmKind.FORCED, "in")
        yield gate
        wait_for(lambda: gate.appliance.outbox.statuses()[0].delivered_at)


class Mailbox:
    """Keeps what arrives by SMTP."""

    def __init__(self) -> None:
        self.letters: queue.Queue[bytes] = queue.Queue()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.letters.put(envelope.content)
        return "250 OK"


def test_by_mail(tmp_path):
    mailbox = Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        address = f"mailto://127.0.0.1:{server.port}?from=gate@example.org&to=office@example.org&mode=insecure"
        with alarm_told(tmp_path, address):
            letter = email.message_from_bytes(mailbox.letters.get(timeout=PATIENCE_S), policy=email.policy.default)
    finally:
        server.stop()
    assert letter["subject"] == TITLE
    assert letter["to"] == "office@example.org"


def test_by_bark(tmp_path):
    with receiving() as receiver:
        address = receiver.url.replace("http:", "bark:") + "/devicekey"
        receiver.behave = answer(200)
        with alarm_told(tmp_path, address):
            told: Mapping[str, Any] = receiver.wait_for(1)[0].json
    assert (told["title"], told["device_key"]) == (TITLE, "devicekey")


def test_by_mqtt(tmp_path):
    port = free_port()
    broker = subprocess.Popen(  # bound to this machine alone: without a file of settings it is
        [shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    told: queue.Queue[str] = queue.Queue()
    listener = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    listener.on_message = lambda _client, _data, message: told.put(message.payload.decode())
    listener.on_connect = lambda client, *_args: client.subscribe("gate/alarms")
    subscribed: queue.Queue[int] = queue.Queue()
    listener.on_subscribe = lambda _client, _data, number, *_args: subscribed.put(number)
    try:
        wait_for(lambda: is_listening(port))
        listener.connect("127.0.0.1", port)
        listener.loop_start()
        subscribed.get(timeout=PATIENCE_S)
        with alarm_told(tmp_path, f"mqtt://127.0.0.1:{port}/gate/alarms"):
            assert "警報" in told.get(timeout=PATIENCE_S)
    finally:
        listener.disconnect()
        listener.loop_stop()
        broker.terminate()
        broker.wait(PATIENCE_S)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
