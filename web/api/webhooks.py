"""Webhooks: subscribe, look how it goes, end."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from kiosk.services.webhooks import Webhook
from web.access import appliance
from web.api.answers import NewWebhook, WebhookItem, WebhookPage
from web.api.inputs import Include, NewWebhookBody
from web.api.operations import caller, operation


@operation(
    "POST",
    "/webhooks",
    tag="webhooks",
    body=NewWebhookBody,
    answer=NewWebhook,
    status=HTTPStatus.CREATED,
    errors=("too-many-webhooks",),
)
def add_webhook(body: NewWebhookBody) -> NewWebhook:
    """Subscribe to events.

    From now on each is posted as `{"id", "type", "at", "data"}`: `id` is the `hash` of its journal entry, `data` its
    ids, numbers, lanes and codes, with the unit and kind of a visit.

    It is signed as Standard Webhooks 1.0 (standardwebhooks.com) writes it: `webhook-signature` is `v1,` and the base64
    of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, with the bytes behind `whsec_` as the key. Check it,
    and that the timestamp is of the last five minutes.

    Answer with 2xx within 15 seconds; redirects are not followed. Anything else is tried again after 2 seconds, 4, 8
    and so on up to an hour, and holds back what follows: events come in order and at least once, so keep their ids. 410
    ends the subscription at once, five days in vain do too, and the journal says so.
    """
    webhook, secret = appliance().webhooks.add(
        actor=caller().actor,
        url=body.url,
        events=body.events,
        secret=body.secret,
        with_visitor=Include.VISITOR in body.include,
    )
    return NewWebhook(secret=secret, **_members(webhook))


@operation("GET", "/webhooks", tag="webhooks", answer=WebhookPage)
def list_webhooks() -> WebhookPage:
    """List all webhooks."""
    return WebhookPage(items=[WebhookItem(**_members(webhook)) for webhook in appliance().webhooks.all()], next=None)


@operation("GET", "/webhooks/<webhook_id>", tag="webhooks", answer=WebhookItem, errors=("not-found",))
def get_webhook(webhook_id: str) -> WebhookItem:
    """Read one webhook.

    It says whether events arrive and, if not, since when and why.
    """
    return WebhookItem(**_members(appliance().webhooks.get(webhook_id)))


@operation(
    "DELETE",
    "/webhooks/<webhook_id>",
    tag="webhooks",
    answer=None,
    status=HTTPStatus.NO_CONTENT,
    errors=("not-found",),
)
def remove_webhook(webhook_id: str) -> None:
    """End a subscription.

    An event that is on its way may still arrive.
    """
    appliance().webhooks.remove(webhook_id, actor=caller().actor)


def _members(webhook: Webhook) -> dict[str, Any]:
    status = webhook.status
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": list(webhook.events),
        "include": [Include.VISITOR] if webhook.with_visitor else [],
        "created_at": webhook.created_at,
        "condition": status.condition,
        "failure": status.fault or status.failure,
        "failures": status.failures,
        "failing_since": status.failing_since,
        "delivered_at": status.delivered_at,
        "disabled_at": status.disabled_at,
        "after": status.place,
    }
