"""Alarms: which there are, and seeing to one."""

from __future__ import annotations

from typing import Final

from kiosk.services.alarms import Alarm
from web.access import appliance
from web.api.answers import AlarmItem, AlarmPage
from web.api.cursors import read_cursor, write_cursor
from web.api.inputs import AcknowledgeBody, AlarmsQuery
from web.api.operations import caller, operation

_LIST: Final = "alarms"


@operation("GET", "/alarms", tag="alarms", query=AlarmsQuery, answer=AlarmPage)
def list_alarms(query: AlarmsQuery) -> AlarmPage:
    """List alarms, the newest first."""
    page = appliance().alarms.page(query.state, read_cursor(_LIST, query.cursor), query.limit)
    return AlarmPage(items=[_item(alarm) for alarm in page.items], next=write_cursor(_LIST, page.next_after))


@operation(
    "POST",
    "/alarms/<alarm_id>/acknowledge",
    tag="alarms",
    body=AcknowledgeBody,
    answer=AlarmItem,
    errors=("not-found", "already-acknowledged"),
)
def acknowledge_alarm(alarm_id: str, body: AcknowledgeBody) -> AlarmItem:
    """Say that somebody has seen to an alarm.

    It leaves the guards' screens. Only the first one's note is kept.
    """
    return _item(appliance().alarms.acknowledge(alarm_id, actor=caller().actor, note=body.note))


def _item(alarm: Alarm) -> AlarmItem:
    is_open = alarm.acknowledged_at is None
    return AlarmItem(
        id=alarm.id,
        kind=alarm.kind,
        state=alarm.state,
        lane=alarm.lane or None,
        raised_at=alarm.raised_at,
        subject=dict(alarm.subject),
        acknowledged_at=alarm.acknowledged_at,
        acknowledged_by=None if is_open else alarm.acknowledged_by,
        note=None if is_open else alarm.note,
    )
