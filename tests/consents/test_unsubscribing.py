"""The unsubscribe page: how far somebody opts out, and which topics come by which channels (G2, G3, P37)."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unichannel import Category, Email, Journey, MemoryStore, Message, Push, Send, Sms, SqlStore, Tracking, days, on
from unichannel.consents import ConsentRules, consent, withdrawal
from unichannel.policies import Sender
from unichannel.ports import Answer, Request, Store
from unichannel.testing import Lab

TOPICS = ("newsletter", "coupons")
BASE = "https://example.com/u"
CHANNELS = ("email", "push", "sms")


def about(topic: str) -> Message:
    return Message(topic, Email(topic, text="…"), Sms(topic), Push(topic, "…"), category=topic)


def shop(store: Store | None = None, **how: Any) -> Lab:
    how = {"tracking": Tracking(BASE, keys=["k" * 32], topics={"coupons": {"fr": "Bons & remises"}}), **how}
    lab = Lab(
        store=store or MemoryStore(),
        country="GB",
        quiet_hours=None,
        categories=[Category("newsletter", topic="newsletter"), Category("coupons")],
        sender=Sender("Example <Shop>"),
        **how,
    )
    for topic in TOPICS:
        lab.add(
            Journey(
                topic, start=on(f"{topic}.published"), re_entry="after_end", steps=[Send(about(topic), via="email")]
            )
        )
    return lab


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else SqlStore(f"sqlite:///{tmp_path / 'page.db'}")


def meet(lab: Lab, *consents: Any, topic: str = "newsletter", **more: Any) -> str:
    """Ada gets a message, and its link."""
    known = {"email": "ada@example.com", "phone": "+447700900123", "push": "device", **more}
    lab.profile("ada", **known, consents=consents or consent(*CHANNELS))
    lab.track("ada", f"{topic}.published")
    return Tracking(BASE, keys=["k" * 32]).linker(lab.sent("ada")[-1].key).unsubscribe()


def visit(lab: Lab, url: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lab.engine.receive("tracking", Request(method, url, told, body, "203.0.113.9"))


class Page(HTMLParser):
    """The forms as a browser would send them: each a list of (name, value, type, whether it goes), and all words."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.forms: list[list[tuple[str, str, str, bool]]] = []
        self.words, self.open, self.unlabelled = "", list[str](), list[str]()
        self.feed(answer.body.decode())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        assert tag not in ("script", "style", "img", "link"), "nothing but plain HTML"
        assert not {"style", "onclick", "src"} & given.keys()
        if tag not in ("meta", "input"):
            self.open.append(tag)
        if tag == "form":
            assert given == {"method": "post"}
            self.forms.append([])
        if tag == "input":
            kind, name = str(given["type"]), str(given["name"])
            self.forms[-1].append((name, str(given["value"]), kind, kind == "hidden" or "checked" in given))
            if kind != "hidden" and "label" not in self.open:
                self.unlabelled.append(name)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def fields(self, number: int, on: Any = None) -> bytes:
        """A form's fields; ``on`` says which boxes are ticked, as they are by default."""
        sent = [
            (name, value) for name, value, kind, goes in self.forms[number] if kind == "hidden" or (on is None and goes)
        ]
        return urlencode([*sent, *[("on", one) for one in on or ()]]).encode()

    def ticked(self) -> set[str]:
        return {value for form in self.forms for name, value, _, goes in form if name == "on" and goes}


def left(lab: Lab) -> set[tuple[str, str]]:
    """Which topics still come, by which channels."""
    shown = lab.engine.preferences("ada")
    return {(topic, channel) for topic in TOPICS for channel, one in shown[topic].items() if one.allowed}


def held(lab: Lab) -> Any:
    """Everything that a visit may change."""

    def read(session: Any) -> Any:
        return session.entries_of("ada"), session.receipts(1 << 62, 99), session.history("ada").deliveries

    return lab.engine._calls.settings.store.transact(read)


EVERYTHING = {(topic, channel) for topic in TOPICS for channel in CHANNELS}


