"""Our own tracking: hits, one-click unsubscribe, and bounces as real servers write them."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from unichannel.core.messaging.link import message_id
from unichannel.errors import BadSignature, ConfigurationError, MalformedWebhook
from unichannel.ports import Answer, Choices, Context, Receipt, Received, Receiver, Redirect, Request, Unsubscribing
from unichannel.providers.tracking import Machines, Tracking

KEY = "Abcdefghij_lmnopqrst-vwx"
NOW = 1_780_000_000_000_000
BASE = "https://go.example.com/u"
tracking = Tracking(BASE, keys=["a key of sixteen bytes or more"])


def receive(request: Request, codec: Receiver = tracking, now: int = NOW) -> Received:
    conversation = codec.receive(request, Context(now, bytes))
    with pytest.raises(StopIteration) as stopped:
        next(conversation)
    return stopped.value.value


def hit(url: str, method: str = "GET", body: bytes = b"", **headers: str) -> Received:
    return receive(Request(method, url, {name.replace("_", "-"): value for name, value in headers.items()}, body))


def click(place: int = 0) -> str:
    made = tracking.linker(KEY)
    return [made.link(f"https://shop.example/{n}") for n in range(place + 1)][place]


pixel = tracking.linker(KEY).pixel()
unsubscribe = tracking.linker(KEY).unsubscribe()


# Hits.


def test_a_click_is_a_receipt_and_a_redirect_to_its_ordinal() -> None:
    heard = hit(click(2))
    assert heard.answer == Redirect(KEY, 2)
    (receipt,) = heard.receipts
    assert (receipt.kind, receipt.key, receipt.link, receipt.occurred) == ("clicked", KEY, 2, NOW)
    assert not receipt.machine


@pytest.mark.parametrize("extra", ["?url=https://evil.example", "?u=//evil.example#x", "#https://evil.example"])
def test_p37_no_url_of_the_request_is_ever_redirected_to(extra: str) -> None:
    """P37: the click link is an open redirect."""
    heard = hit(click() + extra, Referer="https://evil.example", Host="evil.example")
    assert heard.answer == Redirect(KEY, 0)
    assert "evil" not in repr(heard)


@pytest.mark.parametrize(
    "url",
    [BASE, f"{BASE}/", f"{click()}x", click()[:-1], f"{click()}/https://evil.example", click().replace("/c", "/o")],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_p37_a_token_that_is_not_ours_is_refused(url: str, method: str) -> None:
    with pytest.raises(BadSignature):
        hit(url, method)


def test_an_open_is_a_receipt_and_a_picture_that_nobody_keeps() -> None:
    heard = hit(pixel)
    assert [(receipt.kind, receipt.key, receipt.link) for receipt in heard.receipts] == [("opened", KEY, None)]
    assert isinstance(heard.answer, Answer)
    assert heard.answer.body.startswith(b"GIF89a\x01\x00\x01\x00")
    assert heard.answer.body.endswith(b";")
    assert heard.answer.headers["Content-Type"] == "image/gif"
    assert "no-store" in heard.answer.headers["Cache-Control"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", [{}, {"User-Agent": "Barracuda Sentinel"}, {"Sec-Purpose": "prefetch"}])
def test_p37_a_scanner_that_fetches_unsubscribes_nobody(method: str, headers: dict[str, str]) -> None:
    """P37 and law:E4: a GET shows a page that asks, and tells nothing."""
    heard = receive(Request(method, unsubscribe, headers))
    assert heard.receipts == ()
    assert isinstance(heard.answer, Unsubscribing)
    assert heard.answer.wish is None
    shown = heard.answer.show(Choices("email", scopes=("everything",)))
    assert shown.status == 200
    assert b'<form method="post">' in shown.body


@pytest.mark.parametrize("named", ["", 7, {}, {"de": "Neues"}, {"en": ""}, {"en": 7}])
def test_a_topic_without_a_name_is_an_error_at_once(named: Any) -> None:
    with pytest.raises(ConfigurationError, match="news"):
        Tracking(BASE, keys=["a key of sixteen bytes or more"], topics={"news": named})


@pytest.mark.parametrize("kind", "uy")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_person_with_a_link_that_is_not_ours_is_told_so(kind: str, method: str) -> None:
    for url in (click().replace("/c", f"/{kind}"), tracking.linker(KEY).unsubscribe()[:-3]):
        heard = hit(url, method, b"scope=everything", Accept_Language="fr")
        assert heard.receipts == ()
        assert isinstance(heard.answer, Answer)
        assert heard.answer.status == 404
        assert "Rien n'a été changé" in heard.answer.body.decode()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--',
        ),
    ],
)
def test_one_click_unsubscribes_without_a_redirect(kind: str, body: bytes) -> None:
    """law:E3."""
    heard = hit(unsubscribe, "POST", body, Content_Type=kind)
    assert [(receipt.kind, receipt.key) for receipt in heard.receipts] == [("unsubscribed", KEY)]
    assert isinstance(heard.answer, Unsubscribing)
    answer = heard.answer.show(Choices("email", said="unsubscribed"))
    assert answer.status == 200
    assert "Location" not in answer.headers
    assert b"You are unsubscribed." in answer.body


@pytest.mark.parametrize("url", [click(), pixel, unsubscribe])
def test_head_gets_the_same_answer_and_leaves_no_receipt(url: str) -> None:
    assert hit(url, "HEAD") == Received((), hit(url).answer)


@pytest.mark.parametrize(
    ("url", "method"), [(click(), "POST"), (pixel, "POST"), (unsubscribe, "PUT"), (click(), "OPTIONS")]
)
def test_other_methods_do_nothing(url: str, method: str) -> None:
    heard = hit(url, method)
    assert heard.receipts == ()
    assert isinstance(heard.answer, Answer)
    assert heard.answer.status == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"sec-purpose": "prefetch;anonymous-client-ip"},
        {"Purpose": "prefetch"},
        {"X-Purpose": "preview"},
        {"X-moz": "prefetch"},
        {"User-Agent": "Mozilla/5.0"},
        {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"},
    ],
)  # fmt: skip
def test_p34_what_a_machine_fetches_ahead_is_marked(headers: dict[str, str]) -> None:
    """P34: opens by privacy proxies and clicks by security gateways count as people."""
    for url in (pixel, click()):
        (receipt,) = receive(Request("GET", url, headers)).receipts
        assert receipt.machine


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    ],
)
def test_what_a_person_opens_is_not(agent: str) -> None:
    (receipt,) = hit(pixel, User_Agent=agent).receipts
    assert not receipt.machine


def seen_by(machines: Machines, url: str = pixel, client: str = "", **headers: str) -> bool:
    request = Request("GET", url, {name.replace("_", "-"): value for name, value in headers.items()}, client=client)
    return receive(request, Tracking(BASE, tracking.keys, machines)).receipts[0].machine


@pytest.mark.parametrize(
    "agent",
    [
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Barracuda Sentinel (EE)",
    ],
)
def test_p34_what_says_that_it_is_a_machine_is_one(agent: str) -> None:
    assert seen_by(Machines(), click(), User_Agent=agent)


def test_p34_a_host_adds_user_agents() -> None:
    machines = Machines(agents=["AcmeScanner"])
    assert seen_by(machines, User_Agent="Mozilla/5.0 (compatible; acmescanner/2)")
    assert not seen_by(machines, User_Agent="Mozilla/5.0 (compatible; Other/2)")
    assert not seen_by(machines)
    assert seen_by(machines, User_Agent="Mozilla/5.0")  # what is built in still holds


@pytest.mark.parametrize(
    ("client", "is_machine"),
    [
        ("198.51.100.7", True),
        ("::ffff:198.51.100.7", True),
        ("2001:db8::1", True),
        ("198.51.101.7", False),
        ("2001:db9::1", False),
        ("", False),
        ("testclient", False),
    ],
)
def test_p34_a_host_adds_networks(client: str, is_machine: bool) -> None:
    machines = Machines(networks=["198.51.100.0/24", "2001:db8::/32"])
    assert seen_by(machines, client=client) is is_machine


def test_p34_a_host_adds_a_function_of_plain_values() -> None:
    told: list[Mapping[str, Any]] = []

    def rule(about: Mapping[str, Any]) -> bool:
        told.append(about)
        return about["link"] == 1

    machines = Machines(rule=rule)
    assert seen_by(machines, click(1), "192.0.2.1", User_Agent="Browser")
    assert not seen_by(machines, click(0))
    assert not seen_by(machines, pixel)
    assert [(one["kind"], one["link"], one["client"], one["agent"]) for one in told] == [
        ("clicked", 1, "192.0.2.1", "Browser"),
        ("clicked", 0, "", ""),
        ("opened", None, "", ""),
    ]
    assert told[0]["headers"] == {"user-agent": "Browser"}
    assert told[0]["key"] == KEY
    assert told[0]["now"].timestamp() == NOW / 1e6


def test_a_rule_that_breaks_costs_nobody_a_link() -> None:
    heard = receive(Request("GET", click()), Tracking(BASE, tracking.keys, Machines(rule=lambda about: 1 / 0 > 0)))
    assert heard.answer == Redirect(KEY, 0)
    assert not heard.receipts[0].machine


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"agents": [""]}, "empty user agent"),
        ({"agents": ["x", " "]}, "empty user agent"),
        ({"networks": ["198.51.100.7/24"]}, "no network"),
        ({"networks": ["example.com"]}, "no network"),
        ({"rule": "AcmeScanner"}, "no function"),
    ],
)
def test_signals_that_cannot_work_are_refused_when_they_are_given(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        Machines(**wrong)


def test_the_same_hit_at_the_same_instant_has_one_id_and_no_other() -> None:
    def ids(url: str, now: int) -> str:
        return receive(Request("GET", url), now=now).receipts[0].id

    assert ids(click(), NOW) == ids(click(), NOW)
    assert len({ids(click(), NOW), ids(click(), NOW + 1), ids(click(1), NOW), ids(pixel, NOW)}) == 4


def test_old_keys_are_still_believed_and_the_first_signs() -> None:
    rotated = Tracking(BASE, keys=["a new key of sixteen bytes", "a key of sixteen bytes or more"])
    assert receive(Request("GET", pixel), rotated).receipts[0].key == KEY
    with pytest.raises(BadSignature):
        hit(rotated.linker(KEY).pixel())


def test_it_says_what_it_reports_and_shows_no_key() -> None:
    assert tracking.name == "tracking"
    assert tracking.abilities.reports == {"opened", "clicked", "bounced", "unsubscribed"}
    assert "sixteen" not in repr(tracking)
    assert pickle.loads(pickle.dumps(tracking)) == tracking  # noqa: S301


def test_the_headers_are_those_of_rfc_8058() -> None:
    """law:E1 and law:E2."""
    assert tracking.headers(KEY, "marketing") == (
        ("List-Unsubscribe", f"<{unsubscribe}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
    assert tracking.headers(KEY, "transactional") == ()
    assert Tracking("http://localhost:8000/u", keys=["x" * 16]).headers(KEY, "marketing") == ()


@pytest.mark.parametrize(
    ("base", "keys"),
    [(BASE, []), (BASE, ["short"]), (BASE, "short"), ("ftp://x", ["x" * 16]), ("https://x/?a", ["x" * 16])],
)
def test_a_wrong_configuration_is_refused(base: str, keys: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Tracking(base, keys=keys)
    assert "short" not in str(caught.value).replace("shorter", "")


# Bounces.

OURS = message_id(KEY, "shop.example")

POSTFIX = f"""\
Return-Path: <>
Date: Mon, 02 Nov 2026 10:00:00 +0100 (CET)
From: MAILER-DAEMON@mx.shop.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces@shop.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F2A.1/mx.shop.example"
Message-Id: <20261102090000.4F2B@mx.shop.example>

