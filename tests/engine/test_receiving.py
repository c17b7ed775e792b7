"""E-mail services through an engine: what is sent, what comes back, and what it changes (P46, P48)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.mail import basic
from tests.providers.test_ses import CERTIFICATE_URL, CONFIRM_URL, PEM, TOPIC, sns
from unichannel import Category, Email, Engine, MemoryStore, Message, Profile, Request, SqlStore, consent
from unichannel.core.words.instant import SECOND
from unichannel.errors import BadSignature, MalformedWebhook, UnavailableError
from unichannel.ports import Store
from unichannel.ports.receiving import MAX_BODY
from unichannel.providers import Postmark, Resend, SendGrid, Ses
from unichannel.providers._shared.signing import sign_standard, standard_secret
from unichannel.testing import ManualClock

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
API = "https://api.resend.com/emails"
EMAIL = Email("Welcome", text="Hello", html="<p>Hello</p>")
WELCOME, NEWS = Message("welcome", EMAIL, category="welcome"), Message("news", EMAIL, category="news")
CATEGORIES = [Category("welcome", purpose="transactional"), Category("news")]
HOOK = "https://app.example.com/hooks/resend"


class Live:
    """An engine that sends to Ada by Resend, and hears from it."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock = store, ManualClock()
        provider = Resend("re_key", sender="a@example.org", secrets=SECRET)
        self.engine = Engine(store, categories=CATEGORIES, clock=self.clock, routes={"email": provider})
        self.engine.migrate()
        self.engine.identify(Profile("ada", email="ada@example.com", consents=CONSENTS))

    def send(self, message: Message = WELCOME) -> str:
        """The key that the provider was given, "" where it was not called."""
        with respx.mock(assert_all_called=False) as router:
            route = router.post(API).mock(return_value=httpx.Response(200, json={"id": "their-id"}))
            self.engine.send("ada", message, at_once=True)
        return str(route.calls.last.request.headers["Idempotency-Key"]) if route.called else ""

    def call(self, kind: str, key: str, minute: int = 0, **more: Any) -> Request:
        """One of Resend's calls, signed now; it names the same event however often it comes."""
        data = {"email_id": "their-id", "to": ["ada@example.com"], "tags": {"unichannel_key": key}, **more}
        event = {"type": f"email.{kind}", "created_at": f"2030-01-08T10:{minute:02}:00Z", "data": data}
        return self.signed(json.dumps(event).encode(), f"msg_{kind}_{minute}")

    def signed(self, body: bytes, id: str = "msg_1") -> Request:
        stamp = str(self.clock.now() // SECOND)
        signature = sign_standard(standard_secret(SECRET), id, stamp, body)
        return Request("POST", HOOK, {"svix-id": id, "svix-timestamp": stamp, "svix-signature": signature}, body)

    def hear(self, *calls: Request) -> None:
        for call in calls:
            assert self.engine.receive("resend", call).status == 200

    def pass_time(self, seconds: int) -> None:
        self.clock.set(self.clock.now() + seconds * SECOND)

    def deliveries(self) -> list[tuple[str, dict[str, int]]]:
        history = self.store.transact(lambda session: session.history("ada"))
        assert history is not None
        return [(one.status, one.facts) for one in history.deliveries]


CONSENTS = consent("email", purpose="marketing", source="form", wording="v1")


@pytest.fixture(params=["memory", "sqlite"])
def live(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Live]:
    made = Live(MemoryStore() if request.param == "memory" else SqlStore(f"sqlite:///{tmp_path}/app.db"))
    with made.engine:
        yield made


def test_a_delivery_is_found_by_our_key_and_shows_what_is_told(live: Live) -> None:
    key = live.send()
    live.pass_time(7200)
    live.hear(live.call("delivered", key, 1), live.call("clicked", key, 2, click={"link": "https://example.com/a"}))
    live.engine.run_due()
    ((status, facts),) = live.deliveries()
    assert status == "clicked"
    assert {"accepted", "delivered", "clicked"} <= set(facts)


def test_one_without_our_key_is_found_by_the_provider_s_id(live: Live) -> None:
    live.send()
    live.hear(live.call("delivered", "", 1))
    live.engine.run_due()
    assert live.deliveries()[0][0] == "delivered"


def test_a_doubtful_send_is_settled_by_its_receipt(live: Live) -> None:
    """A time-out never means "not accepted"; the receipt says that it was."""
    with respx.mock:
        route = respx.post(API).mock(side_effect=httpx.ReadTimeout)
        live.engine.send("ada", WELCOME, at_once=True)
    key = route.calls.last.request.headers["Idempotency-Key"]
    assert {call.request.headers["Idempotency-Key"] for call in route.calls} == {key}
    assert live.deliveries()[0][0] == "in_doubt"
    live.hear(live.call("sent", key, 1))
    live.engine.run_due()
    assert live.deliveries()[0][0] == "sent"


@pytest.mark.parametrize(
    ("kind", "more", "goes"),
    [
        ("bounced", {"bounce": {"type": "Permanent", "subType": "General"}}, {"welcome": False, "news": False}),
        ("bounced", {"bounce": {"type": "Transient", "subType": "MailboxFull"}}, {"welcome": True, "news": True}),
        ("suppressed", {}, {"welcome": False, "news": False}),
        ("complained", {}, {"welcome": True, "news": False}),
    ],
)
def test_what_is_told_of_the_address_counts_at_once(live: Live, kind: str, more: Any, goes: dict[str, bool]) -> None:
    """A hard bounce stops everything, as does the provider's refusal; a complaint stops marketing."""
    key = live.send()
    live.hear(live.call(kind, key, 1, **more))
    assert {"welcome": bool(live.send()), "news": bool(live.send(NEWS))} == goes


def test_an_event_nobody_knows_is_kept_out_of_the_way(live: Live) -> None:
    key = live.send()
    live.hear(live.call("levitated", key), live.signed(b"[1, null, {}]"), live.signed(b"17"))
    live.engine.run_due()
    assert live.deliveries()[0][0] == "accepted"


AWKWARD = (
    b'{"type": "email.delivered\\u0000", "data": {"to": ["\\ud83d\\u0000"], "n": 1e999, '
    b'"tags": {"unichannel_key": "\\udead"}}}'
)


def test_what_no_store_could_keep_is_refused_or_kept(live: Live) -> None:
    """A receipt keeps the payload as it came, so whatever JSON may say has to fit into the store."""
    with suppress(MalformedWebhook):
        live.hear(live.signed(AWKWARD))
    live.engine.run_due()


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[" * 200_000, b"NaN", b"9" * 10_000, b'{"data": "x"'])
def test_what_cannot_be_read_is_refused_and_nothing_is_kept(live: Live, body: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        live.engine.receive("resend", live.signed(body))


def test_a_body_of_fifty_megabytes_is_not_even_verified(live: Live) -> None:
    with pytest.raises(MalformedWebhook):
        live.engine.receive("resend", replace(live.signed(b""), body=b"x" * 50_000_000))
    assert MAX_BODY < 50_000_000


def test_an_old_call_is_refused_by_the_engine_s_own_clock(live: Live) -> None:
    call = live.call("complained", live.send())
    live.pass_time(301)
    with pytest.raises(BadSignature):
        live.engine.receive("resend", call)


KINDS = ("sent", "delivered", "delivery_delayed", "opened", "clicked", "bounced", "complained")


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_any_order_and_repetition_of_receipts_ends_in_one_state(data: st.DataObject) -> None:
    """P48, from the provider's calls to the store: with passes in between, or none."""
    told = data.draw(
        st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 3)), min_size=1, max_size=6, unique=True)
    )
    live = Live(MemoryStore())
    with live.engine:
        keys = [live.send() for _ in range(4)]
        live.pass_time(7200)
        for key in keys:
            for kind, minute in told if key == keys[0] else data.draw(shuffled(told)):
                live.hear(live.call(kind, key, minute))
                if data.draw(st.booleans()):
                    live.engine.run_due()
        live.engine.run_due()
        ends = live.deliveries()
    assert ends[1:] == ends[:-1]