# what is shown


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_p37_a_visit_changes_nothing(store: Store, method: str) -> None:
    """P37, law:E4: scanners fetch links, also with the fields of a form in the URL."""
    lab = shop(store)
    url = meet(lab)
    before = held(lab)
    for asked in (url, f"{url}?scope=everything&List-Unsubscribe=One-Click"):
        assert visit(lab, asked, method, b"scope=everything").status == 200
    lab.run_due()
    assert held(lab) == before
    assert left(lab) == EVERYTHING


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en-GB", ["Messages from Example <Shop>", "newsletter (email)", "All marketing, by every way", "coupons"]),
        ("fr-CA", ["Messages de Example <Shop>", "Toute publicité par ce canal : e-mail", "Bons & remises", "SMS"]),
    ],
)
def test_the_page_is_plain_and_labelled_in_both_languages(language: str, words: list[str]) -> None:
    lab = shop()
    answer = visit(lab, meet(lab), Accept_Language=language)
    page = Page(answer)
    assert page.unlabelled == []
    assert page.open == []
    assert all(one in page.words for one in words)
    assert f'<html lang="{language[:2]}">'.encode() in answer.body
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert b"ada" not in answer.body
    assert [value for name, value, _, goes in page.forms[0] if goes] == ["topic"]
    assert page.ticked() == {f"{channel}/{topic}" for topic, channel in EVERYTHING}


def test_only_what_there_is_to_choose_is_offered() -> None:
    """Without topics of the host's no preference, without an address no channel; the host's scope is preset."""
    lab = Lab(tracking=Tracking(BASE, keys=["k" * 32]), consent=ConsentRules(unsubscribe="everything"))
    lab.add(
        Journey("newsletter", start=on("newsletter.published"), steps=[Send(Message("hello", Email("Hi", text="…")))])
    )
    page = Page(visit(lab, meet(lab)))
    assert [(value, goes) for _, value, _, goes in page.forms[0]] == [("channel", False), ("everything", True)]
    assert len(page.forms) == 1
    lab = shop()
    assert {one.partition("/")[0] for one in Page(visit(lab, meet(lab, phone=None))).ticked()} == {"email", "push"}


def test_a_channel_that_the_address_stopped_is_told_and_not_offered() -> None:
    lab = shop()
    url = meet(lab)
    lab.engine.suppress("sms", "+447700900123", scope="marketing", reason="stop")
    page = Page(visit(lab, url))
    assert {one.partition("/")[0] for one in page.ticked()} == {"email", "push"}
    assert "Stopped altogether: MMS, RCS, SMS." in page.words


# how far


@pytest.mark.parametrize(
    ("scope", "remains"),
    [
        ("topic", EVERYTHING - {("newsletter", "email")}),
        ("channel", {one for one in EVERYTHING if one[1] != "email"}),
        ("everything", set()),
    ],
)
@pytest.mark.parametrize("preset", ["topic", "everything"])
def test_it_goes_as_far_as_the_person_says(scope: str, remains: set[tuple[str, str]], preset: Any) -> None:
    lab = shop(consent=ConsentRules(unsubscribe=preset))
    url = meet(lab)
    answer = visit(lab, url, "POST", f"scope={scope}".encode(), User_Agent="Browser/1")
    assert answer.status == 200
    assert "You are unsubscribed." in Page(answer).words
    assert left(lab) == remains
    assert Page(answer).ticked() == {f"{channel}/{topic}" for topic, channel in remains}
    entry = lab.engine.prove("ada", "email", topic="newsletter").as_json()["entries"][-1]
    assert (entry["status"], entry["form"], entry["seal"]["verdict"]) == ("withdrawn", "unsubscribe page", "verified")
    assert (entry["evidence"]["ip"], entry["evidence"]["user_agent"]) == ("203.0.113.9", "Browser/1")
    lab.run_due()
    assert "unsubscribed" in lab.history("ada").deliveries[0].facts  # type: ignore[union-attr]


