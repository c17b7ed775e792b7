"""The codec of Amazon SES against its documentation (stored copies read on 2026-11-22; pages in its docstring)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.providers.mail import (
    CONTENT,
    SENDER,
    TO,
    MailConformance,
    asked_json,
    no_sender_is_kept,
    outcomes,
    reports_what_is_set_up,
    requested,
    sent,
)
from tests.providers.suite import KEY, NOW, context
from unichannel.errors import BadSignature, MalformedWebhook, UnavailableError
from unichannel.ports import Provider, Receipt, Request
from unichannel.providers._shared.aws import Keys, signed
from unichannel.providers.ses import Ses
from unichannel.testing.conformance.provider import converse

TOPIC = "arn:aws:sns:us-east-1:123456789012:ses-events"
CERTIFICATE_URL = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
CONFIRM_URL = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x&Token=y"
ID = "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000"
OURS, OTHER = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


def certificate(key: rsa.RSAPrivateKey, begins: int = 2020, ends: int = 2040) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(begins, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(ends, 1, 1, tzinfo=UTC))
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM)


PEM = certificate(OURS)


def ses(**settings: Any) -> Ses:
    return Ses("us-east-1", ("AKIDEXAMPLE", "the-secret"), **{"sender": SENDER, "topics": TOPIC, **settings})


def lines(message: Mapping[str, str]) -> bytes:
    """The string to sign, as the page on SNS has it."""
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    if message["Type"] == "Notification":
        names = [name for name in names if name not in ("SubscribeURL", "Token")]
    else:
        names.remove("Subject")
    return "".join(f"{name}\n{message[name]}\n" for name in names if name in message).encode()


def sns(message: str, kind: str = "Notification", version: str = "2", **more: str) -> dict[str, str]:
    body = {
        "Type": kind,
        "MessageId": "19ba9823-d7f2-53c1-860e-cb10e0d13dfc",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": message,
        "Timestamp": "2026-09-10T00:00:00.675Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
        **more,
    }
    hashed = SHA256() if version == "2" else SHA1()  # noqa: S303
    return body | {"Signature": base64.b64encode(OURS.sign(lines(body), padding.PKCS1v15(), hashed)).decode()}


def posted(body: Mapping[str, str]) -> Request:
    headers = {"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": body["Type"]}
    return Request("POST", "https://app.example.com/hooks/ses", headers, json.dumps(body).encode())


def event(kind: str, name: str = "", **detail: Any) -> dict[str, Any]:
    # /dg/event-publishing-retrieving-sns-examples.html, shortened to what is read.
    mail = {
        "timestamp": "2026-09-09T23:59:00.012Z",
        "source": "Sender Name <sender@example.com>",
        "messageId": ID,
        "destination": [TO],
        "tags": {"ses:configuration-set": ["ConfigSet"], "unichannel_key": [KEY]},
    }
    return {"eventType": kind, "mail": mail, name or kind.lower(): detail}


BOUNCE = event(
    "Bounce",
    bounceType="Permanent",
    bounceSubType="General",
    bouncedRecipients=[
        {"emailAddress": TO, "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
    ],
    timestamp="2026-09-10T00:00:02.669Z",
    feedbackId="01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
    reportingMTA="dsn; mta.example.com",
)
EVENTS: dict[str, dict[str, Any]] = {
    "sent": event("Send"),
    "delivered": event(
        "Delivery", timestamp="2026-09-10T00:00:02.669Z", recipients=[TO], smtpResponse="250 2.6.0 Message received"
    ),
    "deferred": event(
        "DeliveryDelay",
        "deliveryDelay",
        timestamp="2026-09-10T00:00:02.669Z",
        delayType="TransientCommunicationFailure",
        delayedRecipients=[{"emailAddress": TO, "status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1"}],
    ),
    "bounced": BOUNCE,
    "rejected": event("Reject", reason="Bad content"),
    "failed": event("Rendering Failure", "failure", errorMessage="Attribute 'x' is not present", templateName="T"),
    "opened": event("Open", timestamp="2026-09-10T00:00:02.669Z", userAgent="Mozilla/5.0 (iPhone)"),
    "clicked": event("Click", timestamp="2026-09-10T00:00:02.669Z", link="http://docs.aws.amazon.com/"),
    "complained": event(
        "Complaint", complainedRecipients=[{"emailAddress": TO}], complaintFeedbackType="abuse", timestamp="none"
    ),
    "unsubscribed": event("Subscription", newTopicPreferences={"unsubscribeAll": True}),
    "subscribed": event("Subscription", newTopicPreferences={"unsubscribeAll": False}),
    "unknown": event("Levitation"),
}


def call(event: Mapping[str, Any], version: str = "2") -> Request:
    return posted(sns(json.dumps(event), version=version))


def answer(request: httpx.Request) -> httpx.Response:
    assert request.url.host == "sns.us-east-1.amazonaws.com"
    assert request.extensions["safe"]
    return httpx.Response(200, content=PEM)


def receive(request: Request, provider: Provider | None = None, reply: Any = answer) -> tuple[Any, list[httpx.Request]]:
    return converse((provider or ses()).receive(request, context()), reply)


def one(event: Mapping[str, Any]) -> Receipt:
    (receipt,) = receive(call(event))[0].receipts
    return receipt  # type: ignore[no-any-return]


class TestConformance(MailConformance):
    make = staticmethod(ses)
    turned = ("topics", TOPIC, "arn:aws:sns:us-east-1:123456789012:new")
    signs_body = False  # the fields that are signed are tried one by one below

    def answer(self, request: httpx.Request) -> httpx.Response:
        return answer(request)

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(200, json={"MessageId": ID})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal("MessageRejected", 400)

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return tuple((call(event, version), [kind]) for kind, event in EVENTS.items() for version in "12")


def refusal(code: str, status: int, message: str = "") -> httpx.Response:
    kind = {"X-Amzn-ErrorType": f"{code}:http://internal.amazon.com/coral/com.amazonaws.sesv2/"}
    return httpx.Response(status, headers=kind, json={"message": message})


class TestSigning:
    """Signature Version 4 by Amazon's own test suite (aws-sig-v4-test-suite; keys and instant of its README)."""

    KEYS = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    AT = 1_440_938_160_000_000  # 2015-08-30T12:36:00Z

    def signature(self, request: httpx.Request) -> str:
        done = signed(request, self.KEYS, "us-east-1", "service", self.AT)
        return done.headers["Authorization"].rpartition("Signature=")[2]

    def test_get_vanilla(self) -> None:
        request = httpx.Request("GET", "https://example.amazonaws.com/")
        assert self.signature(request) == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        assert request.headers["Authorization"].startswith(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, Signature="
        )

    def test_post_vanilla(self) -> None:
        request = httpx.Request("POST", "https://example.amazonaws.com/")
        assert self.signature(request) == "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"

    def test_a_query_is_sorted(self) -> None:
        request = httpx.Request("GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1")
        assert self.signature(request) == "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"

    def test_a_temporary_key_signs_its_token(self) -> None:
        request = httpx.Request("GET", "https://example.amazonaws.com/")
        done = signed(request, Keys("A", "b", "token"), "us-east-1", "ses", self.AT)
        assert "x-amz-security-token" in done.headers["Authorization"]
        assert "token" not in repr(Keys("A", "b", "token"))