def shuffled(told: Sequence[tuple[str, int]]) -> st.SearchStrategy[list[tuple[str, int]]]:
    """The same calls in another order, some of them twice."""
    doubled = st.lists(st.sampled_from(told), max_size=3)
    return doubled.flatmap(lambda more: st.permutations([*told, *more]))


def test_an_sns_subscription_is_confirmed_over_http() -> None:
    """The certificate is fetched once, the confirmation is a GET, and a failure is asked for again."""
    clock = ManualClock()
    ses = Ses("us-east-1", ("AKID", "secret"), sender="a@example.org", topics=TOPIC)
    body = sns("You have chosen …", "SubscriptionConfirmation", Token="t", SubscribeURL=CONFIRM_URL)
    request = Request("POST", "https://app.example.com/hooks/ses", {}, json.dumps(body).encode())
    with Engine(MemoryStore(), clock=clock, routes={"email": ses}) as engine, respx.mock:
        certificate = respx.get(CERTIFICATE_URL).mock(return_value=httpx.Response(200, content=PEM))
        confirm = respx.get(CONFIRM_URL).mock(return_value=httpx.Response(200, text="<ConfirmSubscriptionResponse/>"))
        assert [engine.receive("ses", request).status for _ in range(2)] == [200, 200]
        assert (certificate.call_count, confirm.call_count) == (1, 2)
        confirm.mock(return_value=httpx.Response(404))
        with pytest.raises(UnavailableError):
            engine.receive("ses", request)


def test_a_batch_of_one_service_and_a_login_of_another() -> None:
    """Several services of one channel: each hears under its own name (P33)."""
    routes = [SendGrid("key", sender="a@example.org"), Postmark("token", sender="a@example.org", logins="u:p")]
    with Engine(MemoryStore(), clock=ManualClock(), routes={"email": routes}) as engine:
        body = json.dumps({"RecordType": "Delivery", "MessageID": "x"}).encode()
        request = Request("POST", HOOK, {"Authorization": basic("u:p")}, body)
        assert engine.receive("postmark", request).status == 200
        for name, wrong in (("sendgrid", request), ("postmark", replace(request, headers={}))):
            with pytest.raises(BadSignature):
                engine.receive(name, wrong)
        assert base64.b64encode(b"u:p").decode() not in repr(request)


def test_a_refusal_by_one_service_goes_to_the_next_at_once() -> None:
    """P33: wrong credentials of one do not keep a message that another could send."""
    first = Postmark("wrong", sender="a@example.org")
    second = Resend("re_key", sender="a@example.org", secrets=SECRET)
    with Engine(MemoryStore(), categories=CATEGORIES, clock=ManualClock(), routes={"email": [first, second]}) as engine:
        engine.migrate()
        engine.identify(Profile("ada", email="ada@example.com"))
        with respx.mock:
            refused = respx.post("https://api.postmarkapp.com/email")
            refused.mock(
                return_value=httpx.Response(401, json={"ErrorCode": 10, "Message": "Bad or missing API token"})
            )
            taken = respx.post(API).mock(return_value=httpx.Response(200, json={"id": "x"}))
            engine.send("ada", WELCOME, at_once=True)
            engine.run_due()
        assert (refused.call_count, taken.call_count) == (1, 1)