def test_it_counts_for_what_is_already_queued() -> None:
    lab = shop()
    url = meet(lab)
    lab.transport.plan("refuse")
    lab.track("ada", "coupons.published")
    visit(lab, url, "POST", b"scope=channel")
    lab.advance(days(1))
    assert [one.status for one in lab.history("ada").deliveries] == ["accepted", "cancelled"]  # type: ignore[union-attr]


def test_one_click_stays_as_it_is(store: Store) -> None:
    """RFC 8058: at once what the link is for, and the answer is a page of status 200."""
    lab = shop(store)
    answer = visit(lab, meet(lab), "POST", b"List-Unsubscribe=One-Click")
    assert (answer.status, "Location" in answer.headers) == (200, False)
    assert left(lab) == EVERYTHING - {("newsletter", "email")}
    assert len(held(lab)[0]) == 4


def test_one_click_counts_after_its_category_is_gone() -> None:
    lab = shop()
    url = meet(lab, topic="coupons")
    lab = Lab(store=lab.engine._calls.settings.store, country="GB", tracking=Tracking(BASE, keys=["k" * 32]))
    assert visit(lab, url, "POST", b"List-Unsubscribe=One-Click").status == 200
    assert not lab.engine.consent_at("ada", "email", topic="anything").allowed


# preferences


def test_what_is_ticked_is_what_comes(store: Store) -> None:
    lab = shop(store)
    started = Message("please", Sms("Answer YES"), category="confirmation")
    lab.add(Journey("asks", start=on("consent.pending", where={"channel": "sms"}), steps=[Send(started, via="sms")]))
    url = meet(lab, *consent("email", topic="newsletter"))
    page = Page(visit(lab, url, Accept_Language="fr"))
    assert page.ticked() == {"email/newsletter"}
    answer = visit(lab, url, "POST", page.fields(1, {"email/coupons", "sms/coupons"}), Accept_Language="fr")
    assert left(lab) == {("coupons", "email")}
    after = Page(answer)
    assert after.ticked() == {"email/coupons"}
    assert "SMS (pas encore confirmé)" in after.words
    entry = lab.engine.prove("ada", "email", topic="coupons").as_json()["entries"][-1]
    assert (entry["status"], entry["wording"], entry["language"]) == (
        "given",
        "Je veux recevoir ce qui est coché ici",
        "fr",
    )
    assert lab.engine.prove("ada", "email").verified
    lab.run_due()
    assert lab.channels_sent("ada")[-1] == "sms", "asked to confirm where the link did not come from"
    assert lab.engine.consent_at("ada", "sms", topic="coupons").status == "pending"


def test_an_old_form_gives_nothing_back() -> None:
    """What was taken back elsewhere since the page was loaded stays so: only what the person changed is written."""
    lab = shop()
    url = meet(lab)
    page = Page(visit(lab, url))
    lab.advance(days(1))
    lab.engine.record_consents("ada", *withdrawal("sms", "email", topic="coupons"))
    lab.advance(days(1))
    visit(lab, url, "POST", page.fields(1, page.ticked() - {"push/newsletter"}))
    assert left(lab) == EVERYTHING - {("newsletter", "push"), ("coupons", "sms"), ("coupons", "email")}
    assert lab.engine.consent_at("ada", "sms", topic="coupons").status == "withdrawn", "nor is it asked for"


def test_only_opting_out_of_its_like_is_told_of_the_message() -> None:
    lab = shop()
    url = meet(lab)
    page = Page(visit(lab, url))
    visit(lab, url, "POST", page.fields(1, page.ticked() - {"email/coupons"}))
    lab.run_due()
    assert "unsubscribed" not in lab.history("ada").deliveries[0].facts  # type: ignore[union-attr]
    visit(lab, url, "POST", page.fields(1, page.ticked() - {"email/newsletter"}))
    lab.run_due()
    assert "unsubscribed" in lab.history("ada").deliveries[0].facts  # type: ignore[union-attr]


