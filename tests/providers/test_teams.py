"""Teams' codec against its documentation (stored copies read on 2026-11-22; pages in the codec's docstring)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.providers.suite import KEY, received
from tests.providers.talk import TalkConformance, asked, asked_json, delivery, outcomes, sent, unfit
from unichannel.core.messaging.content import Chat
from unichannel.errors import BadSignature
from unichannel.ports import Outbound, Request
from unichannel.providers.teams import ERRORS, Teams

URL = (
    "https://prod-17.westeurope.logic.azure.com:443/workflows/7d5/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=the-secret"
)
FACTS = {"type": "FactSet", "facts": [{"title": "Order", "value": "7"}], "actions": []}
CARD = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Whole"}]}


def to_channel(content: Chat | None = None, url: str = URL) -> Outbound:
    return delivery(content, url)


def refusal(status: int, code: str = "") -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": URL}} if code else None)


class TestConformance(TalkConformance):
    make = staticmethod(Teams)
    turned = None

    @pytest.fixture
    def outbound(self) -> Outbound:
        return to_channel()

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(202, headers={"x-ms-workflow-run-id": "08584"})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(400, "TriggerInputSchemaMismatch")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return ()


def cards(content: Chat) -> list[Any]:
    return [one["content"] for one in asked_json(Teams(), to_channel(content))["attachments"]]


def test_a_text_is_an_adaptive_card_as_the_documentation_has_it() -> None:
    (request,) = asked(Teams(), to_channel())
    assert (request.method, str(request.url)) == ("POST", URL.replace(":443", ""))
    assert "the-secret" not in repr(request)
    assert json.loads(request.content) == {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [{"type": "TextBlock", "text": "Hello", "wrap": True}],
                },
            }
        ],
    }


def test_a_whole_card_stands_for_the_text_and_elements_stand_below_it() -> None:
    assert cards(Chat("Hello", blocks=[CARD])) == [CARD]
    (card,) = cards(Chat("Hello", blocks=[FACTS]))
    assert card["body"] == [{"type": "TextBlock", "text": "Hello", "wrap": True}, FACTS]
    assert len(cards(Chat("Hello", blocks=[FACTS, CARD]))) == 2
    unfit(Teams(), to_channel(Chat("é" * 15_000)), to_channel(Chat("x" * 29_000)))


@pytest.mark.parametrize(
    "url",
    [
        "http://prod-17.westeurope.logic.azure.com/x",
        "https://logic.azure.com.evil.example/x",
        "https://evillogic.azure.com/x",
        "https://user@logic.azure.com/x",
        "https://logic.azure.com@evil.example/x",
        "https://example.webhook.office.com/webhookb2/x",
        "https://[::1/x",
        "ada",
    ],
)
def test_no_message_goes_to_a_stranger_s_server(url: str) -> None:
    """The address comes with the profile: it is not to name a server inside the host's network."""
    outcome = sent(Teams(), to_channel(url=url), httpx.Response(202))
    assert (outcome.kind, outcome.code, outcome.address) == ("failed", "address", "dead")
    assert asked(Teams(), to_channel(url=url)) == []


def test_more_hosts_are_the_host_s_to_name() -> None:
    url = "https://default7.12.environment.api.powerplatform.com/powerautomate/x"
    assert asked(Teams(), to_channel(url=url))
    assert asked(Teams(hosts=["flows.example.org"]), to_channel(url="https://flows.example.org/x"))


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        Teams(),
        to_channel(),
        {
            "signature": (refusal(401, "DirectApiAuthorizationRequired"), "retry", ""),
            "switched off": (refusal(400, "WorkflowTriggerIsNotEnabled"), "retry", ""),
            "gone": (refusal(404, "WorkflowNotFound"), "failed", "dead"),
            "gone, without a word": (refusal(410), "failed", "dead"),
            "busy": (refusal(429), "retry", ""),
            "too large": (refusal(413), "failed", ""),
            "unheard of": (refusal(400, "SomethingNew"), "failed", ""),
            "broken": (refusal(502), "in_doubt", ""),
        },
    )
    assert ERRORS["http_401"].meaning == "configuration"
    assert sent(Teams(), to_channel(), httpx.Response(202)).provider_id == KEY
    assert sent(Teams(), to_channel(), httpx.Response(202, headers={"x-ms-workflow-run-id": "08"})).provider_id == "08"


def test_nothing_is_believed_that_calls() -> None:
    assert Teams().abilities.reports == frozenset()
    with pytest.raises(BadSignature):
        received(Teams(), Request("POST", "https://app.example.com/hooks/teams", {}, b"{}"))