def test_the_request_is_the_documented_one() -> None:
    request = requested(ses(configuration_set="ConfigSet"))
    assert (request.method, str(request.url)) == (
        "POST",
        "https://email.us-east-1.amazonaws.com/v2/email/outbound-emails",
    )
    assert "SignedHeaders=content-type;host;x-amz-date" in request.headers["Authorization"]
    assert asked_json(ses(configuration_set="ConfigSet")) == {
        "FromEmailAddress": "=?utf-8?b?Q2Fmw6k=?= <news@example.org>",
        "Destination": {"ToAddresses": [TO]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Hello", "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": "Good day", "Charset": "UTF-8"},
                    "Html": {"Data": "<p>Good day</p>", "Charset": "UTF-8"},
                },
                "Headers": [
                    {"Name": "List-Unsubscribe", "Value": "<https://app.example.com/u/token>"},
                    {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                ],
            }
        },
        "EmailTags": [{"Name": "unichannel_key", "Value": KEY}],
        "ConfigurationSetName": "ConfigSet",
    }


def test_keys_may_come_from_a_function() -> None:
    calls = iter([("AKID1", "s", "t1"), ("AKID2", "s", "t2")])
    provider = Ses("eu-west-1", lambda: next(calls), sender=SENDER)
    for token in ("t1", "t2"):
        assert requested(provider).headers["X-Amz-Security-Token"] == token


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        ses(),
        {
            "content": (refusal("MessageRejected", 400), "failed", ""),
            "identity": (refusal("MessageRejected", 400, "Email address is not verified."), "retry", ""),
            "credentials": (refusal("InvalidSignatureException", 403), "retry", ""),
            "suspended": (refusal("AccountSuspendedException", 400), "retry", ""),
            "busy": (refusal("TooManyRequestsException", 429), "retry", ""),
            "quota": (refusal("LimitExceededException", 400), "retry", ""),
            "request": (refusal("BadRequestException", 400), "failed", ""),
            "in the body": (httpx.Response(400, json={"__type": "a.b#BadRequestException"}), "failed", ""),
            "broken": (refusal("InternalFailure", 500), "in_doubt", ""),
        },
    )
    assert sent(ses(), refusal("BadRequestException", 400)).code == "BadRequestException"
    no_sender_is_kept(ses)


