"""Twilio's codec against its documentation (stored copies read on 2026-11-22; pages in the codec's docstring)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import logging
import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from unichannel.core.messaging.content import Email, Sms
from unichannel.core.messaging.delivery import RECEIPT_FACTS, merge, status_of
from unichannel.core.words.money import Money
from unichannel.errors import BadSignature, ConfigurationError, MalformedWebhook
from unichannel.ports import Abilities, Context, Outbound, Outcome, Provider, Receipt, Received, Request
from unichannel.providers.twilio import CLOCKS, ERRORS, SETTLING, STATUSES, Twilio
from unichannel.testing.conformance.provider import ProviderConformance, converse

SID = "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
TOKEN = "12345-the-token"
NUMBER = "+15558675310"
SENDER = "+15017122661"
SERVICE = "MG9752274e9e519418a7406176694466fa"
TEXT = "McAvoy or Stewart? These timelines can get so confusing."
KEY = "kE4_-abcdefghijklmnopqrs"
HOOK = f"https://example.com/hooks/twilio?key={KEY}"
CREATED = 1_692_853_305_000_000  # Thu, 24 Aug 2023 05:01:45 +0000
NOW = CREATED + 300_000_000
MESSAGE_SID = "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

CREATED_MESSAGE: dict[str, Any] = {
    # /messaging/guides/track-outbound-message-status, "Send a Message without Messaging Service".
    "account_sid": SID,
    "api_version": "2010-04-01",
    "body": TEXT,
    "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
    "date_sent": "Thu, 24 Aug 2023 05:01:45 +0000",
    "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000",
    "direction": "outbound-api",
    "error_code": None,
    "error_message": None,
    "from": SENDER,
    "num_media": "0",
    "num_segments": "1",
    "price": None,
    "price_unit": None,
    "messaging_service_sid": "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "sid": MESSAGE_SID,
    "status": "queued",
    "to": NUMBER,
    "uri": f"/2010-04-01/Accounts/{SID}/Messages/{MESSAGE_SID}.json",
}


def twilio(**settings: Any) -> Twilio:
    return Twilio(SID, TOKEN, **{"sender": SENDER, **settings})


def delivery(**changes: Any) -> Outbound:
    return replace(
        Outbound(KEY, "sms", NUMBER, Sms(TEXT), "reminder", "news", since=CREATED, reserved=CREATED), **changes
    )


def context(**changes: Any) -> Context:
    return replace(Context(NOW, lambda size: b"x" * size, HOOK), **changes)


def problem(code: int, status: int = 400) -> httpx.Response:
    body = {"code": code, "message": f"About {NUMBER}", "more_info": f"https://www.twilio.com/docs/errors/{code}"}
    return httpx.Response(status, json={**body, "status": status})


def listed(*messages: Mapping[str, Any], following: str | None = None) -> httpx.Response:
    return httpx.Response(200, json={"messages": list(messages), "next_page_uri": following, "page_size": 1000})


def send(answer: httpx.Response, provider: Provider | None = None, **changes: Any) -> Outcome:
    return converse((provider or twilio()).send(delivery(**changes), context()), lambda _: answer)[0]


def requested(provider: Provider | None = None, **changes: Any) -> httpx.Request:
    _, asked = converse((provider or twilio()).send(delivery(**changes), context()), lambda _: problem(21610))
    return asked[0]


def look_up(*answers: httpx.Response, now: int = NOW, provider: Provider | None = None, **changes: Any) -> Any:
    waiting = iter(answers)
    return converse((provider or twilio()).look_up(delivery(**changes), context(now=now)), lambda _: next(waiting))


def sign(url: str, params: Iterable[tuple[str, str]], token: str = TOKEN) -> str:
    text = url + "".join(name + value for name, value in sorted(params))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def call(params: Mapping[str, str] | Sequence[tuple[str, str]], url: str = HOOK, token: str = TOKEN) -> Request:
    pairs = list(params.items() if isinstance(params, Mapping) else params)
    headers = {"x-twilio-signature": sign(url, pairs, token), "Content-Type": "application/x-www-form-urlencoded"}
    return Request("POST", url, headers, urlencode(pairs).encode())


def receive(request: Request, provider: Provider | None = None, **changes: Any) -> Received:
    return converse((provider or twilio()).receive(request, context(**changes)), lambda _: httpx.Response(200))[0]


def status_call(status: str, **more: str) -> Request:
    # The example of /messaging/guides/track-outbound-message-status, with To as SDKs and logs show it.
    params = {"AccountSid": SID, "From": SENDER, "To": NUMBER, "MessageSid": MESSAGE_SID, "MessageStatus": status}
    return call({**params, "SmsSid": MESSAGE_SID, "SmsStatus": status, "ApiVersion": "2010-04-01", **more})


def text_call(text: str, **more: str) -> Request:
    # /messaging/guides/webhook-request, table of parameters.
    params = {"MessageSid": "SM" + "b" * 32, "SmsSid": "SM" + "b" * 32, "SmsStatus": "received", "AccountSid": SID}
    return call(
        {**params, "From": NUMBER, "To": SENDER, "Body": text, "NumMedia": "0", **more}, "https://example.com/in"
    )


class TestConformance(ProviderConformance):
    signature_headers = ("X-Twilio-Signature",)

    @pytest.fixture
    def provider(self) -> Provider:
        return twilio()

    @pytest.fixture
    def rotated(self) -> Provider:
        return Twilio(SID, ["another token", TOKEN], sender=SENDER)

    @pytest.fixture
    def replaced(self) -> Provider:
        return Twilio(SID, "another token", sender=SENDER)

    @pytest.fixture
    def outbound(self) -> Outbound:
        return delivery()

    @pytest.fixture
    def ctx(self) -> Context:
        return context()

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(201, json=CREATED_MESSAGE)

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return problem(21211)

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (status_call("queued"), ["queued"]),
            (status_call("sent"), ["sent"]),
            (status_call("delivered", RawDlrDoneDate="2308240502"), ["delivered"]),
            (status_call("undelivered", ErrorCode="30003"), ["bounced"]),
            (text_call("Thanks, see you at 5 & don't stop"), ["inbound"]),
            (text_call("STOP", OptOutType="STOP"), ["unsubscribed", "inbound"]),
        )

    @pytest.fixture
    def secrets(self) -> Sequence[str]:
        return (TOKEN, base64.b64encode(f"{SID}:{TOKEN}".encode()).decode())

    @pytest.fixture
    def finding(self) -> httpx.Response | None:
        return listed(CREATED_MESSAGE)


class TestRequest:
    def test_it_is_the_one_of_the_documentation(self) -> None:
        request = requested()
        assert (request.method, str(request.url)) == (
            "POST",
            f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json",
        )
        assert request.headers["Authorization"] == httpx.BasicAuth(SID, TOKEN)._auth_header
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert request.read() == (
            b"To=%2B15558675310&From=%2B15017122661"
            b"&Body=McAvoy+or+Stewart%3F+These+timelines+can+get+so+confusing."
            b"&StatusCallback=https%3A%2F%2Fexample.com%2Fhooks%2Ftwilio%3Fkey%3DkE4_-abcdefghijklmnopqrs"
        )
        assert "safe" not in request.extensions, "a repeated message is a second message"

    def test_a_messaging_service_takes_the_place_of_from(self) -> None:
        form = dict(parse_qsl(requested(twilio(sender=SERVICE)).read().decode()))
        assert form["MessagingServiceSid"] == SERVICE
        assert "From" not in form

    def test_the_content_s_sender_comes_first(self) -> None:
        form = dict(parse_qsl(requested(twilio(sender=SERVICE), content=Sms(TEXT, sender="ACME")).read().decode()))
        assert form["From"] == "ACME"
        assert "MessagingServiceSid" not in form

    def test_without_callback_none_is_asked_for(self) -> None:
        _, asked = converse(twilio().send(delivery(), context(callback_url="")), lambda _: problem(21610))
        assert b"StatusCallback" not in asked[0].read()

    def test_validity_and_extra_are_added_and_lists_repeat(self) -> None:
        provider = twilio(validity=600, extra={"SmartEncoded": "true", "MediaUrl": ["https://a/1", "https://a/2"]})
        pairs = parse_qsl(requested(provider).read().decode())
        assert ("ValidityPeriod", "600") in pairs
        assert ("SmartEncoded", "true") in pairs
        assert [value for name, value in pairs if name == "MediaUrl"] == ["https://a/1", "https://a/2"]

    def test_what_cannot_be_sent_asks_nothing(self) -> None:
        for provider, content, kind in (
            (twilio(sender=""), Sms(TEXT), "retry"),
            (twilio(), Email("subject", text=TEXT), "failed"),
            (twilio(), Sms("half \ud83d"), "failed"),
        ):
            outcome, asked = converse(provider.send(delivery(content=content), context()), lambda _: problem(1))
            assert (outcome.kind, outcome.address, asked) == (kind, "", [])

    @pytest.mark.parametrize(
        "settings",
        [
            {"account_sid": "SK1"},
            {"auth_token": ""},
            {"auth_token": ()},
            {"validity": 0},
            {"validity": 36001},
            {"extra": {"To": "+1"}},
            {"keywords": {"halt": ["x"]}},
        ],
    )
    def test_settings_that_cannot_work_are_refused(self, settings: dict[str, Any]) -> None:
        with pytest.raises(ConfigurationError) as caught:
            Twilio(**{"account_sid": SID, "auth_token": TOKEN, **settings})
        assert pickle.loads(pickle.dumps(caught.value)).mend  # noqa: S301

    def test_abilities(self) -> None:
        assert twilio().abilities == Abilities(
            frozenset({"delivered", "opened", "replied", "bounced"}),
            looks_up=True,
            takes=frozenset({"text", "media", "template", "audio"}),
            signature="HMAC-SHA1",
            inbound=True,
            media=True,
        )
        assert "replied" not in twilio(sender="ACME").abilities.reports
        assert "replied" in twilio(sender=SERVICE).abilities.reports
        assert not twilio(extra={"ShortenUrls": "true"}).abilities.looks_up


class TestAnswer:
    def test_201_is_acceptance(self) -> None:
        outcome = send(httpx.Response(201, json=CREATED_MESSAGE))
        assert (outcome.kind, outcome.provider_id, outcome.at) == ("accepted", MESSAGE_SID, CREATED)
        assert {"body", "to", "from"}.isdisjoint(outcome.raw)

    @pytest.mark.parametrize(
        ("code", "status", "kind", "address"),
        [
            (21211, 400, "failed", "dead"),
            (21614, 400, "failed", "dead"),
            (21635, 400, "failed", "dead"),
            (30005, 400, "failed", "dead"),
            (30006, 400, "failed", "dead"),
            (21610, 400, "failed", "opted_out"),
            (21617, 400, "failed", ""),
            (21612, 400, "failed", ""),
            (20003, 401, "retry", ""),
            (20404, 404, "retry", ""),
            (20429, 429, "retry", ""),
            (21408, 403, "retry", ""),
            (21606, 400, "retry", ""),
            (21608, 400, "retry", ""),
            (21609, 400, "retry", ""),
            (21611, 429, "retry", ""),
            (30001, 400, "retry", ""),
            (14107, 429, "retry", ""),
            (63038, 429, "retry", ""),
            (99999, 400, "failed", ""),
            (99999, 409, "failed", ""),
            (99999, 429, "retry", ""),
            (20500, 500, "in_doubt", ""),
            (20503, 503, "retry", ""),
            (20504, 504, "in_doubt", ""),
            (99999, 408, "in_doubt", ""),
        ],
    )
    def test_a_refusal_says_who_is_to_blame(self, code: int, status: int, kind: str, address: str) -> None:
        outcome = send(problem(code, status))
        assert (outcome.kind, outcome.code, outcome.address) == (kind, str(code), address)
        assert outcome.reason
        assert NUMBER not in outcome.reason + str(outcome.raw), "Twilio's text quotes the number"

    @pytest.mark.parametrize("code", sorted(code for code, fault in ERRORS.items() if fault.kind == "retry"))
    def test_what_the_host_can_mend_blames_no_address(self, code: str) -> None:
        outcome = send(problem(int(code)))
        assert (outcome.kind, outcome.address) == ("retry", "")

    @pytest.mark.parametrize(("status", "kind"), [(401, "retry"), (403, "retry"), (404, "retry"), (400, "failed")])
    def test_an_answer_that_is_not_twilio_s_is_judged_by_its_status(self, status: int, kind: str) -> None:
        assert send(httpx.Response(status, text="<html>proxy</html>")).kind == kind

    def test_a_success_without_message_is_in_doubt(self) -> None:
        for body in (b"<html>", b"", b"{}", b'{"sid": ""}', b"null"):
            assert send(httpx.Response(201, content=body)).kind == "in_doubt"

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("7", 7.0),
            ("Thu, 24 Aug 2023 05:07:45 +0000", 60.0),
            ("Thu, 24 Aug 2023 05:00:00 +0000", 0.0),
            ("soon", None),
        ],
    )
    def test_retry_after(self, header: str, seconds: float | None) -> None:
        answer = httpx.Response(429, json={"code": 20429}, headers={"Retry-After": header})
        assert send(answer).retry_after == seconds

    @respx.mock
    def test_it_drives_over_httpx(self, caplog: pytest.LogCaptureFixture) -> None:
        route = respx.post(f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json")
        route.mock(return_value=httpx.Response(201, json=CREATED_MESSAGE))
        conversation = twilio().send(delivery(), context())
        with httpx.Client() as client, caplog.at_level(logging.DEBUG):
            outcome, answer = None, None
            while outcome is None:
                try:
                    request = next(conversation) if answer is None else conversation.send(answer)
                    answer = client.send(request)
                except StopIteration as end:
                    outcome = end.value
        assert outcome.provider_id == MESSAGE_SID
        assert dict(parse_qsl(route.calls.last.request.read().decode()))["Body"] == TEXT
        assert not any(hidden in caplog.text for hidden in (NUMBER, "15558675310", TEXT, TOKEN))


class TestLookUp:
    def test_the_list_is_asked_for_the_number_and_may_be_repeated(self) -> None:
        _, asked = look_up(listed())
        assert str(asked[0].url).endswith(f"/{SID}/Messages.json?To=%2B15558675310&PageSize=1000")
        assert asked[0].method == "GET"
        assert asked[0].extensions["safe"] is True

    @pytest.mark.parametrize("status", ["accepted", "scheduled", "queued", "sending", "sent", "delivered", "read"])
    def test_found(self, status: str) -> None:
        outcome, _ = look_up(listed({**CREATED_MESSAGE, "status": status, "date_sent": None}))
        assert (outcome.kind, outcome.provider_id) == ("accepted", MESSAGE_SID)

    @pytest.mark.parametrize(
        ("price", "unit", "cost"),
        [
            ("-0.00750", "USD", Money("0.0075", "USD")),
            ("-0.0079", "usd", Money("0.0079", "USD")),
            (None, "USD", None),
            (None, None, None),
            ("?", "USD", None),
        ],
    )
    def test_the_price_is_taken_where_it_is_known_already(self, price: Any, unit: Any, cost: Money | None) -> None:
        outcome, _ = look_up(listed({**CREATED_MESSAGE, "status": "sent", "price": price, "price_unit": unit}))
        assert outcome.cost == cost

    @pytest.mark.parametrize(("count", "units"), [("1", 1), ("3", 3), ("0", None), (None, None), ("many", None)])
    def test_the_segments_are_those_that_twilio_counted(self, count: Any, units: int | None) -> None:
        """A messaging service says "0" until it has chosen a sender."""
        assert send(httpx.Response(201, json={**CREATED_MESSAGE, "num_segments": count})).units == units

    @pytest.mark.parametrize(("status", "code", "address"), [("failed", 30005, "dead"), ("undelivered", 30003, "")])
    def test_found_failed(self, status: str, code: int, address: str) -> None:
        outcome, _ = look_up(listed({**CREATED_MESSAGE, "status": status, "error_code": code}))
        assert (outcome.kind, outcome.code, outcome.address) == ("failed", str(code), address)
        assert outcome.provider_id == MESSAGE_SID

    def test_canceled_is_failed(self) -> None:
        assert look_up(listed({**CREATED_MESSAGE, "status": "canceled"}))[0].code == "canceled"

    @pytest.mark.parametrize(
        "change",
        [
            {"body": TEXT + " P.S."},
            {"body": "Say: " + TEXT},
            {"body": None},
            {"direction": "inbound"},
            {"date_created": "Thu, 24 Aug 2023 05:01:14 +0000"},
        ],
    )
    def test_another_message_is_not_ours(self, change: dict[str, Any]) -> None:
        assert look_up(listed({**CREATED_MESSAGE, **change}))[0] is None

    @pytest.mark.parametrize("date", ["Thu, 24 Aug 2023 05:01:15 +0000", "Thu, 24 Aug 2023 06:00:00 +0000", "?", None])
    def test_clocks_may_differ_a_little(self, date: str | None) -> None:
        assert CLOCKS == 30_000_000
        assert look_up(listed({**CREATED_MESSAGE, "date_created": date}))[0].kind == "accepted"

    def test_what_twilio_changes_in_a_text_does_not_hide_it(self) -> None:
        for ours, theirs in (
            ("It’s 5 o’clock – come…", "It's 5 o'clock - come..."),
            ("Hi", "Sent from your Twilio trial account - Hi"),
            ("Hi ", "Hi"),
            ("🎉🎉", "🎉🎉"),
        ):
            assert look_up(listed({**CREATED_MESSAGE, "body": theirs}), content=Sms(ours))[0].kind == "accepted"
        assert look_up(listed({**CREATED_MESSAGE, "body": "🎈"}), content=Sms("🎉🎉"))[0] is None

    def test_of_two_alike_the_accepted_one_is_taken(self) -> None:
        failed = {**CREATED_MESSAGE, "status": "failed", "sid": "SM1"}
        assert look_up(listed(failed, CREATED_MESSAGE))[0].provider_id == MESSAGE_SID

    def test_all_pages_are_read(self) -> None:
        following = f"/2010-04-01/Accounts/{SID}/Messages.json?Page=1&PageToken=PA1"
        outcome, asked = look_up(listed(following=following), listed(CREATED_MESSAGE))
        assert outcome.kind == "accepted"
        assert str(asked[1].url) == f"https://api.twilio.com{following}"

    def test_credentials_go_to_no_other_host(self) -> None:
        for elsewhere in ("https://evil.example/x", "@evil.example/x", 7):
            outcome, asked = look_up(listed(following=elsewhere))  # type: ignore[arg-type]
            assert outcome.kind == "in_doubt"
            assert len(asked) == 1

    def test_absence_is_said_only_when_it_is_known(self) -> None:
        assert look_up(listed())[0] is None
        assert look_up(listed(), now=CREATED + SETTLING - 1)[0].kind == "in_doubt"
        assert look_up(listed({**CREATED_MESSAGE, "body": ""}))[0].kind == "in_doubt", "texts are redacted"
        assert look_up(*[listed(following="/next")] * 5)[0].kind == "in_doubt", "there is more than was read"
        assert look_up(httpx.Response(401, json={"code": 20003}))[0].kind == "in_doubt"
        outcome, asked = look_up(provider=twilio(extra={"ContentRetention": "discard"}))
        assert (outcome.kind, asked) == ("in_doubt", [])


class TestSignature:
    # Vectors of twilio-python's tests/unit/test_request_validator.py (stored copy, 30368b08).
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    params = (
        ("CallSid", "CA1234567890ABCDE"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
        ("Caller", "+14158675309"),
    )

    def check(self, url: str, signature: str, params: Sequence[tuple[str, str]] = params, **settings: Any) -> Received:
        request = Request("POST", url, {"X-Twilio-Signature": signature}, urlencode(params).encode())
        return receive(request, Twilio(SID, settings.get("token", "12345")))

    @pytest.mark.parametrize(
        ("url", "signature"),
        [
            (url, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (url.replace(".com", ".com:1234"), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (url.replace(".com", ".com:1234").replace("https", "http"), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
            (url, "kvajT1Ptam85bY51eRf/AJRuM3w="),
            (url.replace("https", "http"), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ],
    )
    def test_the_sdk_s_vectors(self, url: str, signature: str) -> None:
        assert self.check(url, signature).receipts[0].kind == "unknown"

    def test_a_repeated_parameter(self) -> None:
        pairs = (("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"))
        assert self.check(self.url, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", pairs).receipts

    def test_a_json_body_is_known_by_its_hash(self) -> None:
        url = self.url + "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
        headers = {"X-Twilio-Signature": "a9nBmqA0ju/hNViExpshrM61xv4="}
        body = b'{"property": "value", "boolean": true}'
        request = Request("POST", url, headers, body)
        assert receive(request, Twilio(SID, "12345")).receipts[0].kind == "unknown"
        for changed in (body.replace(b"true", b"null"), b"", b"Body=STOP&From=%2B1"):
            with pytest.raises(BadSignature):
                receive(replace(request, body=changed), Twilio(SID, "12345"))

    def test_several_tokens_in_a_rotation(self) -> None:
        for token in (("12345", "new"), ["new", "12345"]):
            assert self.check(self.url, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", token=token).receipts
        with pytest.raises(BadSignature):
            self.check(self.url, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", token=("new", "newer"))

    @pytest.mark.parametrize(
        "signature", ["", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "é", "\udcff", "RSOYDt4T1cUTdK1PDd93/VVr8b8="]
    )
    def test_wrong_ones(self, signature: str) -> None:
        with pytest.raises(BadSignature):
            self.check(self.url, signature)

    def test_the_url_is_signed_with_our_key_in_it(self) -> None:
        request = status_call("delivered")
        with pytest.raises(BadSignature):
            receive(replace(request, url=request.url.replace("kE4", "kE5")))

    def test_naming_the_right_account_is_no_signature(self) -> None:
        with pytest.raises(BadSignature):
            receive(replace(status_call("delivered"), headers={}))

    @pytest.mark.parametrize("url", ["https://[/x?key=a", "", "/hooks", "https://[::1]:8443/x", "https://u:p@h:99999/"])
    def test_odd_urls_do_not_raise_anything_else(self, url: str) -> None:
        assert receive(call({"MessageSid": "SM1", "MessageStatus": "sent"}, url)).receipts[0].kind == "sent"
        with pytest.raises(BadSignature):
            receive(replace(status_call("sent"), url=url))

    def test_nothing_but_utf_8_is_read(self) -> None:
        body = b"MessageSid=SM1&Body=%FF"
        signed = hmac.new(TOKEN.encode(), HOOK.encode() + b"Body\xffMessageSidSM1", hashlib.sha1).digest()
        headers = {"X-Twilio-Signature": base64.b64encode(signed).decode()}
        with pytest.raises(MalformedWebhook):
            receive(Request("POST", HOOK, headers, body))
        with pytest.raises(MalformedWebhook):
            receive(call({}))

    def test_onlookers_get_nothing(self) -> None:
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
            received = receive(Request(method, HOOK))
            assert received.receipts == ()
            assert received.answer.status == 405  # type: ignore[union-attr]
        with pytest.raises(BadSignature):
            receive(Request("GET", HOOK, {"X-Twilio-Signature": "x"}))

    def test_twilio_may_be_set_to_call_by_get(self) -> None:
        url = "https://example.com/in?" + urlencode({"MessageSid": "SM1", "From": NUMBER, "Body": "Hé"})
        received = receive(Request("GET", url, {"X-Twilio-Signature": sign(url, ())}))
        assert [(r.kind, r.text, r.address) for r in received.receipts] == [("inbound", "Hé", NUMBER)]


class TestStatus:
    # Status values of /messaging/api/message-resource; the unknown one is made up.
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            ("accepted", "queued"),
            ("scheduled", "queued"),
            ("queued", "queued"),
            ("sending", "queued"),
            ("sent", "sent"),
            ("delivered", "delivered"),
            ("undelivered", "bounced"),
            ("failed", "failed"),
            ("canceled", "failed"),
            ("read", "opened"),
            ("teleported", "unknown"),
        ],
    )
    def test_each_becomes_a_receipt_of_our_delivery(self, status: str, kind: str) -> None:
        received = receive(status_call(status))
        (receipt,) = received.receipts
        assert (receipt.kind, receipt.key, receipt.provider_id) == (kind, KEY, MESSAGE_SID)
        assert (receipt.id, receipt.channel, receipt.address) == (f"{MESSAGE_SID}:{status}", "sms", NUMBER)
        assert (receipt.occurred, receipt.address_dead, receipt.refused) == (NOW, False, False)
        assert receipt.raw["MessageStatus"] == status
        assert received.answer.status == 204  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("code", "dead", "refused"),
        [
            ("30005", True, False),
            ("30006", True, False),
            ("21614", True, False),
            ("21610", False, True),
            ("30003", False, False),
            ("30007", False, False),
            ("30008", False, False),
            ("99999", False, False),
            ("rubbish", False, False),
        ],
    )
    def test_the_error_says_what_of_the_address(self, code: str, dead: bool, refused: bool) -> None:
        (receipt,) = receive(status_call("undelivered", ErrorCode=code)).receipts
        assert (receipt.address_dead, receipt.refused, receipt.code) == (dead, refused, code)
        assert receipt.reason

    def test_a_carrier_without_short_codes_is_no_dead_number(self) -> None:
        (receipt,) = receive(status_call("undelivered", ErrorCode="30006", From="36180")).receipts
        assert not receipt.address_dead

    def test_the_older_name_of_the_status(self) -> None:
        (receipt,) = receive(call({"SmsSid": "SM1", "SmsStatus": "delivered"})).receipts
        assert (receipt.kind, receipt.provider_id) == ("delivered", "SM1")

    def test_another_event_is_kept_as_unknown(self) -> None:
        received = receive(call({"CallSid": "CA1", "CallStatus": "ringing"}))
        (receipt,) = received.receipts
        assert (receipt.kind, receipt.raw["CallSid"], bool(receipt.id)) == ("unknown", "CA1", True)

    @given(st.lists(st.tuples(st.sampled_from([*STATUSES, "new"]), st.integers(0, 5)), min_size=1, max_size=5))
    def test_any_order_and_repetition_gives_one_state(self, told: list[tuple[str, int]]) -> None:
        receipts = [receive(status_call(status), now=NOW + after).receipts[0] for status, after in told]

        def state(order: Iterable[Receipt]) -> tuple[str, dict[str, int]]:
            facts: dict[str, int] = {}
            for receipt in order:
                if receipt.kind in RECEIPT_FACTS:
                    facts = merge(facts, RECEIPT_FACTS[receipt.kind], receipt.occurred)
            return status_of("accepted", facts), facts

        expected = state(receipts)
        for order in itertools.permutations(receipts):
            assert state(order) == state((*order, *receipts)) == expected

    def test_every_status_is_of_the_vocabulary(self) -> None:
        assert set(STATUSES.values()) <= set(RECEIPT_FACTS)


class TestInbound:
    def test_a_reply_is_inbound_and_answered_with_nothing_to_say(self) -> None:
        received = receive(text_call("See you at 5! Don't stop."))
        (receipt,) = received.receipts
        assert (receipt.kind, receipt.address, receipt.text) == ("inbound", NUMBER, "See you at 5! Don't stop.")
        assert (receipt.channel, receipt.code, receipt.key) == ("sms", "", "")
        assert received.answer.status == 200  # type: ignore[union-attr]
        assert received.answer.headers["Content-Type"] == "text/xml"  # type: ignore[union-attr]
        assert received.answer.body.endswith(b"<Response/>")  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("text", "told", "kinds", "refused"),
        [
            ("STOP", "STOP", ["unsubscribed", "inbound"], True),
            ("Adios", "STOP", ["unsubscribed", "inbound"], True),
            ("START", "START", ["subscribed", "inbound"], False),
            ("HELP", "HELP", ["inbound"], False),
            ("STOP", "", ["unsubscribed", "inbound"], False),
            ("stop please", "NEWTYPE", ["unsubscribed", "inbound"], False),
            ("arrêt svp", "", ["unsubscribed", "inbound"], False),
            ("OPT OUT", "", ["unsubscribed", "inbound"], False),
            ("don't stop", "", ["inbound"], False),
            ("start", "", ["subscribed", "inbound"], False),
            ("help", "", ["inbound"], False),
        ],
    )
    def test_keywords(self, text: str, told: str, kinds: list[str], refused: bool) -> None:
        receipts = receive(text_call(text, **({"OptOutType": told} if told else {}))).receipts
        assert [receipt.kind for receipt in receipts] == kinds
        assert receipts[0].refused is refused
        assert {(r.address, r.text) for r in receipts} == {(NUMBER, text)}
        assert len({receipt.id for receipt in receipts}) == len(receipts)
        wishes = {"unsubscribed": "stop", "subscribed": "start", "inbound": "" if "'" in text else "help"}
        assert {receipt.code for receipt in receipts} == {wishes[kinds[0]]}

    def test_the_hosts_words(self) -> None:
        provider = twilio(keywords={"stop": ["finito"], "without": ["cancel"]})
        assert [r.kind for r in receive(text_call("Finito!"), provider).receipts] == ["unsubscribed", "inbound"]
        assert [r.kind for r in receive(text_call("cancel"), provider).receipts] == ["inbound"]

    def test_a_button_is_a_text_and_another_channel_keeps_its_name(self) -> None:
        (receipt,) = receive(text_call("", ButtonText="Later", From=f"whatsapp:{NUMBER}")).receipts
        assert (receipt.text, receipt.channel, receipt.address) == ("Later", "whatsapp", NUMBER)

    def test_the_form_is_decoded_once(self) -> None:
        (receipt,) = receive(text_call("50 % + 1 &amp; 😀\n%41")).receipts
        assert receipt.text == "50 % + 1 &amp; 😀\n%41"

    def test_receipts_go_to_json(self) -> None:
        assert json.dumps(dict(receive(text_call("é")).receipts[0].raw))
