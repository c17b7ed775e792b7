"""The codec of OVHcloud SMS against its documentation (pages in its docstring)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.providers.phone import TO, Bench, PhoneConformance, by_sms
from tests.providers.suite import KEY, NOW, STAMP, context, one, received
from unichannel.core.messaging.content import Sms
from unichannel.core.words.instant import HOUR, MINUTE
from unichannel.errors import BadSignature, ConfigurationError, MalformedWebhook
from unichannel.ports import Outbound, Outcome, Request
from unichannel.providers import Ovh
from unichannel.providers.ovh import CODES, SETTLING
from unichannel.testing.conformance.provider import converse

BENCH = Bench(by_sms(since=NOW))
TAG = hashlib.sha256(KEY.encode()).hexdigest()[:16]
HOOK = "https://app.example.com/hooks/ovh?token=the-token"


def ovh(**settings: Any) -> Ovh:
    given = {"sender": "MyCompany", "tokens": "the-token", **settings}
    return Ovh("sms-ab12345-1", "the-application", "the-secret", "the-consumer", **given)


def report(ptt: str, id: str = "26929925", url: str = HOOK) -> Request:
    more = f"id={id}&ptt={ptt}&date=20261122120000&description=1&descriptionDlr=x"
    return Request("GET", f"{url}&{more}")


def answer(valid: Sequence[str] = (TO,), invalid: Sequence[str] = ()) -> httpx.Response:
    """The answer of "Sending SMS with the OVHcloud API in PHP"."""
    told = {"totalCreditsRemoved": 1, "invalidReceivers": list(invalid), "validReceivers": list(valid)}
    return httpx.Response(200, json={**told, "ids": [26929925] if valid else []})


def refused(status: int, code: str = "", message: str = "about it") -> httpx.Response:
    return httpx.Response(status, json={"errorCode": code, "httpCode": str(status), "message": message})


class TestConformance(PhoneConformance):
    make = staticmethod(ovh)
    turned = ("tokens", "the-token", "new")
    signs_body = False
    hidden = ("the-secret", "the-consumer", "the-token")

    @pytest.fixture
    def outbound(self) -> Outbound:
        """Just sent: an empty list proves nothing yet."""
        return BENCH.outbound

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return answer()

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return answer((), (TO,))

    @pytest.fixture
    def finding(self) -> httpx.Response:
        return httpx.Response(200, json=[26929925])

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (report("999"), ["unknown"]),
            (report("3"), ["sent"]),
            (report("4"), ["delivered"]),
            (report("23"), ["bounced"]),
        )


def test_the_request_is_the_documented_one_and_signed() -> None:
    (request,) = BENCH.requests(ovh())
    url = "https://eu.api.ovh.com/1.0/sms/sms-ab12345-1/jobs"
    assert (request.method, str(request.url)) == ("POST", url)
    assert json.loads(request.content) == {
        "message": "Good day, Ada",
        "receivers": [TO],
        "charset": "UTF-8",
        "coding": "7bit",
        "noStopClause": False,
        "priority": "high",
        "tag": TAG,
        "sender": "MyCompany",
    }
    whole = f"the-secret+the-consumer+POST+{url}+{request.content.decode()}+{STAMP}"
    assert request.headers["X-Ovh-Signature"] == "$1$" + hashlib.sha1(whole.encode()).hexdigest()  # noqa: S324
    named = ("X-Ovh-Application", "X-Ovh-Consumer", "X-Ovh-Timestamp")
    assert [request.headers[name] for name in named] == ["the-application", "the-consumer", STAMP]


def test_a_text_beyond_gsm_goes_as_unicode() -> None:
    """P35: ç is none of the GSM alphabet's letters."""
    assert BENCH.asked_json(ovh(), content=Sms("Ça va à Noël ?"))["coding"] == "8bit"
    assert BENCH.asked_json(ovh(), content=Sms("é à ù € [ ]"))["coding"] == "7bit"


def test_the_mention_of_stop_is_for_marketing() -> None:
    assert BENCH.asked_json(ovh(), purpose="transactional")["noStopClause"] is True
    assert BENCH.asked_json(ovh(stop=True), purpose="transactional")["noStopClause"] is False
    assert BENCH.asked_json(ovh(stop=False))["noStopClause"] is True


def test_it_is_kept_no_longer_than_it_is_worth_something() -> None:
    assert BENCH.asked_json(ovh(), expires=NOW + 90 * MINUTE)["validityPeriod"] == 90
    assert BENCH.asked_json(ovh(), expires=NOW + 100 * HOUR)["validityPeriod"] == 2880
    assert BENCH.asked_json(ovh(), expires=NOW)["validityPeriod"] == 1