This is a MIME-encapsulated message.

--4F2A.1/mx.shop.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4F2A.1/mx.shop.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.shop.example
X-Postfix-Queue-ID: 4F2A
X-Postfix-Sender: rfc822; bounces@shop.example
Arrival-Date: Mon, 02 Nov 2026 09:59:58 +0100 (CET)

Final-Recipient: rfc822; nobody@example.net
Original-Recipient: rfc822;nobody@example.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 <nobody@example.net>: Recipient address
    rejected: User unknown in virtual mailbox table

--4F2A.1/mx.shop.example
Content-Description: Undelivered Message
Content-Type: message/rfc822

Message-ID: {OURS}
From: Shop <hello@shop.example>
To: nobody@example.net
Subject: Welcome

Hello.

--4F2A.1/mx.shop.example--
"""

EXCHANGE = f"""\
From: <postmaster@contoso.example>
To: <bounces@shop.example>
Date: Mon, 2 Nov 2026 09:00:01 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9B095B5ADSN=_01D"
X-MS-Exchange-Organization-SCL: -1
Message-ID: <f1c2@contoso.example>
In-Reply-To: {OURS}
References: {OURS}
Subject: Undeliverable: Welcome
Auto-Submitted: auto-replied
MIME-Version: 1.0

--9B095B5ADSN=_01D
Content-Type: text/html; charset="us-ascii"

