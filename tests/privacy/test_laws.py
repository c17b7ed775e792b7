"""Whatever happened to a person, in whatever order: after the erasure nothing is left, and nothing comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.privacy.world import EMAIL, KEY, MARK, PHONE, VISITOR, hello, lab_on, left
from unichannel import Profile, hours, withdrawal
from unichannel.errors import UnknownError
from unichannel.testing import Lab

Deed = Callable[[Lab], Any]


def receipt(lab: Lab, kind: str) -> None:
    """A provider tells of everything that went out so far, to whomever."""
    sent = [{"kind": kind, "key": one.key, "url": MARK, "reason": MARK, "id": MARK} for one in lab.sent()]
    lab._hand_in([*sent, {"kind": "inbound", "channel": "sms", "address": PHONE, "text": MARK, "id": f"{MARK}{kind}"}])


DEEDS: dict[str, Deed] = {
    "track": lambda lab: lab.engine.track(KEY, "signed_up", {"city": MARK, "order": MARK}, id=f"{MARK}-1"),
    "again": lambda lab: lab.engine.track(VISITOR, "signed_up", {"city": MARK, "order": f"{MARK}2"}),
    "mail": lambda lab: lab.engine.send(KEY, hello, via="email", data={"city": MARK}),
    "text": lambda lab: lab.engine.send(KEY, hello, via=["sms", "email"], data={"city": f"{MARK}-other"}, key=MARK),
    "poison": lambda lab: lab.engine.send(KEY, hello, via="email"),
    "merge": lambda lab: lab.engine.merge(KEY, VISITOR),
    "withdraw": lambda lab: lab.engine.identify(Profile(KEY, consents=withdrawal("email"))),
    "rectify": lambda lab: lab.engine.rectify(Profile(KEY, email=f"new.{EMAIL}", city=MARK)),
    "refuse": lambda lab: lab.transport.plan("refuse"),
    "doubt": lambda lab: lab.transport.plan("time_out_after_acceptance"),
    "opened": lambda lab: receipt(lab, "opened"),
    "bounced": lambda lab: receipt(lab, "bounced"),
    "work": lambda lab: lab.run_due(),
    "wait": lambda lab: lab.advance(hours(30)),
}


def do(lab: Lab, deed: str) -> None:
    try:
        DEEDS[deed](lab)
    except UnknownError:
        assert deed not in ("work", "wait", "opened", "bounced")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(DEEDS)), max_size=9),
    st.lists(st.sampled_from(["opened", "bounced", "work", "wait", "track", "mail", "merge"]), max_size=5),
)
def test_nothing_is_left_and_nothing_comes_back(before: list[str], after: list[str]) -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, phone=PHONE, first_name=MARK)
    lab.profile(VISITOR, city=MARK)
    for deed in before:
        do(lab, deed)
    lab.engine.erase(KEY)
    try:
        lab.engine.erase(VISITOR)
    except UnknownError:
        raise AssertionError("she is known by both ids until she is erased") from None
    calls = None
    for deed in ("work", *after):
        do(lab, deed)
        calls = len(lab.transport.calls) if calls is None else calls
    lab.advance(hours(200))
    assert left(lab._settings["store"]) == []
    assert len(lab.transport.calls) == calls, "nobody is called for her any more"
    assert lab.engine.failed() == []
    assert lab.engine.next_due_at() is None
