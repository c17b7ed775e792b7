"""Nothing personal in a repr, an error or a log: every class that can hold it, each of its fields (G11)."""

from __future__ import annotations

import logging
from dataclasses import fields, is_dataclass
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest

import unichannel
from tests.privacy.world import EMAIL, KEY, MARK, PHONE, lab_on, leave_rows, live
from unichannel import Profile, days
from unichannel.errors import UnichannelError
from unichannel.ports import Request, Want

PERSONAL = {
    "address",
    "addresses",
    "answers",
    "arguments",
    "attributes",
    "body",
    "collected",
    "content",
    "data",
    "error",
    "event",
    "evidence",
    "frozen",
    "headers",
    "properties",
    "raw",
    "text",
    "url",
}
"""Names of fields that hold what is somebody's."""

OUTSIDE = (
    "core.condition.leaves",
    "core.condition.pattern",
    "core.journey.form",
    "core.journey.language",
    "core.journey.picture",
    "core.messaging.content",
    "core.messaging.derive",
)
"""Where definitions are: what a host writes for everybody."""


def classes() -> dict[str, type]:
    """Every dataclass of ours that has such a field."""
    found = {}
    for info in walk_packages(unichannel.__path__, "unichannel."):
        if not info.name.startswith(PACKAGES) or any(f".{one}" in info.name for one in OUTSIDE):
            continue
        for one in vars(import_module(info.name)).values():
            if isinstance(one, type) and is_dataclass(one) and one.__module__ == info.name:
                found[f"{one.__module__}.{one.__qualname__}"] = one
    return {name: one for name, one in found.items() if PERSONAL & {field.name for field in fields(one)}}


NOT_OF_PEOPLE = {
    "Changes": {"addresses"},  # keyed hashes
    "Channel": {"address", "evidence"},  # kinds
    "Needs": {"attributes"},
    "Outcome": {"address"},  # whether it is dead
    "Purge": {"content"},
    "Retention": {"content"},
}
"""Classes with a field of that name that holds nothing of anybody: definitions, settings, kinds, counts."""

PACKAGES = tuple(f"unichannel.{one}" for one in ("core", "ports", "flows", "engine"))


@pytest.mark.parametrize("name", sorted(classes()))
def test_a_field_that_holds_somebodys_data_is_not_shown(name: str) -> None:
    shown = {field.name for field in fields(classes()[name]) if field.repr} & PERSONAL
    shown -= NOT_OF_PEOPLE.get(name.rpartition(".")[2], set())
    assert not shown, f"{name} shows {shown}"


def test_what_is_held_of_her_is_in_no_repr() -> None:
    """Her id, and names that the host gave its own things, may be shown; what is in them may not."""
    lab = lab_on()
    live(lab)
    leave_rows(lab)
    history = lab.history(KEY)
    assert history is not None
    store = lab._settings["store"]
    loaded = store.transact(lambda session: session.load([history.person.id], Want(deliveries=True)))
    gates = store.transact(lambda session: session.gates(history.deliveries))
    held: list[Any] = [history, loaded, gates, lab.engine, store, lab.sent(), lab.engine.failed()]
    held += [lab.engine.in_app(KEY), lab.engine.export(KEY), lab.engine.audit(KEY)]
    held += [
        store.transact(lambda session: session.receipts(1 << 62, 99)),
        store.transact(lambda session: session.waiting([KEY])),
    ]
    held.append(Profile(KEY, email=EMAIL, phone=PHONE, first_name=f"Z{MARK}", addresses={"chat": f"{MARK}-chat"}))
    held.append(Request("POST", "https://x.example", {"x": EMAIL}, EMAIL.encode()))
    for one in held:
        shown = repr(one)
        assert not [trace for trace in SECRET if trace in shown], type(one)


SECRET = (EMAIL, PHONE, f"Z{MARK}", f"{MARK}-town", f"{MARK}-chat", f"{MARK}/page", f"I am {MARK}", f"{MARK}.0.0.1")


def test_nothing_is_logged_about_her(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    lab = lab_on()
    live(lab)
    lab.advance(days(3))
    lab.engine.erase(KEY)
    lab.run_due()
    out, err = capfd.readouterr()
    assert MARK not in caplog.text + out + err


@pytest.mark.parametrize("wrong", [{"email": f"{MARK} at home"}, {"phone": f"+33 {MARK}"}, {"push": f"{MARK} é"}])
def test_an_address_that_is_wrong_is_not_repeated(wrong: dict[str, Any]) -> None:
    with pytest.raises(UnichannelError) as caught:
        Profile("u1", **wrong)
    assert MARK not in f"{caught.value!r} {caught.value}"
