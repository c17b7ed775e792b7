"""A person about whom everything is held that can be, and a look at every table for what is left of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sqlalchemy import create_engine, inspect, literal_column, select, table

from unichannel import (
    Call,
    Category,
    Email,
    Journey,
    MemoryStore,
    Message,
    Send,
    Sms,
    Update,
    Wait,
    consent,
    days,
    on,
)
from unichannel.channels import InApp
from unichannel.core.audience.consent import Consent
from unichannel.ports import FunctionCall, Outbound, Outcome, Store
from unichannel.testing import Lab, RecordingTransport

MARK = "z.q.x"
"""Everything personal about her holds it, or is her number; no random key does, as none has a dot."""

EMAIL, PHONE = f"{MARK}.ada@example.com", "+33612345678"
KEY, VISITOR = f"{MARK}-ada", f"{MARK}-visitor"
TRACES = (MARK, PHONE.removeprefix("+33"))

hello = Message(
    "hello",
    Email(subject="Hello {{ profile.first_name }}", text="Dear {{ profile.first_name }}, of {{ data.city }}"),
    Sms("Hello {{ profile.first_name }}"),
    InApp(title="For {{ profile.first_name }}", text="{{ data.city }}"),
    category="news",
    about="city:{{ data.city }}",
)
journey = Journey(
    "hello",
    start=on("signed_up", entity="order"),
    steps=[
        Send(hello, via="email", name="mail"),
        Send(hello, via="in_app", name="inside"),
        Call("lookup", name="lookup", arguments={"who": "{{ profile.first_name }}"}, into="found"),
        Update(attributes={"seen": "{{ data.city }}"}, name="note"),
        Wait(days(2), name="wait"),
        Send(hello, via="sms", name="text"),
    ],
)


def look_up(call: FunctionCall) -> dict[str, Any]:
    return {"name": f"{MARK} of {call.arguments['who']}"}


class Meanwhile(RecordingTransport):
    """Does something in the middle of the next call, as another process would, and answers what it is told to."""

    then: Callable[[], object] | None = None
    answer: Outcome | None = None

    def carry(self, outbound: Outbound, ctx: Any) -> Outcome:
        outcome = super().carry(outbound, ctx)
        then, self.then = self.then, None
        if then is None:
            return outcome
        then()
        return self.answer or outcome


def lab_on(store: Store | None = None, **settings: Any) -> Lab:
    lab = Lab(
        store=store or MemoryStore(),
        categories=[Category("news", purpose="marketing", topic="news")],
        functions={"lookup": look_up},
        quiet_hours=None,
        **settings,
    )
    lab.transport = Meanwhile(reports=("delivered", "opened", "clicked", "replied", "bounced"))
    lab.add(journey)
    return lab


def live(lab: Lab, *, consents: tuple[Consent, ...] | None = None) -> None:
    """Ada comes, is merged with a visitor, goes through half of a journey, and is talked about."""
    given = (
        *consent("email", "sms", "in_app", source="form", wording="Yes"),
        Consent("push", evidence={"ip": f"{MARK}.0.0.1"}),
    )
    lab.profile(VISITOR, consents=consents or given, city=f"{MARK}-town")
    lab.profile(
        KEY,
        consents=consents or given,
        email=EMAIL,
        phone=PHONE,
        addresses={"chat": f"{MARK}-chat"},
        first_name=f"Z{MARK}",
        tags=f"{MARK}-tag",
    )
    lab.merge(KEY, VISITOR)
    lab.track(KEY, "signed_up", {"city": f"{MARK}-town", "order": f"{MARK}-1"}, id=f"{MARK}-ev")
    lab.engine.send(KEY, hello, via="email", data={"city": f"{MARK}-town"}, key=f"{MARK}-key")
    lab.run_due()
    lab.tell("clicked", KEY, "hello", channel="email", url=f"https://example.com/{MARK}", text=f"{MARK}")
    lab._post({"kind": "inbound", "channel": "sms", "address": PHONE, "text": f"I am {MARK}", "id": "in-1"})
    lab.engine.send(KEY, hello, via="email")  # lacks its city, and is set aside
    lab.run_due()


def leave_rows(lab: Lab) -> None:
    """What the engine was told and has not looked at yet."""
    lab.engine.track(KEY, "visited", {"page": f"{MARK}/page"}, id=f"{MARK}-ev2")
    lab.engine.track(VISITOR, "visited", {"page": f"{MARK}/page"})
    lab._hand_in([{"kind": "delivered", "provider_id": "lost-1", "channel": "sms", "address": PHONE, "text": MARK}])
    lab._hand_in([{"kind": "opened", "key": one.key, "text": MARK, "id": f"{MARK}-late"} for one in lab.sent(KEY)])


def left(store: Store, url: str = "") -> list[str]:
    """Where something of hers is still kept: every table and column, or every row of the memory store."""
    cells = _tables(url) if url else _rows("", vars(store._state))  # type: ignore[attr-defined]
    return sorted({f"{place}: {cell}" for place, cell in cells if any(one in cell.lower() for one in TRACES)})


def _tables(url: str) -> Iterator[tuple[str, str]]:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            for row in connection.execute(select(literal_column("*")).select_from(table(name))).mappings():
                yield from ((f"{name}.{column}", str(value)) for column, value in row.items())
    engine.dispose()


def _rows(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _rows(place or str(key), key)
            yield from _rows(place or str(key), one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _rows(place, one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _rows(f"{place}.{field.name}", getattr(value, field.name))
    elif not callable(value):
        yield place, str(value)
