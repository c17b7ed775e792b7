"""Exports: everything there is, in one documented shape (G6)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.privacy.world import EMAIL, KEY, MARK, PHONE, TRACES, VISITOR, hello, lab_on, leave_rows, left, live
from unichannel import Profile, days
from unichannel.errors import UnknownError


def test_everything_about_her_is_in_it() -> None:
    """Whatever a look at all rows finds of her, the export says: nothing is held that she is not told."""
    lab = lab_on()
    live(lab)
    leave_rows(lab)
    said = lab.engine.export(KEY).to_json().lower()
    for cell in left(lab._settings["store"]):
        place, _, value = cell.partition(": ")
        if place not in INSIDE:
            assert _plain(value) in said, cell


INSIDE = {"event_ids", "inbox_of", "runs.origin", "inbox.event_id", "receipts.receipt.id", "deliveries.trace"}
"""Names of ours that hold her id, and stand in the export by another."""


def _plain(value: str) -> str:
    return json.dumps(value.lower(), ensure_ascii=False)[1:-1]


def test_its_shape() -> None:
    lab = lab_on()
    live(lab)
    leave_rows(lab)
    export = lab.engine.export(VISITOR)
    body: dict[str, Any] = json.loads(export.to_json(indent=1))
    assert body == export.body
    assert (body["format"], body["version"], body["exported"]) == ("unichannel.export", 1, "2030-01-08T09:00:00Z")
    assert (body["profile"]["id"], body["profile"]["aliases"]) == (VISITOR, [KEY])
    assert {"kind": "email", "address": EMAIL, "signs": {}} in body["addresses"]
    mail = next(one for one in body["deliveries"] if one["channel"] == "email")
    assert mail["content"] == {"kind": "email", "subject": f"Hello Z{MARK}", "text": f"Dear Z{MARK}, of {MARK}-town"}
    assert next(iter(mail["facts"].values())) == "2030-01-08T09:00:00Z"
    inside = next(one for one in body["deliveries"] if one["channel"] == "in_app")
    assert inside["content"]["title"] == f"For Z{MARK}"
    (run,) = [one for one in body["enrollments"] if one["journey"] == "hello"]
    assert (run["entity"], run["status"], run["data"]["city"]) == (f"{MARK}-1", "active", f"{MARK}-town")
    assert [one["name"] for one in body["waiting"] if one["kind"] == "event"] == ["visited", "visited"]
    assert [one["address"] for one in body["receipts"] if one["address"]] == [PHONE]
    assert {one["channel"] for one in body["consents"]} == {"email", "sms", "in_app", "push"}
    assert body["engagement"][0]["messages"] >= 1


def test_what_is_against_an_address_is_told_by_the_address() -> None:
    lab = lab_on()
    lab.profile(KEY, phone=PHONE, first_name="Ada")
    lab.send(KEY, hello, via="sms", data={"city": "x"})
    lab.stops(KEY)
    (entry,) = lab.engine.export(KEY).body["suppressions"]
    assert (entry["address"], entry["scope"], entry["reason"]) == (PHONE, "marketing", "stop")


def test_one_who_is_only_told_of_can_be_exported() -> None:
    lab = lab_on()
    lab.engine.identify(Profile(KEY, email=EMAIL))
    (row,) = lab.engine.export(KEY).body["waiting"]
    assert row["body"] == {"addresses": {"email": [EMAIL]}}
    with pytest.raises(UnknownError):
        lab.engine.export("nobody")


def test_content_that_is_not_kept_any_more_is_none() -> None:
    from unichannel import Retention

    lab = lab_on()
    live(lab)
    lab.advance(days(10))
    lab.engine.purge(Retention(content=days(5)))
    mails = [one for one in lab.engine.export(KEY).body["deliveries"] if one["channel"] == "email"]
    assert mails
    assert all((one["content"], one["values"]) == (None, {}) for one in mails)


def test_its_repr_names_nobody_but_the_id() -> None:
    lab = lab_on()
    lab.profile("u1", email=EMAIL, phone=PHONE)
    assert not any(trace in repr(lab.engine.export("u1")) for trace in TRACES)


def test_the_reference_names_everything_that_is_in_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "export.md").read_text(encoding="utf-8")
    lab = lab_on()
    live(lab)
    leave_rows(lab)
    body = lab.engine.export(KEY).body
    parts = [name for name in body if isinstance(body[name], list)]
    assert [name for name in body if f"`{name}`" not in page] == []
    lines = {name: next(line for line in page.splitlines() if line.startswith(f"| `{name}`")) for name in parts}
    missing = {name: [key for key in body[name][0] if f"`{key}`" not in lines[name]] for name in parts if body[name]}
    assert not any(missing.values()), missing