<p>The email address you entered couldn't be found.</p>

--9B095B5ADSN=_01D
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01.prod.exchangelabs.example
Received-From-MTA: dns;mail.shop.example
Arrival-Date: Mon, 2 Nov 2026 09:00:00 +0000

Final-Recipient: rfc822;gone@contoso.example
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient gone@contoso.example not found

--9B095B5ADSN=_01D--
"""

# After the example with several recipients in RFC 3464, appendix E.
SEVERAL = f"""\
Date: Thu, 7 Jul 1994 17:16:05 -0400
From: Mail Delivery Subsystem <MAILER-DAEMON@CS.EXAMPLE>
Message-Id: <199407072116.RAA14128@CS.EXAMPLE>
To: <owner@shop.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="RAA14128.773615765"

--RAA14128.773615765
Content-Type: message/delivery-status

Reporting-MTA: dns; cs.example

Original-Recipient: rfc822;a@cs.example
Final-Recipient: rfc822;a@cs.example
Action: DELAYED
Status: 4.0.0 (congestion)

Original-Recipient: rfc822;b@sdcc13.example
Final-Recipient: rfc822;b@sdcc13.example
Action: failed
Status: 5.7.1
Diagnostic-Code: smtp; 550 refused

Final-Recipient: rfc822;c@cs.example
Action: delivered
Status: 2.1.5