def test_a_bounce_says_whether_the_address_is_dead() -> None:
    found = one(BOUNCE)
    assert (found.key, found.provider_id, found.address, found.code) == (KEY, ID, TO, "Permanent/General")
    assert (found.address_dead, found.reason, found.occurred) == (True, "hard bounce", 1_788_998_402_669_000)
    for sort, more, dead, refused in (
        ("Transient", "MailboxFull", False, False),
        ("Permanent", "OnAccountSuppressionList", False, True),
        ("Permanent", "Suppressed", True, False),
        ("Undetermined", "Undetermined", False, False),
    ):
        detail = {**BOUNCE["bounce"], "bounceType": sort, "bounceSubType": more}
        found = one({**BOUNCE, "bounce": detail})
        assert (found.address_dead, found.refused) == (dead, refused)


def test_an_identity_s_notifications_are_read_too_without_our_key() -> None:
    old = {"notificationType": "Bounce", "mail": {"messageId": ID, "destination": [TO]}, "bounce": BOUNCE["bounce"]}
    found = one(old)
    assert (found.kind, found.key, found.provider_id) == ("bounced", "", ID)


def test_a_click_says_which_link() -> None:
    assert one(EVENTS["clicked"]).url == "http://docs.aws.amazon.com/"


@pytest.mark.parametrize("name", ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type", "Signature"])
def test_each_signed_field_counts(name: str) -> None:
    """P46: what anybody may have written is not believed."""
    body = sns(json.dumps(BOUNCE))
    for changed in (body | {name: body[name] + "x"}, {k: v for k, v in body.items() if k != name}):
        with pytest.raises((BadSignature, MalformedWebhook)):
            receive(posted({"Type": "", **changed}))


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-01.pem",
        "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-01.pem",
        "https://evil.example/SimpleNotificationService-01.pem",
        "https://user@sns.us-east-1.amazonaws.com/SimpleNotificationService-01.pem",
        "https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-01.pem",
        "https://s3.us-east-1.amazonaws.com/SimpleNotificationService-01.pem",
        "https://sns.us-east-1.amazonaws.com/bucket/SimpleNotificationService-01.pem",
        "https://[",
        "",
    ],
)
def test_a_certificate_from_elsewhere_is_not_even_asked_for(url: str) -> None:
    asked: list[httpx.Request] = []
    with pytest.raises(BadSignature):
        receive(posted(sns(json.dumps(BOUNCE), SigningCertURL=url)), reply=asked.append)
    assert not asked


