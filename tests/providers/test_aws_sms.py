"""The codec of AWS End User Messaging SMS against its documentation (pages in its docstring)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest

from tests.providers.phone import TO, Bench, PhoneConformance, by_sms
from tests.providers.suite import KEY, NOW, context
from tests.providers.test_ses import TOPIC, answer, posted, sns
from unichannel.core.messaging.content import Mms, Sms
from unichannel.core.messaging.content.pieces import Media
from unichannel.core.words.instant import HOUR, MINUTE
from unichannel.errors import BadSignature, ConfigurationError
from unichannel.ports import Receipt, Request
from unichannel.providers import AwsSms
from unichannel.providers.aws_sms import EVENTS
from unichannel.testing.conformance.provider import converse

ID = "862a8790-60c0-4430-9b2b-658bdexample"
SENDER = "+12065550152"
BENCH = Bench(by_sms())
MMS = Mms("Here it is", media=[Media("https://shoes.s3.us-east-1.amazonaws.com/a/sh%20oe.jpg")], subject="Shoes")


def aws(**settings: Any) -> AwsSms:
    given = {"sender": SENDER, "topics": TOPIC, "two_way": True, **settings}
    return AwsSms("us-east-1", ("AKIDEXAMPLE", "the-secret"), **given)


def event(kind: str, **more: Any) -> dict[str, Any]:
    """The example of configuration-sets-event-format.html."""
    told = {
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": 1_788_999_000_126,
        "isFinal": True,
        "originationPhoneNumber": SENDER,
        "destinationPhoneNumber": TO,
        "messageId": ID,
        "messageStatus": kind.partition("_")[2],
        "messageStatusDescription": "Message has been accepted by phone carrier",
        "context": {"unichannel_key": KEY},
        "totalMessageParts": 1,
        "totalMessagePrice": 0.00581,
        "totalCarrierFee": 0.003,
    }
    return {**told, **more}


def inbound(text: str) -> dict[str, Any]:
    """The example of two-way-sms-payload.html."""
    return {
        "originationNumber": TO,
        "destinationNumber": SENDER,
        "messageKeyword": "KEYWORD",
        "messageBody": text,
        "inboundMessageId": f"in-{len(text)}",
        "previousPublishedMessageId": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    }


def call(told: Mapping[str, Any] | str) -> Request:
    return posted(sns(told if isinstance(told, str) else json.dumps(told)))


def heard(told: Mapping[str, Any] | str, **settings: Any) -> list[Receipt]:
    received, _ = converse(aws(**settings).receive(call(told), context()), answer)
    assert received.answer.status == 200  # type: ignore[union-attr]
    return list(received.receipts)


def error(name: str, reason: str = "", status: int = 400) -> httpx.Response:
    body = {"__type": f"com.amazonaws.sms#{name}", "Message": f"about {TO}", **({"Reason": reason} if reason else {})}
    return httpx.Response(status, json=body)


class TestConformance(PhoneConformance):
    make = staticmethod(aws)
    turned = ("topics", TOPIC, "arn:aws:sns:us-east-1:123456789012:new")
    signs_body = False  # the fields that are signed are tried with SES

    def answer(self, request: httpx.Request) -> httpx.Response:
        return answer(request)

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(200, json={"MessageId": ID})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return error("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (call(event("TEXT_QUEUED")), ["queued"]),
            (call(event("TEXT_SUCCESSFUL")), ["sent"]),
            (call(event("TEXT_DELIVERED")), ["delivered"]),
            (call(event("TEXT_CARRIER_UNREACHABLE", isFinal=False)), ["deferred"]),
            (call(event("TEXT_INVALID")), ["bounced"]),
            (call(event("TEXT_UNKNOWN")), ["unknown"]),
            (call(inbound("Hello")), ["inbound"]),
            (call(inbound("STOP")), ["unsubscribed", "inbound"]),
            (call("a text that somebody published by hand"), ["unknown"]),
        )


def test_the_request_is_the_documented_one() -> None:
    (request,) = BENCH.requests(aws(configuration_set="ours"))
    assert (request.method, str(request.url)) == ("POST", "https://sms-voice.us-east-1.amazonaws.com/")
    assert request.headers["X-Amz-Target"] == "PinpointSMSVoiceV2.SendTextMessage"
    assert request.headers["Content-Type"] == "application/x-amz-json-1.0"
    authorization = request.headers["Authorization"]
    assert "/us-east-1/sms-voice/aws4_request" in authorization
    assert "SignedHeaders=content-type;host;x-amz-date;x-amz-target," in authorization
    assert json.loads(request.content) == {
        "DestinationPhoneNumber": TO,
        "OriginationIdentity": SENDER,
        "MessageBody": "Good day, Ada",
        "ConfigurationSetName": "ours",
        "Context": {"unichannel_key": KEY},
        "MessageType": "PROMOTIONAL",
    }


def test_a_message_says_its_kind_its_sender_and_its_life() -> None:
    told = BENCH.asked_json(aws(sender=""), purpose="transactional", expires=NOW + 5 * MINUTE)
    assert (told["MessageType"], told["TimeToLive"], "OriginationIdentity" in told) == ("TRANSACTIONAL", 300, False)
    assert BENCH.asked_json(aws(), content=Sms("Hi", sender="Shop"))["OriginationIdentity"] == "Shop"
    assert BENCH.asked_json(aws(), expires=NOW - 1)["TimeToLive"] == 5
    assert BENCH.asked_json(aws(), expires=NOW + 100 * HOUR)["TimeToLive"] == 259_200


def test_an_mms_takes_its_files_from_s3() -> None:
    (request,) = BENCH.requests(aws(), content=MMS, channel="mms")
    assert request.headers["X-Amz-Target"] == "PinpointSMSVoiceV2.SendMediaMessage"
    assert json.loads(request.content) == {
        "DestinationPhoneNumber": TO,
        "OriginationIdentity": SENDER,
        "MessageBody": "Shoes\nHere it is",
        "Context": {"unichannel_key": KEY},
        "MediaUrls": ["s3://shoes/a/sh oe.jpg"],
    }
    for url, path in {
        "https://s3.eu-west-3.amazonaws.com/shoes/b.png": "s3://shoes/b.png",
        "https://my.shoes.s3.amazonaws.com/b.png": "s3://my.shoes/b.png",
        "https://shoes.s3-eu-west-1.amazonaws.com/b.png": "s3://shoes/b.png",
    }.items():
        told = BENCH.asked_json(aws(), content=Mms(media=[Media(url)]), channel="mms")
        assert (told["MediaUrls"], "MessageBody" in told) == ([path], False)
    for url in ("https://example.com/shoe.jpg", "https://shoes.s3.amazonaws.com.example.com/b.png"):
        elsewhere = BENCH.sent(aws(), httpx.Response(200), content=Mms(media=[Media(url)]), channel="mms")
        assert (elsewhere.kind, elsewhere.code) == ("failed", "media_url")
    assert BENCH.sent(aws(sender=""), httpx.Response(200), content=MMS, channel="mms").code == "no_sender"


def test_temporary_keys_are_asked_for_each_time() -> None:
    keys = iter([("a", "b", "t1"), ("a", "b", "t2")])
    codec = AwsSms("eu-west-1", lambda: next(keys), sender=SENDER)
    tokens = [BENCH.requests(codec)[0].headers["X-Amz-Security-Token"] for _ in range(2)]
    assert tokens == ["t1", "t2"]


def test_refusals_mean_what_the_table_says() -> None:
    blocked = "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"
    BENCH.outcomes(
        aws(),
        {
            "opted out": (error("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT"), "failed", "opted_out"),
            "sandbox": (error("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED"), "mend", ""),
            "country": (error("ConflictException", blocked), "failed", ""),
            "sender": (error("ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND"), "mend", ""),
            "keys": (error("UnrecognizedClientException"), "mend", ""),
            "rights": (error("AccessDeniedException", "INSUFFICIENT_ACCOUNT_REPUTATION"), "mend", ""),
            "unknown sender": (error("ResourceNotFoundException"), "mend", ""),
            "spent": (error("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"), "mend", ""),
            "often": (error("ThrottlingException"), "retry", ""),
            "field": (error("ValidationException", "FIELD_VALIDATION_FAILED"), "failed", ""),
            "broken": (error("InternalServerException", status=500), "in_doubt", ""),
            "away": (httpx.Response(503), "retry", ""),
            "yes without an id": (httpx.Response(200, json={}), "in_doubt", ""),
        },
    )
    assert "access_key" in BENCH.sent(aws(), error("SignatureDoesNotMatch", status=403)).reason


@pytest.mark.parametrize("form", ["TEXT", "MEDIA"])
@pytest.mark.parametrize("code", sorted(EVENTS))
def test_each_event_has_its_kind(form: str, code: str) -> None:
    (found,) = heard(event(f"{form}_{code}"))
    assert (found.kind, found.channel) == (EVENTS[code], {"TEXT": "sms", "MEDIA": "mms"}[form])
    assert found.address_dead == (code == "INVALID")


def test_receipts_say_which_when_whom_and_what_it_cost() -> None:
    (found,) = heard(event("TEXT_DELIVERED"))
    assert (found.key, found.provider_id, found.address) == (KEY, ID, TO)
    assert (found.occurred, found.cost) == (1_788_999_000_126_000, "0.00881 USD")
    (bare,) = heard(event("TEXT_DELIVERED", context=None, totalMessagePrice=None, totalCarrierFee="x"))
    assert (bare.key, bare.cost) == ("", "")
    assert [one.kind for one in heard(event("VOICE_COMPLETED"))] == ["unknown"]


def test_what_aws_still_tries_is_no_bounce() -> None:
    (found,) = heard(event("TEXT_INVALID", isFinal=False))
    assert (found.kind, found.address_dead) == ("deferred", False)


def test_a_host_may_take_a_carriers_acceptance_for_delivery() -> None:
    (found,) = heard(event("TEXT_SUCCESSFUL"), events={"SUCCESSFUL": "delivered"})
    assert found.kind == "delivered"
    with pytest.raises(ConfigurationError):
        aws(events={"SUCCESSFUL": "arrived"})


def test_answers_and_opt_outs() -> None:
    """The words that AWS itself takes for a STOP it refuses itself, unless opt-outs are the host's (P41)."""
    change, said = heard(inbound("stop "))
    assert (change.kind, change.refused, change.address) == ("unsubscribed", True, TO)
    assert (said.kind, said.text) == ("inbound", "stop ")
    change, _ = heard(inbound("Stop SMS"))
    assert (change.kind, change.refused) == ("unsubscribed", False)
    change, _ = heard(inbound("STOP"), self_managed=True)
    assert (change.kind, change.refused) == ("unsubscribed", False)
    assert [one.kind for one in heard(inbound("don't stop"))] == ["inbound"]


def test_subscriptions_are_confirmed_and_other_topics_not_believed() -> None:
    url = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x&Token=y"
    request = posted(sns("You have chosen to subscribe…", "SubscriptionConfirmation", Token="y", SubscribeURL=url))
    received, asked = converse(aws().receive(request, context()), answer)
    assert (received.receipts, str(asked[-1].url)) == ((), url)
    with pytest.raises(BadSignature):
        heard(event("TEXT_DELIVERED"), topics="arn:aws:sns:us-east-1:123456789012:another")
    with pytest.raises(BadSignature):
        heard(event("TEXT_DELIVERED"), topics=())


def test_it_reports_what_is_set_up() -> None:
    assert aws().abilities.reports == {"delivered", "bounced", "replied"}
    assert aws(two_way=False).abilities.reports == {"delivered", "bounced"}
    assert aws(topics=()).abilities.reports == set()
    assert aws(topics=()).abilities.inbound is False
