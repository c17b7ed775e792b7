"""Services for phones through an engine: what a token or a number is worth afterwards, and who is asked again."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import respx

from tests.providers.test_fcm import ACCOUNT, NAME, SENDS, TOKENS, error, fcm_error
from tests.providers.test_telnyx import PRIVATE, public
from unichannel import Category, Engine, MemoryStore, Message, Profile, Push, Request, Sms, consent
from unichannel.core.words.instant import MINUTE, SECOND
from unichannel.providers import Expo, Fcm, Ovh, Telnyx
from unichannel.testing import ManualClock

PUSHED = Message("shipped", Push("Shipped", "It is on its way"), category="shipped")
TEXTED = Message("shipped", Sms("It is on its way"), category="shipped")
NEWS = Message("news", Sms("New shoes"), category="news")
CATEGORIES = [Category("shipped", purpose="transactional"), Category("news")]
DEVICE, NUMBER = "ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]", "+33612345678"
TICKET = "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX"


def engine(clock: ManualClock, routes: Any, **address: str) -> Engine:
    made = Engine(MemoryStore(), categories=CATEGORIES, clock=clock, routes=routes, quiet_hours=None)
    made.migrate()
    consents = [entry for channel in routes for entry in consent(channel, purpose="marketing", source="form")]
    made.identify(Profile("ada", **address, consents=consents))  # type: ignore[arg-type]
    return made


@respx.mock
def test_a_device_that_expo_tells_gone_afterwards_gets_nothing_any_more() -> None:
    send = respx.post("https://exp.host/--/api/v2/push/send")
    send.mock(return_value=httpx.Response(200, json={"data": {"status": "ok", "id": TICKET}}))
    gone = {"status": "error", "message": f"{DEVICE} is not registered", "details": {"error": "DeviceNotRegistered"}}
    respx.post("https://exp.host/--/api/v2/push/getReceipts").mock(
        return_value=httpx.Response(200, json={"data": {TICKET: gone}})
    )
    expo = Expo(secrets="our own")
    with engine(ManualClock(), {"push": expo}, push=DEVICE) as made:
        made.send("ada", PUSHED, at_once=True)
        assert made.receive("expo", expo.ask([TICKET])).status == 200
        made.run_due()
        made.send("ada", PUSHED, at_once=True)
        made.run_due()
    assert send.call_count == 1


@respx.mock
def test_a_token_that_fcm_does_not_know_is_asked_for_once() -> None:
    granted = respx.post(TOKENS)
    granted.mock(return_value=httpx.Response(200, json={"access_token": "ya29", "expires_in": 3599}))
    send = respx.post(SENDS).mock(return_value=error(404, "NOT_FOUND", fcm_error("UNREGISTERED")))
    with engine(ManualClock(), {"push": Fcm(ACCOUNT)}, push="a-token") as made:
        made.send("ada", PUSHED, at_once=True)
        made.send("ada", PUSHED, at_once=True)
        made.run_due()
        made.identify(Profile("ada", push="another-token"))
        send.mock(return_value=httpx.Response(200, json={"name": NAME}))
        made.send("ada", PUSHED, at_once=True)
        made.run_due()
    told = [json.loads(call.request.content)["message"]["token"] for call in send.calls]
    assert told == ["a-token", "another-token"]
    assert granted.call_count == 1


@respx.mock
def test_a_doubtful_sms_is_looked_up_and_not_sent_again() -> None:
    """A time-out never means that it was not accepted (P33)."""
    clock = ManualClock()
    jobs = respx.post("https://eu.api.ovh.com/1.0/sms/sms-ab12345-1/jobs").mock(side_effect=httpx.ReadTimeout)
    outgoing = respx.get("https://eu.api.ovh.com/1.0/sms/sms-ab12345-1/outgoing")
    outgoing.mock(return_value=httpx.Response(200, json=[26929925]))
    with engine(clock, {"sms": Ovh("sms-ab12345-1", "a", "s", "c", sender="Shop")}, phone=NUMBER) as made:
        made.send("ada", TEXTED, at_once=True)
        for _ in range(8):
            clock.set(clock.now() + 5 * MINUTE)
            made.run_due()
    tag = json.loads(jobs.calls.last.request.content)["tag"]
    assert (jobs.call_count, outgoing.calls.last.request.url.params["tag"]) == (1, tag)


@respx.mock
def test_who_writes_stop_to_telnyx_is_written_to_no_more() -> None:
    clock = ManualClock()
    send = respx.post("https://api.telnyx.com/v2/messages")
    send.mock(return_value=httpx.Response(200, json={"data": {"id": "m1"}}))
    telnyx = Telnyx("key", sender="+18445550001", public_keys=public(PRIVATE))
    with engine(clock, {"sms": telnyx}, phone=NUMBER) as made:
        made.send("ada", NEWS, at_once=True)
        payload = {"id": "i1", "from": {"phone_number": NUMBER}, "text": "STOP", "autoresponse_type": "STOP"}
        body = json.dumps({"data": {"event_type": "message.received", "id": "e1", "payload": payload}}).encode()
        assert made.receive("telnyx", _signed(body, clock)).status == 200
        made.run_due()
        for message in (NEWS, TEXTED):  # Telnyx itself refuses the number from now on
            made.send("ada", message, at_once=True)
        made.run_due()
    assert send.call_count == 1


def _signed(body: bytes, clock: ManualClock) -> Request:
    stamp = str(clock.now() // SECOND)
    signature = base64.b64encode(PRIVATE.sign(f"{stamp}|".encode() + body)).decode()
    headers = {"telnyx-signature-ed25519": signature, "telnyx-timestamp": stamp}
    return Request("POST", "https://app.example.com/hooks/telnyx", headers, body)
