"""G1, G3: each kind where it was asked for, confirmed and proved."""

from __future__ import annotations

import pytest

from tests.examples.conftest import Play, recipe
from unichannel import Tracking, days
from unichannel.consents import pending
from unichannel.testing import Lab


@pytest.fixture
def shop(lab: Lab) -> Play:
    return Play(lab, "preferences", tracking=Tracking("https://example.com/u", keys=["k" * 32]))


def test_g1_ada_hears_what_she_asked_for_where_she_asked_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    recipe("preferences").main()
    assert capsys.readouterr().out.splitlines() == [
        "('please-confirm', 'email')",
        "('please-confirm', 'sms')",
        "('newsletter', 'email')",
        "('coupons', 'sms')",
        "('updates', 'push')",
        "('newsletter', 'email')",
        "('updates', 'push')",
        "2030-01-08T09:00:00Z pending · sign-up form · verified",
        "2030-01-08T10:00:00Z given · reply by sms · verified",
        "2030-01-09T10:00:00Z withdrawn · preference page · verified",
    ]


def test_g1_without_an_answer_nothing_but_the_question_goes_out(shop: Play) -> None:
    shop.meet(consents=pending("sms", topic="coupons"))
    for _ in range(3):
        shop.lab.track("ada", "coupons.published")
        shop.lab.advance(days(4))
    assert shop.lab.messages_sent("ada") == [("please-confirm", "sms")]
