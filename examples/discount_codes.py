"""Discount codes from the host's pool: one per person, the same on every channel (B1, B5, B9).

Aim: everybody who is promised a code gets one of their own, and no code is worth money twice.

Figure to watch: codes redeemed of codes given, and how many are left in the pool.

Decided: the pool is a table of the host's. A function takes a code from it, before the message, and the
code is in the run's data: the e-mail and the SMS after it say the same one. The function may run twice, so the
database itself holds what must never be: a code has one owner (a row), and a person one code of a campaign (a
unique constraint). Asked again, it answers the same. With an empty pool the message goes out without a code.

``python examples/discount_codes.py`` plays it in virtual time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from unichannel import Branch, Call, Category, Email, Journey, Message, Send, Sms, hours, on, when
from unichannel.conditions import data, exists
from unichannel.ports import FunctionCall

CATEGORIES = [Category("offers", purpose="marketing")]

TABLE = """
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY,
    campaign TEXT NOT NULL,
    owner TEXT,
    key TEXT,
    UNIQUE (campaign, owner)
)
"""

TAKE = """
UPDATE codes SET owner = :owner, key = :key
WHERE owner IS NULL AND code = (SELECT min(code) FROM codes WHERE campaign = :campaign AND owner IS NULL)
  AND NOT EXISTS (SELECT 1 FROM codes WHERE campaign = :campaign AND owner = :owner)
"""

with_code = Message(
    "with-code",
    Email("Your {{ data.pool.code }}", text="10 % off with {{ data.pool.code }}, until Sunday."),
    Sms("Example: 10 % off with {{ data.pool.code }}, until Sunday. STOP to end"),
    category="offers",
)
without_code = Message(
    "without-code",
    Email("Until Sunday", text="Have a look at what is new."),
    Sms("Example: have a look at what is new. STOP to end"),
    category="offers",
)

journey = Journey(
    "discount-codes",
    start=on("offer.promised"),
    steps=[
        Call("codes.take", {"campaign": "spring"}, into="pool"),
        Branch(
            when(
                data("pool.code", exists()),
                Send(with_code, via=["email", "sms"], success="clicked", fallback_after=hours(24)),
            ),
            otherwise=[Send(without_code, via=["email", "sms"])],
        ),
    ],
)


class Pool:
    """The host's pool of codes, in a database of its own."""

    def __init__(self, path: str) -> None:
        self.path = path
        with self._open() as connection:
            connection.execute(TABLE)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection and one transaction on it: it commits, or changes nothing."""
        with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
            yield connection

    def fill(self, campaign: str, *codes: str) -> None:
        """Put codes into the pool; those that are there stay as they are."""
        with self._open() as connection:
            rows = [(code, campaign) for code in codes]
            connection.executemany("INSERT OR IGNORE INTO codes (code, campaign) VALUES (?, ?)", rows)

    def take(self, call: FunctionCall) -> dict[str, Any]:
        """A code for this person and campaign: a free one, or the one that they have; none from an empty pool."""
        who = {"owner": call.profile, "campaign": call.arguments["campaign"]}
        with self._open() as connection:
            connection.execute(TAKE, {**who, "key": call.key})
            mine = connection.execute("SELECT code FROM codes WHERE campaign = :campaign AND owner = :owner", who)
            found = mine.fetchone()
        return {"code": found[0]} if found else {}


def main() -> None:
    """Two codes for three people: Ada does not open her e-mail, Cleo comes too late."""
    import tempfile

    from unichannel.testing import Lab

    with tempfile.TemporaryDirectory() as home:
        pool = Pool(f"{home}/shop.db")
        pool.fill("spring", "SPRING-1", "SPRING-2")
        lab = Lab(categories=CATEGORIES, functions={"codes.take": pool.take})
        lab.add(journey)
        for last, name in enumerate(("ada", "bob", "cleo")):
            lab.profile(name, email=f"{name}@example.com", phone=f"+3361234567{last}", timezone="Europe/Paris")
            lab.track(name, "offer.promised")
        lab.clicks("bob")
        lab.advance(hours(25))
        for sent in lab.sent():
            print(sent.channel, sent.address, sent.content.text, sep="\t")


if __name__ == "__main__":
    main()