def test_without_a_sender_a_short_number_may_be_answered_to() -> None:
    told = BENCH.asked_json(ovh(sender=""))
    assert (told["senderForResponse"], "sender" in told) == (True, False)
    assert BENCH.asked_json(ovh(sender=""), content=Sms("Hi", sender="Ours"))["sender"] == "Ours"


def test_an_api_users_jobs_are_its_own() -> None:
    (request,) = BENCH.requests(ovh(user="a b/c"))
    assert request.url.raw_path.decode() == "/1.0/sms/sms-ab12345-1/users/a%20b%2Fc/jobs"


def test_refusals_mean_what_the_table_says() -> None:
    BENCH.outcomes(
        ovh(),
        {
            "no number": (answer((), (TO,)), "failed", ""),
            "rights": (refused(403, "NOT_GRANTED_CALL", "This call has not been granted"), "mend", ""),
            "key": (refused(403, "INVALID_KEY"), "mend", ""),
            "consumer": (refused(403, "INVALID_CREDENTIAL"), "mend", ""),
            "signature": (refused(400, "INVALID_SIGNATURE", "Invalid signature"), "mend", ""),
            "application": (httpx.Response(403, json={"class": "Client::Forbidden", "message": "x"}), "mend", ""),
            "account": (httpx.Response(404, json={"message": "The requested object does not exist"}), "mend", ""),
            "credits": (refused(400, "", "Not enough credits"), "mend", ""),
            "sender": (refused(400, "", "Sender MyCompany not found"), "mend", ""),
            "message": (refused(400, "", "Missing parameter(s): message"), "failed", ""),
            "slow": (refused(400, "QUERY_TIME_OUT"), "in_doubt", ""),
            "often": (refused(429), "retry", ""),
            "broken": (refused(500), "in_doubt", ""),
            "away": (refused(503), "retry", ""),
            "yes without an id": (httpx.Response(200, json={"ids": []}), "in_doubt", ""),
        },
    )
    assert "clock" in BENCH.sent(ovh(), refused(400, "INVALID_SIGNATURE")).reason


def looked_up(now: int, *answers: httpx.Response) -> tuple[Outcome | None, list[str]]:
    waiting = list(answers)
    outcome, asked = converse(ovh().look_up(BENCH.outbound, context(now=now)), lambda _: waiting.pop(0))
    assert all(request.headers["X-Ovh-Signature"].startswith("$1$") for request in asked)
    return outcome, [request.url.raw_path.decode().rpartition("/")[2] for request in asked]


def test_a_doubtful_send_is_looked_up_by_its_tag() -> None:
    later, nothing = NOW + SETTLING, httpx.Response(200, json=[])
    found, asked = looked_up(NOW, httpx.Response(200, json=[5, 6]))
    assert (found.kind if found else "", found.provider_id if found else "") == ("accepted", "5")
    assert asked == [f"outgoing?tag={TAG}"]
    assert looked_up(later, nothing, nothing) == (None, [f"outgoing?tag={TAG}", "jobs"])
    for now, answers, code in (
        (later - 1, (nothing,), "too_early"),
        (later, (nothing, httpx.Response(200, json=[7])), "waiting"),
        (later, (nothing, httpx.Response(500)), "waiting"),
        (later, (httpx.Response(403, json=[]),), "look_up_failed"),
    ):
        outcome, _ = looked_up(now, *answers)
        assert (outcome.kind if outcome else "", outcome.code if outcome else "") == ("in_doubt", code)


@pytest.mark.parametrize("ptt", sorted(CODES))
def test_each_code_has_its_kind(ptt: str) -> None:
    found = one(ovh(), report(ptt))
    assert (found.kind, found.code, found.provider_id, found.id) == (CODES[ptt][0], ptt, "26929925", f"26929925:{ptt}")
    assert found.address_dead == (ptt == "23")
    assert "the-token" not in str(found.raw)


def test_a_callback_is_read_however_the_query_is_added() -> None:
    behind = Request("GET", f"{HOOK}?id=1&ptt=4&date=x")
    assert one(ovh(), behind).kind == "delivered"
    for probe in (Request("GET", HOOK), Request("HEAD", f"{HOOK}&id=1&ptt=4")):
        assert received(ovh(), probe).receipts == ()
    with pytest.raises(MalformedWebhook):
        one(ovh(), report("4", id=""))
    for url in ("https://app.example.com/hooks/ovh?x=y", HOOK[:-1], HOOK + "x"):
        with pytest.raises(BadSignature):
            one(ovh(), report("4", url=url))
    with pytest.raises(BadSignature):
        one(ovh(tokens=()), report("4"))


def test_it_reports_what_is_set_up() -> None:
    assert ovh().abilities.reports == {"delivered", "bounced"}
    assert ovh(tokens=()).abilities.reports == set()
    with pytest.raises(ConfigurationError):
        Ovh("", "a", "b", "c")
    with pytest.raises(ConfigurationError):
        ovh(tokens=[""])