def test_another_s_certificate_and_an_expired_one_prove_nothing() -> None:
    for pem in (certificate(OTHER), certificate(OURS, 2001, 2002), certificate(OURS, 2038, 2039), b"", b"<html>"):
        with pytest.raises(BadSignature):
            receive(call(BOUNCE), reply=lambda _, pem=pem: httpx.Response(200, content=pem))
    with pytest.raises(UnavailableError):
        receive(call(BOUNCE), reply=lambda _: httpx.Response(404))


def test_the_certificate_is_kept() -> None:
    ctx, asked = context(), []
    for _ in range(3):
        asked += converse(ses().receive(call(BOUNCE), ctx), answer)[1]
        ctx = replace(context(), tokens=ctx.tokens)
    assert [str(request.url) for request in asked] == [CERTIFICATE_URL]
    assert len(converse(ses().receive(call(BOUNCE), replace(ctx, now=NOW + 90_000_000_000)), answer)[1]) == 1


class TestHandshake:
    def body(self, **more: str) -> dict[str, str]:
        given = {"Token": "2336412f37", "SubscribeURL": CONFIRM_URL, **more}
        return sns("You have chosen to subscribe to the topic.", "SubscriptionConfirmation", **given)

    def test_a_subscription_to_our_topic_is_confirmed(self) -> None:
        received, asked = receive(posted(self.body()))
        assert [str(request.url) for request in asked] == [CERTIFICATE_URL, CONFIRM_URL]
        assert (received.receipts, received.answer.status) == ((), 200)

    def test_another_s_topic_is_not(self) -> None:
        """P46: SNS signs for anybody who has a topic."""
        with pytest.raises(BadSignature):
            receive(posted(self.body(TopicArn="arn:aws:sns:us-east-1:666666666666:mine")))

    def test_nor_is_an_address_that_is_not_amazon_s_called(self) -> None:
        asked: list[str] = []

        def reply(request: httpx.Request) -> httpx.Response:
            asked.append(request.url.host)
            return answer(request)

        with pytest.raises(BadSignature):
            receive(posted(self.body(SubscribeURL="https://169.254.169.254/latest/meta-data")), reply=reply)
        assert asked == ["sns.us-east-1.amazonaws.com"]

    def test_a_confirmation_that_fails_is_asked_for_again(self) -> None:
        replies = iter([httpx.Response(200, content=PEM), httpx.Response(500)])
        with pytest.raises(UnavailableError):
            receive(posted(self.body()), reply=lambda _: next(replies))

    def test_an_end_and_a_trial_tell_nothing(self) -> None:
        end = sns("You have chosen to deactivate.", "UnsubscribeConfirmation", Token="x", SubscribeURL=CONFIRM_URL)
        received, asked = receive(posted(end))
        assert (received.receipts, len(asked)) == ((), 1)
        trial = "Successfully validated SNS topic for Amazon SES event publishing."
        assert receive(posted(sns(trial)))[0].receipts == ()
        with pytest.raises(MalformedWebhook):
            receive(posted(sns("something else")))


def test_without_topics_nothing_is_believed() -> None:
    with pytest.raises(BadSignature):
        receive(call(BOUNCE), ses(topics=()))


def test_a_message_of_text_alone_has_no_html_part() -> None:
    body = asked_json(ses(), content=replace(CONTENT, html=""))["Content"]["Simple"]["Body"]
    assert list(body) == ["Text"]


def test_it_reports_what_is_set_up() -> None:
    reports_what_is_set_up(ses, topics=())
