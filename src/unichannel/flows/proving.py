"""Proving: what the consent ledger shows, of one person and of one day."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import partial

from unichannel.core.audience.consent import PURPOSES, Consent, check_consent
from unichannel.core.audience.profile import Person
from unichannel.core.audience.seal import Sealed, Seals, Verdict, entry_digest
from unichannel.core.policy.consent_state import ConsentState, state_at
from unichannel.core.telling.proof import ConsentDigest, Proof, Proved
from unichannel.core.words.category import Category
from unichannel.core.words.instant import DAY, from_datetime
from unichannel.errors import InvalidInput, UnknownError
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.ports import Session

__all__ = ["consent_at", "consent_digest", "preferences", "prove"]

_BATCH = 1000


def consent_at(kit: Kit, profile: str, about: Consent, at: int | None) -> Flow[ConsentState]:
    """The state of a consent at an instant, now by default; ``about`` names channel, purpose and topic."""
    now = yield from _checked(kit, about)
    person, entries = yield from ask(Transact(partial(_read, profile=profile)))
    return _state(kit, person, entries, about, now if at is None else at)


def prove(kit: Kit, profile: str, about: Consent, at: int | None) -> Flow[Proof]:
    """Everything in the ledger about a person's consent on a channel for a purpose."""
    now = yield from _checked(kit, about)
    person, entries = yield from ask(Transact(partial(_read, profile=profile)))
    instant = now if at is None else at
    channels, purposes = (about.channel, "*"), (about.purpose, "*")
    chain = [one for one in entries if one.entry.channel in channels and one.entry.purpose in purposes]
    state, seals = _state(kit, person, entries, about, instant), kit.setting.seals
    proved = [Proved(one, seals.verify_of(one.profile, one)) for one in chain]
    return Proof(profile, about.channel, about.purpose, about.topic, now, instant, state, proved)


def preferences(kit: Kit, profile: str) -> Flow[dict[str, dict[str, ConsentState]]]:
    """For each topic of the engine's marketing categories, and each channel with a route, whether it may go."""
    now = yield from ask(Now())
    person, entries = yield from ask(Transact(partial(_read, profile=profile)))
    topics = [one.topic or one.name for one in kit.setting.categories.values() if one.is_marketing]
    return {
        topic: {
            channel: _state(kit, person, entries, Consent(channel, topic=topic), now)
            for channel in sorted(kit.setting.reports)
        }
        for topic in dict.fromkeys(topics)
    }


def _checked(kit: Kit, about: Consent) -> Flow[int]:
    """The engine's instant, once what is asked about is known to exist."""
    check_consent(about, kit.setting.channels)
    if about.channel == "*" or about.purpose == "*":
        raise InvalidInput(
            "a consent is proved for one channel and one purpose.",
            thing="consent",
            mend=f"Name one channel, and one of: {', '.join(one for one in PURPOSES if one != '*')}.",
        )
    now = yield from ask(Now())
    return now


def _read(session: Session, profile: str) -> tuple[Person, list[Sealed]]:
    history, entries = session.history(profile), session.entries_of(profile)
    if history is None and not entries and not session.known([profile]):
        raise UnknownError(f"no profile {profile!r} is known.", thing=profile, mend="identify() it first.")
    return (history.person if history is not None else Person(0, profile)), entries


def _state(kit: Kit, person: Person, entries: Sequence[Sealed], about: Consent, at: int) -> ConsentState:
    category = Category(about.topic, purpose=about.purpose, topic=about.topic)  # type: ignore[arg-type]
    return state_at([one.entry for one in entries], about.channel, category, person, kit.setting, at)


# a day


def consent_digest(kit: Kit, day: date) -> Flow[ConsentDigest]:
    """The digest of what was recorded on a day in UTC, read in batches; raises InvalidInput before it is over."""
    if not isinstance(day, date) or isinstance(day, datetime):
        raise InvalidInput(f"{day!r} is no day.", thing="day", mend="Give a datetime.date.")
    since = from_datetime(datetime.combine(day, time(), UTC))
    now = yield from ask(Now())
    if now < since + DAY:
        raise InvalidInput(f"{day} is not over in UTC.", thing="day", mend="Ask for it the day after.")
    seals, digests, broken, after = kit.setting.seals, [], [], (-1, -1)
    while True:
        work = partial(_day, since=since, after=after)
        rows = yield from ask(Transact(work))
        digests += [entry_digest(one) for one in rows]
        broken += _broken(seals, rows)
        if len(rows) < _BATCH:
            break
        after = (rows[-1].entry.recorded, rows[-1].id)
    told = hashlib.sha256(b"".join(sorted(digests))).hexdigest()
    return ConsentDigest(day, len(digests), told, tuple(broken))


def _day(session: Session, since: int, after: tuple[int, int]) -> list[Sealed]:
    return session.entries_between(since, since + DAY, after, _BATCH)


def _broken(seals: Seals, rows: Sequence[Sealed]) -> list[tuple[int, Verdict]]:
    verdicts = [(one.id, seals.verify(one)) for one in rows]
    return [(id, verdict) for id, verdict in verdicts if verdict != "verified"]