Final-Recipient: rfc822;d@cs.example
Action: relayed
Status: 2.0.0

Final-Recipient: rfc822;e@cs.example
Action: expanded
Status: 2.0.0

--RAA14128.773615765
Content-Type: text/rfc822-headers

From: hello@shop.example
X-Unichannel-Key: {KEY}
Message-Id: <rewritten-on-the-way@relay.example>

--RAA14128.773615765--
"""


def bounce(text: str, kind: str = "message/rfc822") -> tuple[Receipt, ...]:
    return hit(tracking.bounce_url, "POST", text.replace("\n", "\r\n").encode(), Content_Type=kind).receipts


def test_a_postfix_bounce_finds_its_delivery_and_kills_the_address() -> None:
    (receipt,) = bounce(POSTFIX)
    assert (receipt.kind, receipt.key, receipt.code, receipt.address_dead) == ("bounced", KEY, "5.1.1", True)
    assert (receipt.address, receipt.channel, receipt.occurred) == ("nobody@example.net", "email", NOW)
    assert "User unknown" in receipt.reason
    assert "nobody@" not in receipt.reason
    assert receipt.raw["Remote-MTA"] == "dns; mx.example.net"
    assert "nobody" not in repr(receipt)


def test_an_exchange_bounce_without_the_message_is_found_by_what_it_answers() -> None:
    (receipt,) = bounce(EXCHANGE)
    assert (receipt.kind, receipt.key, receipt.code, receipt.address_dead) == ("bounced", KEY, "5.1.10", True)


def test_each_recipient_has_a_receipt_of_its_own() -> None:
    receipts = bounce(SEVERAL)
    assert [(one.kind, one.code, one.address[:1]) for one in receipts] == [
        ("deferred", "4.0.0", "a"),
        ("bounced", "5.7.1", "b"),
        ("delivered", "2.1.5", "c"),
        ("delivered", "2.0.0", "d"),
        ("unknown", "2.0.0", "e"),
    ]
    assert {one.key for one in receipts} == {KEY}
    assert len({one.id for one in receipts}) == 5
    assert not any(one.address_dead for one in receipts)


@pytest.mark.parametrize(
    ("code", "dead"),
    [
        *((code, True) for code in ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10")),
        *((code, False) for code in ("5.1.0", "5.1.8", "5.2.1", "5.2.2", "5.7.1", "5.1.11", "4.1.1")),
    ],
)
def test_only_the_codes_that_say_so_kill_an_address(code: str, dead: bool) -> None:
    """RFC 3463 §3.2."""
    (receipt,) = bounce(POSTFIX.replace("Status: 5.1.1", f"Status: {code}"))
    assert receipt.address_dead is dead
    (late,) = bounce(POSTFIX.replace("Status: 5.1.1", f"Status: {code}").replace("Action: failed", "Action: delayed"))
    assert not late.address_dead


def test_a_second_copy_of_a_report_has_the_same_ids() -> None:
    first, second = (receive(_posted(POSTFIX), now=now).receipts[0].id for now in (NOW, NOW + 60_000_000))
    assert first == second
    assert first != bounce(POSTFIX.replace("20261102090000", "20261102090001"))[0].id


def _posted(text: str) -> Request:
    return Request("POST", tracking.bounce_url, {"content-type": "message/rfc822"}, text.encode())


def test_the_body_of_a_report_alone_is_read_by_its_content_type() -> None:
    body = POSTFIX[POSTFIX.index("This is a MIME") :]
    (receipt,) = bounce(body, 'multipart/report; report-type=delivery-status; boundary="4F2A.1/mx.shop.example"')
    assert (receipt.kind, receipt.key) == ("bounced", KEY)


def test_a_report_that_returns_nothing_is_known_by_its_envelope() -> None:
    """SMTP gave the server our key as ENVID (RFC 3461, 4.4), which comes back (RFC 3464, 2.2.1)."""
    alone = EXCHANGE.replace(f"In-Reply-To: {OURS}\nReferences: {OURS}\n", "")
    assert bounce(alone)[0].key == ""
    told = alone.replace("Reporting-MTA:", f"Original-Envelope-Id: {KEY}\nReporting-MTA:")
    assert bounce(told)[0].key == KEY


def test_returned_headers_may_be_encoded() -> None:
    headers = base64.encodebytes(f"Subject: x\nMessage-ID: {OURS}\n".encode()).decode()
    start = SEVERAL.index("Content-Type: text/rfc822-headers")
    text = SEVERAL[:start] + "Content-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n" + headers
    assert {one.key for one in bounce(text + "\n--RAA14128.773615765--\n")} == {KEY}


def test_somebody_elses_bounce_is_kept_under_its_own_id() -> None:
    (receipt,) = bounce(POSTFIX.replace(OURS, "<other@elsewhere.example>"))
    assert (receipt.key, receipt.provider_id) == ("", "<other@elsewhere.example>")


def test_a_key_that_is_none_is_not_believed() -> None:
    assert {one.key for one in bounce(SEVERAL.replace(KEY, "../../etc"))} == {""}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Subject: hello\n\nI am on holiday.\n",
        POSTFIX.replace("message/delivery-status", "text/plain"),
        POSTFIX.replace("Action: failed\n", ""),
        POSTFIX.replace("Final-Recipient", "X-Recipient"),
        "\x00\xff" * 50,
    ],
)
@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/report", "multipart/report; boundary=\r\nX: y"])
def test_what_is_no_report_is_malformed(text: str, kind: str) -> None:
    with pytest.raises(MalformedWebhook):
        bounce(text, kind)


@pytest.mark.parametrize("url", [f"{BASE}/b", BASE, click(), pixel, f"{BASE}/bAAAA"])
def test_p46_a_bounce_is_believed_only_at_the_bounce_url(url: str) -> None:
    forged = Request("POST", url, {"content-type": "message/rfc822"}, POSTFIX.encode())
    with pytest.raises(BadSignature):
        receive(forged)


def test_the_bounce_url_of_an_older_key_is_still_believed() -> None:
    rotated = Tracking(BASE, keys=["a new key of sixteen bytes", "a key of sixteen bytes or more"])
    assert receive(_posted(POSTFIX), rotated).receipts
