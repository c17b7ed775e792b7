"""Postmark's codec against its documentation (stored copies read on 2026-11-22; pages in the codec's docstring)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.providers.mail import (
    SENDER,
    TO,
    MailConformance,
    asked_json,
    basic,
    no_sender_is_kept,
    outcomes,
    posted,
    reports_what_is_set_up,
    requested,
)
from tests.providers.suite import KEY, one
from unichannel.ports import Request
from unichannel.providers.postmark import BOUNCES, Postmark

LOGIN = "hook:the-secret"
ID = "883953f4-6105-42a2-a16a-77a8eac79483"


def postmark(**settings: Any) -> Postmark:
    return Postmark("the-secret", **{"sender": SENDER, "logins": LOGIN, **settings})


def call(login: str = LOGIN, **event: Any) -> Request:
    return posted({"MessageID": ID, "Metadata": {"unichannel_key": KEY}, **event}, Authorization=basic(login))


DELIVERY = call(
    RecordType="Delivery",
    ServerID=23,
    MessageStream="outbound",
    Recipient=TO,
    Tag="welcome-email",
    DeliveredAt="2026-11-05T16:33:54.9070259Z",
    Details="Test delivery webhook details",
)
BOUNCE = call(
    RecordType="Bounce",
    ID=4323372036854775807,
    Type="HardBounce",
    TypeCode=1,
    Name="Hard bounce",
    ServerID=23,
    MessageStream="outbound",
    Description="The server was unable to deliver your message (ex: unknown user, mailbox not found).",
    Details="Test bounce details",
    Email=TO,
    From="sender@example.org",
    BouncedAt="2026-11-05T16:33:54.9070259Z",
    DumpAvailable=True,
    Inactive=True,
    CanActivate=True,
    Subject="Test subject",
)
OPEN = call(
    RecordType="Open", FirstOpen=True, UserAgent="Mozilla/5.0 (X11)", Recipient=TO, ReceivedAt="2026-11-05T16:33:54Z"
)
CLICK = call(RecordType="Click", ClickLocation="HTML", OriginalLink="https://example.com/a", Recipient=TO)
SPAM = call(
    RecordType="SpamComplaint", ID=42, Type="SpamComplaint", TypeCode=512, Email=TO, BouncedAt="2026-11-05T16:33:54Z"
)
STOP = call(
    RecordType="SubscriptionChange",
    ChangedAt="2026-11-05T16:33:54Z",
    Recipient=TO,
    Origin="Recipient",
    SuppressSending=True,
    SuppressionReason="ManualSuppression",
)
INBOUND = call(
    FromName="Ada",
    FromFull={"Email": TO, "Name": "Ada", "MailboxHash": ""},
    Subject="Re: Hello",
    TextBody="Yes\n\n> Hello",
    StrippedTextReply="Yes",
    Headers=[{"Name": "X-Spam-Status", "Value": "No"}],
)


class TestConformance(MailConformance):
    make = staticmethod(postmark)
    turned = ("logins", LOGIN, "hook:new")
    signature_headers = ("Authorization",)
    signs_body = False

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        # /developer/api/email-api, "Send a single email", response.
        said = {"To": TO, "SubmittedAt": "2026-11-17T07:25:01.4178645-05:00", "MessageID": ID}
        return httpx.Response(200, json={**said, "ErrorCode": 0, "Message": "OK"})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(406)

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (DELIVERY, ["delivered"]),
            (BOUNCE, ["bounced"]),
            (OPEN, ["opened"]),
            (CLICK, ["clicked"]),
            (SPAM, ["complained"]),
            (STOP, ["unsubscribed"]),
            (INBOUND, ["inbound"]),
            (call(RecordType="Smoke"), ["unknown"]),
        )


def refusal(code: int, status: int = 422) -> httpx.Response:
    return httpx.Response(status, json={"ErrorCode": code, "Message": f"You tried to send to {TO}."})


def test_the_request_is_the_documented_one() -> None:
    request = requested(postmark())
    assert (request.method, str(request.url)) == ("POST", "https://api.postmarkapp.com/email")
    assert request.headers["X-Postmark-Server-Token"] == "the-secret"
    assert asked_json(postmark()) == {
        "From": "Café <news@example.org>",
        "To": TO,
        "Subject": "Hello",
        "TextBody": "Good day",
        "HtmlBody": "<p>Good day</p>",
        "Headers": [
            {"Name": "List-Unsubscribe", "Value": "<https://app.example.com/u/token>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
        ],
        "Metadata": {"unichannel_key": KEY},
        "MessageStream": "outbound",
    }


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        postmark(),
        {
            "token": (refusal(10, 401), "retry", ""),
            "sender": (refusal(401), "retry", ""),
            "inactive": (refusal(406), "failed", "opted_out"),
            "inactive, as 200": (refusal(406, 200), "failed", "opted_out"),
            "invalid": (refusal(300), "failed", ""),
            "busy": (refusal(429, 429), "retry", ""),
            "unheard of": (refusal(9999), "failed", ""),
            "broken": (httpx.Response(500, text="oops"), "in_doubt", ""),
        },
    )
    no_sender_is_kept(postmark)


def test_receipts_say_which_when_and_whom() -> None:
    bounce = one(postmark(), BOUNCE)
    assert (bounce.key, bounce.provider_id, bounce.address, bounce.code) == (KEY, ID, TO, "HardBounce")
    assert (bounce.address_dead, bounce.refused, bounce.id) == (True, False, "bounced:4323372036854775807")
    assert bounce.occurred == 1_793_896_434_907_025
    assert one(postmark(), CLICK).url == "https://example.com/a"
    assert one(postmark(), INBOUND).text == "Yes"


@pytest.mark.parametrize("sort", BOUNCES)
def test_a_bounce_s_type_says_what_it_is(sort: str) -> None:
    receipt = one(postmark(), call(RecordType="Bounce", ID=1, Type=sort, Email=TO))
    assert receipt.kind == BOUNCES[sort][0]
    assert receipt.address_dead == (sort in ("HardBounce", "BadEmailAddress"))


def test_a_machine_answers_nothing_and_a_proxy_reads_nothing() -> None:
    """P34: what nobody wrote or read is not told as if somebody had."""
    automatic = call(FromFull={"Email": TO}, Headers=[{"Name": "Auto-Submitted", "Value": "auto-replied"}])
    assert one(postmark(), automatic).kind == "unknown"
    assert one(postmark(), call(RecordType="Open", UserAgent="Mozilla/5.0")).machine


def test_a_list_that_is_changed_back_subscribes() -> None:
    assert one(postmark(), call(RecordType="SubscriptionChange", SuppressSending=False)).kind == "subscribed"
    dead = call(RecordType="SubscriptionChange", SuppressSending=True, SuppressionReason="HardBounce", Recipient=TO)
    assert (one(postmark(), dead).kind, one(postmark(), dead).address_dead) == ("bounced", True)


def test_it_reports_what_is_set_up() -> None:
    reports_what_is_set_up(postmark, logins=())
    on = asked_json(postmark(reports=["opened", "clicked"]))
    assert on == asked_json(postmark()) | {"TrackOpens": True, "TrackLinks": "HtmlAndText"}
