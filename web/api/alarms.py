"""Alarms: which there are, raising one, and seeing to one. Those are among them that no screen at the gate shows."""

from __future__ import annotations

from typing import Final

from kiosk.errors import FieldProblem, Invalid
from kiosk.services.alarms import Alarm
from web.access import appliance
from web.api.answers import AlarmItem, AlarmPage
from web.api.cursors import read_cursor, write_cursor
from web.api.inputs import AcknowledgeBody, AlarmsQuery, RaiseAlarmBody
from web.api.operations import caller, operation

_LIST: Final = "alarms"


@operation("GET", "/alarms", tag="alarms", query=AlarmsQuery, answer=AlarmPage)
def list_alarms(query: AlarmsQuery) -> AlarmPage:
    """List alarms, the newest first."""
    page = appliance().alarms.page(query.state, read_cursor(_LIST, query.cursor), query.limit, with_silent=True)
    return AlarmPage(items=[_item(alarm) for alarm in page.items], next=write_cursor(_LIST, page.next_after))


@operation("POST", "/alarms", tag="alarms", body=RaiseAlarmBody, answer=AlarmItem)
def raise_alarm(body: RaiseAlarmBody) -> AlarmItem:
    """Call for help.

    For a button on the wall or around the neck. The alarm is loud on every panel and told wherever alarms are. Pressed
    again at the same place while nobody has seen to it, it adds nothing: the answer is the alarm that is open.
    """
    if body.lane is not None and body.lane not in {lane.name for lane in appliance().lanes.all()}:
        raise Invalid({"lane": FieldProblem.UNKNOWN_LANE})
    return _item(appliance().alarms.panic(actor=caller().actor, lane=body.lane or "", api_key=caller().id))


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
    return _item(appliance().alarms.acknowledge(alarm_id, actor=caller().actor, note=body.note, with_silent=True))


def _item(alarm: Alarm) -> AlarmItem:
    is_open = alarm.acknowledged_at is None
    return AlarmItem(
        id=alarm.id,
        kind=alarm.kind,
        state=alarm.state,
        lane=alarm.lane or None,
        raised_at=alarm.raised_at,
        raised_by=alarm.raised_by or None,
        repeats=alarm.repeats,
        subject=dict(alarm.subject),
        acknowledged_at=alarm.acknowledged_at,
        acknowledged_by=None if is_open else alarm.acknowledged_by,
        note=None if is_open else alarm.note,
    )