CELLS = sorted(f"{channel}/{topic}" for topic, channel in EVERYTHING)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sets(st.sampled_from(CELLS)), max_size=4))
def test_whatever_is_saved_only_what_was_ticked_goes(saved: list[set[str]]) -> None:
    """The page shows what the engine does; on the link's own channel exactly what is ticked, elsewhere never more."""
    lab = shop()
    url = meet(lab)
    for wanted in saved:
        lab.advance(days(1))
        visit(lab, url, "POST", Page(visit(lab, url)).fields(1, wanted))
        now = {f"{channel}/{topic}" for topic, channel in left(lab)}
        shown = Page(visit(lab, url))
        assert now == shown.ticked()
        assert now <= wanted
        assert {one for one in now if one.startswith("email")} == {one for one in wanted if one.startswith("email")}
        before = held(lab)[0]
        visit(lab, url, "POST", shown.fields(1, shown.ticked()))
        assert held(lab)[0] == before, "nothing changed, nothing written"


# bad input


@pytest.mark.parametrize(
    "body",
    [
        b"scope=all",
        b"scope=",
        b"scope=link",
        b"scope=unclear",
        b"scope=topic&scope=everything",
        b"scope=preferences",
        b"scope=preferences&shown=email/other&on=email/other",
        b"scope=preferences&shown=fax/coupons",
        b"scope=preferences&shown=email/coupons&on=email/newsletter",
        b"scope=preferences&shown=email/coupons&was=email/newsletter",
        b"scope=everything&" + b"&".join(b"on=x" for _ in range(4000)),
        "scope=\x00\xff".encode("latin-1"),
    ],
    ids=lambda body: body[:60],
)
def test_what_no_form_of_ours_sends_changes_nothing(body: bytes) -> None:
    lab = shop()
    url = meet(lab)
    before = held(lab)
    answer = visit(lab, url, "POST", body)
    assert answer.status == 400
    assert "Nothing was changed" in Page(answer).words
    assert len(Page(answer).forms) == 2, "and there is another try"
    lab.run_due()
    assert held(lab) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("body", [b"scope=everything", b"List-Unsubscribe=One-Click"])
def test_a_forged_or_cut_off_link_is_told_so(method: str, body: bytes) -> None:
    lab = shop()
    url = meet(lab)
    before = held(lab)
    forged = Tracking(BASE, keys=["x" * 32]).linker(lab.sent("ada")[-1].key).unsubscribe()
    for wrong in (url[:-1], url + "x", forged):
        answer = visit(lab, wrong, method, body)
        assert (answer.status, "not valid" in Page(answer).words) == (404, True)
    lab.run_due()
    assert held(lab) == before


@pytest.mark.parametrize("body", [b"", b"scope=everything", b"List-Unsubscribe=One-Click"])
def test_a_link_whose_message_is_not_kept_any_more_is_told_so(body: bytes) -> None:
    """A page that said "you are unsubscribed" would be a lie."""
    lab = shop()
    meet(lab)
    old = Tracking(BASE, keys=["k" * 32]).linker("Abcdefghij_lmnopqrst-vwx").unsubscribe()
    answer = visit(lab, old, "POST" if body else "GET", body)
    assert (answer.status, "too old" in Page(answer).words) == (410, True)
    assert left(lab) == EVERYTHING


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_methods_do_nothing(method: str) -> None:
    lab = shop()
    assert visit(lab, meet(lab), method, b"scope=everything").status == 405
    assert left(lab) == EVERYTHING


@pytest.mark.parametrize(("body", "status"), [(b"scope=everything", 200), (b"scope=topic", 400)])
def test_the_link_of_somebody_erased_still_stops_the_address(store: Store, body: bytes, status: int) -> None:
    lab = shop(store)
    url = meet(lab)
    lab.erase("ada")
    assert visit(lab, url).status == 200
    assert visit(lab, url, "POST", body).status == status
    lab.profile("new", email="ada@example.com", consents=consent("email"))
    lab.track("new", "newsletter.published")
    assert len(lab.sent("new")) == (0 if status == 200 else 1)
