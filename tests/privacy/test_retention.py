"""Content goes before the fact of sending, by category; what is still shown or still goes stays (G7)."""

from __future__ import annotations

import pytest

from tests.privacy.world import EMAIL, KEY, hello, lab_on
from unichannel import Email, Message, Retention, Tracking, days
from unichannel.errors import InvalidInput
from unichannel.ports import Request

receipt = Message("receipt", Email(subject="For {{ data.city }}", text="{{ data.city }}"), category="transactional")


def kept(lab: object) -> dict[str, bool]:
    history = lab.history(KEY)  # type: ignore[attr-defined]
    return {f"{one.message} {one.channel}": bool(one.frozen) for one in history.deliveries}


def test_each_category_by_its_own_span() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, first_name="Ada")
    for message in (hello, receipt):
        lab.send(KEY, message, via="email", data={"city": "x"})
    lab.advance(days(40))
    report = lab.engine.purge(Retention(content={"transactional": days(60), "*": days(30)}))
    assert (report.content, report.deliveries) == (1, 0)
    assert kept(lab) == {"hello email": False, "receipt email": True}
    lab.advance(days(30))
    assert lab.engine.purge(Retention(content={"transactional": days(60)})).content == 1
    assert kept(lab) == {"hello email": False, "receipt email": False}
    assert lab.engine.purge(Retention(content=days(1))).content == 0, "once is enough"
    assert len(lab.why(KEY, "send:hello")) == 1, "that it was sent, and why, is known"


def test_what_is_shown_inside_the_app_stays_and_what_still_goes_too() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, first_name="Ada")
    lab.send(KEY, hello, via="in_app", data={"city": "x"})
    lab.transport.plan("refuse")
    lab.send(KEY, receipt, data={"city": "x"})
    lab.engine.purge(Retention(content=days(0)))
    assert kept(lab) == {"hello in_app": True, "receipt email": True}
    assert len(lab.engine.in_app(KEY)) == 1
    lab.advance(days(1))
    assert [one.message for one in lab.sent()] == ["hello", "receipt"]


def test_links_of_what_is_not_kept_lead_nowhere_and_raise_nothing() -> None:
    tracking = Tracking("https://t.example.com", b"k" * 32)
    lab = lab_on(tracking=tracking)
    linked = Message("linked", Email(subject="s", text="{{ 'https://x.example/' | append: data.city | link }}"))
    lab.profile(KEY, email=EMAIL)
    lab.send(KEY, linked, via="email", data={"city": "x"})
    url = next(word for word in lab.sent()[0].content.text.split() if word.startswith("https://t."))  # type: ignore[attr-defined]
    assert lab.engine.receive("tracking", Request("GET", url)).status == 302
    lab.advance(days(40))
    lab.engine.purge(Retention(content=days(30)))
    assert lab.engine.receive("tracking", Request("GET", url)).status == 404


def test_a_span_that_is_none_is_an_error() -> None:
    with pytest.raises(InvalidInput):
        Retention(content={"marketing": 3})  # type: ignore[dict-item]
    with pytest.raises(InvalidInput):
        Retention(audit=365)  # type: ignore[arg-type]
