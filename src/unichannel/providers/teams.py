"""Microsoft Teams by a workflow's webhook: texts and adaptive cards out; nothing comes back.

Guarantee: none but the workflow's own: its 202 says that a run has begun, not that a message was posted, and
there is no key, no receipt and no look-up.

The address is the URL that the Workflows app gives for "Post to a channel (or chat) when a webhook request is
received"; it has its own signature in it, so who has it may post. The older incoming webhooks of Office 365
connectors (webhook.office.com) ended in May 2026 and are not served.

Read as stored copies on 2026-11-22: https://learn.microsoft.com/en-us/connectors/teams/?tabs=text1%2Cdotnet#microsoft-teams-webhook
and https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
(the message with its attachments, 28 KB, 429); hosts and the end of connectors as
https://databrickslabs.github.io/dqx/docs/reference/api/actions/destinations/teams/ and
https://argo-cd.readthedocs.io/en/release-3.3/operator-manual/notifications/services/teams-workflows/ have them.
From general knowledge: the codes of a workflow's refusals, and the header with a run's id. Not verified: other
hosts that the Workflows app may give; ``hosts=`` adds them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx

from unichannel.core.messaging.content import Chat
from unichannel.ports import Abilities, Context, Conversation, Outbound, Outcome
from unichannel.providers._shared.faults import Fault, table
from unichannel.providers._shared.reading import text
from unichannel.providers._shared.single import Errors
from unichannel.providers._shared.talking import TalkCodec, Unfit, chat_of
from unichannel.providers._shared.writing import ask

__all__ = ["ERRORS", "HOSTS", "Teams"]

ERRORS: Mapping[str, Fault] = table(
    (
        "configuration",
        "the workflow refuses the call: check its URL, and who may call it.",
        ("http_401", "http_403"),
    ),
    ("configuration", "the workflow is switched off.", ("WorkflowTriggerIsNotEnabled", "WorkflowDisabled")),
    ("dead", "the workflow is not there any more.", ("http_404", "http_410", "WorkflowNotFound")),
    ("permanent", "the workflow does not take such a message.", ("TriggerInputSchemaMismatch",)),
)
"""What a workflow's refusals mean."""

HOSTS = ("logic.azure.com", "api.powerplatform.com", "api.powerautomate.com", "flow.microsoft.com")
"""Hosts of workflows, with everything below them."""

LARGEST = 28 * 1024
"""Bytes of a message."""

_CARD = "application/vnd.microsoft.card.adaptive"


class Teams(TalkCodec):
    """Messages to the channels and chats of Teams that have such a workflow.

    Of a ``Chat``'s blocks an ``AdaptiveCard`` is sent as it is, in place of the text; other blocks are elements
    below it (https://adaptivecards.io/explorer). ``hosts``: more hosts of workflows; an address elsewhere is
    none, so that no message goes to a stranger's server. ``channel``: yours, where it is not "chat".
    ``errors``: what you know better of a code than the table.
    """

    can: ClassVar[Abilities] = Abilities(takes=frozenset({"text", "blocks"}))
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self, *, hosts: Iterable[str] = (), channel: str = "chat", errors: Errors | None = None, name: str = "teams"
    ) -> None:
        super().__init__(name, channel, "https://", errors, hears=False)
        self._hosts = (*HOSTS, *hosts)

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request:
        if not self._is_ours(outbound.address):
            raise Unfit("the address is no workflow's URL: see hosts.", "address", "dead")
        cards = [{"contentType": _CARD, "content": card} for card in _cards(chat_of(outbound, self.name, LARGEST))]
        message = {"type": "message", "attachments": cards}
        if len(json.dumps(message, ensure_ascii=False).encode()) > LARGEST:
            raise Unfit("Teams takes 28 KB; the message has more.")
        return ask(outbound.address, message)

    def _is_ours(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        host = (parts.hostname or "").lower()
        known = any(host == one or host.endswith(f".{one}") for one in self._hosts)
        return parts.scheme == "https" and known and "@" not in parts.netloc

    def send(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome]:
        """Post it; 202 without a body is acceptance, under the run's id where it is told, else under our key."""
        outcome = yield from super().send(outbound, ctx)
        unnamed = outcome.kind == "accepted" and not outcome.provider_id
        return replace(outcome, provider_id=outbound.key) if unnamed else outcome

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        run = response.headers.get("x-ms-workflow-run-id", "")
        return Outcome.accepted(run, raw={"status": response.status_code})

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(body, "error", "code")]


def _cards(chat: Chat) -> list[dict[str, Any]]:
    blocks = [dict(block) for block in chat.blocks]
    whole = [block for block in blocks if block.get("type") == "AdaptiveCard"]
    below = [block for block in blocks if block.get("type") != "AdaptiveCard"]
    words = {"type": "TextBlock", "text": chat.text, "wrap": True}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [words, *below],
    }
    return whole if whole and not below else [card, *whole]
