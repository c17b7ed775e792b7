"""In-app messages: kept in the store, listed, read, clicked, dismissed, over (I)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from unichannel import (
    AsyncEngine,
    Exit,
    Feed,
    Journey,
    MemoryStore,
    Message,
    Profile,
    Send,
    Sms,
    SqlStore,
    Wait,
    days,
    hours,
    on,
    opened,
)
from unichannel.channels import InApp, OpenUrl
from unichannel.core.audience.engagement import total
from unichannel.errors import DefinitionError, InvalidInput, UnknownError
from unichannel.ports import Context, Outbound, Store
from unichannel.testing import Lab
from unichannel.testing.conformance.transport import TransportConformance

NEWS = Message("news", InApp("{{ data.title | default: 'News' }}", "text"), category="transactional")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Any = MemoryStore() if request.param == "memory" else SqlStore(f"sqlite:///{tmp_path}/app.db")
    yield made
    made.close()


@pytest.fixture
def app(lab: Lab, store: Store) -> Lab:
    lab.use(store=store, routes={"in_app": Feed(), "sms": lab.transport})
    lab.profile("ada", timezone="Europe/Paris", phone="+33612345678")
    return lab


def titles(lab: Lab, profile: str = "ada") -> list[str]:
    return [one.title for one in lab.engine.in_app(profile)]


def test_what_was_sent_is_listed_the_latest_first_and_only_to_whom_it_was_sent(app: Lab) -> None:
    app.profile("bob")
    for title in ("first", "second"):
        app.send("ada", NEWS, data={"title": title})
        app.advance(hours(1))
    assert titles(app) == ["second", "first"]
    assert titles(app, "bob") == []
    (one, _) = app.engine.in_app("ada")
    assert (one.message, one.category, one.text, one.action, one.is_read, one.until) == (
        "news",
        "transactional",
        "text",
        "",
        False,
        None,
    )
    assert one.at == app.now - timedelta(hours=1)
    assert "second" not in repr(one)


def test_what_is_listed_is_what_was_frozen(app: Lab) -> None:
    message = Message("m", InApp("{{ profile.plan }}", action=OpenUrl("Go", "app://{{ profile.plan }}")))
    app.engine.identify(Profile("ada", plan="free"))
    app.send("ada", message)
    app.engine.identify(Profile("ada", plan="pro"))
    app.run_due()
    (one,) = app.engine.in_app("ada")
    assert (one.title, one.action, one.url) == ("free", "Go", "app://free")


def test_reading_is_evidence_at_once_and_listed_at_once(app: Lab) -> None:
    steps = [Send(NEWS, via="in_app"), Wait(until=opened("in_app"), timeout=days(9), on_timeout=[Exit("unread")])]
    app.enroll(Journey("j", start=on("x"), goal=on("never"), steps=[*steps, Send(Message("thanks", Sms("x")))]), "ada")
    (one,) = app.engine.in_app("ada")
    app.engine.mark_in_app("ada", one.id)
    assert [one.is_read for one in app.engine.in_app("ada")] == [True]
    app.run_due()
    assert app.messages_sent("ada") == [("thanks", "sms")]


def test_marking_twice_is_marking_once(app: Lab) -> None:
    app.send("ada", NEWS)
    (one,) = app.engine.in_app("ada")
    for _ in range(2):
        app.engine.mark_in_app("ada", one.id)
        app.run_due()
        app.advance(hours(1))
    history = app.history("ada")
    assert history is not None
    assert [event.name for event in history.events].count("message.opened") == 1
    assert total(history.person.engagement, "in_app") == (1, 1)


@pytest.mark.parametrize(
    ("what", "facts", "is_there"),
    [("read", {"opened"}, True), ("clicked", {"clicked"}, True), ("dismissed", {"opened", "dismissed"}, False)],
)
def test_what_the_person_did_is_known(app: Lab, what: Any, facts: set[str], is_there: bool) -> None:
    app.send("ada", NEWS)
    (one,) = app.engine.in_app("ada")
    app.engine.mark_in_app("ada", one.id, what)
    assert bool(app.engine.in_app("ada")) is is_there
    (delivery,) = app.history("ada").deliveries  # type: ignore[union-attr]
    assert facts <= delivery.facts.keys()
    assert delivery.first("opened") is not None
    app.run_due()
    assert bool(app.engine.in_app("ada")) is is_there


def test_nobody_marks_the_messages_of_another(app: Lab) -> None:
    app.profile("bob")
    app.send("ada", NEWS)
    (one,) = app.engine.in_app("ada")
    for profile, id in (("bob", one.id), ("ada", "d9-9"), ("ada", "nonsense"), ("nobody", one.id)):
        with pytest.raises(UnknownError, match="no in-app message"):
            app.engine.mark_in_app(profile, id)
    with pytest.raises(InvalidInput, match="eaten"):
        app.engine.mark_in_app("ada", one.id, "eaten")  # type: ignore[arg-type]
    assert [one.is_read for one in app.engine.in_app("ada")] == [False]


def test_nobody_knows_a_profile_that_was_never_told_of(app: Lab) -> None:
    with pytest.raises(UnknownError, match="nobody"):
        app.engine.in_app("nobody")
    app.engine.identify(Profile("eve"))
    assert app.engine.in_app("eve") == []


@pytest.mark.parametrize(
    ("content", "hours_there"),
    [
        (InApp("x", until="2030-01-09"), 38),  # to the end of the ninth in Paris, from 10:00 there on the eighth
        (InApp("x", until="2030-01-09T12:00"), 26),
        (InApp("x", until="2030-01-09T12:00+00:00"), 27),
        (InApp("x", keep=hours(5)), 5),
        (InApp("x", until="2030-01-09", keep=hours(5)), 5),
        (InApp("x", until="{{ data.ends }}"), 14),
    ],
    ids=repr,
)
def test_it_is_over_when_it_says(app: Lab, content: InApp, hours_there: int) -> None:
    app.send("ada", Message("m", content, category="transactional"), data={"ends": "2030-01-08"})
    app.advance(hours(hours_there - 1))
    assert titles(app) == ["x"]
    app.advance(hours(1))
    assert titles(app) == []


def test_a_value_that_is_no_date_fails_the_delivery(app: Lab) -> None:
    app.send("ada", Message("m", InApp("x", until="{{ data.ends }}")), data={"ends": "soon"})
    assert titles(app) == []
    (delivery,) = app.history("ada").deliveries  # type: ignore[union-attr]
    assert (delivery.status, "no date" in delivery.reason) == ("failed", True)


def test_an_alias_sees_what_both_were_sent(app: Lab) -> None:
    app.profile("guest")
    app.send("guest", NEWS, data={"title": "before"})
    app.merge("ada", "guest")
    app.send("ada", NEWS, data={"title": "after"})
    assert sorted(titles(app)) == sorted(titles(app, "guest")) == ["after", "before"]
    for one in app.engine.in_app("guest"):
        app.engine.mark_in_app("ada", one.id, "dismissed")
    assert titles(app) == []


def test_marketing_in_the_app_asks_for_consent(app: Lab) -> None:
    app.profile("dan", consents=[])
    app.send("dan", Message("offer", InApp("x")))
    app.send("dan", NEWS)
    assert [one.message for one in app.engine.in_app("dan")] == ["news"]


def test_a_rung_that_is_not_last_may_wait_to_be_read(app: Lab) -> None:
    message = Message("m", InApp("x"), Sms("x"), category="transactional")
    step = Send(message, via=["in_app", "sms"], success="opened", fallback_after=hours(2))
    app.enroll(Journey("j", start=on("x"), steps=[step]), "ada")
    app.advance(hours(1))
    assert app.channels_sent("ada") == []
    app.advance(hours(1))
    assert app.channels_sent("ada") == ["sms"]


def test_the_feed_shows_no_reply(app: Lab) -> None:
    step = Send(Message("m", InApp("x"), Sms("x")), via=["in_app", "sms"], success="replied")
    app.add(Journey("j", start=on("x"), steps=[step]))
    with pytest.raises(DefinitionError, match="replied by in_app"):
        app.engine.run_due()


def test_the_async_face_has_the_same(store: Store) -> None:
    async def live() -> None:
        async with AsyncEngine(store=MemoryStore(), routes={"in_app": Feed()}) as engine:
            await engine.migrate()
            await engine.identify(Profile("ada"))
            await engine.send("ada", NEWS)
            await engine.run_due()
            (one,) = await engine.in_app("ada")
            await engine.mark_in_app("ada", one.id, "clicked")
            assert [one.is_read for one in await engine.in_app("ada")] == [True]

    asyncio.run(live())


class TestConformance(TransportConformance):
    @pytest.fixture
    def transport(self) -> Feed:
        return Feed()

    @pytest.fixture
    def outbound(self) -> Outbound:
        return Outbound("A" * 24, "in_app", "profile-17", InApp("Your order", "It is there"), "m", "c")

    def test_what_is_in_the_store_is_there(self, transport: Feed, outbound: Outbound, context: Context) -> None:
        found = transport.look_up(outbound, context)
        assert found is not None
        assert found.kind == "accepted"
