"""A reader who believes nothing: what an explanation claims, reckoned again from what the store holds.

Nothing of the code that makes the sentences is used here, but for the names of codes.
"""

import re

from tests.telling.around import AROUND
from tests.telling.brought import BROUGHT
from tests.telling.claims import TIME, Check, Claim, World
from tests.telling.refused import OF_CHANNELS
from unichannel.flows.explaining import Explanation

__all__ = ["CHECKS", "World", "check"]

CHECKS: dict[str, Check] = {**BROUGHT, **OF_CHANNELS, **AROUND}
"""How each code is checked; a code that is not here is an error of the test."""


def check(world: World, one: Explanation, french: Explanation) -> set[str]:
    """Raise AssertionError for what is not true or not whole of it; the codes that were checked."""
    claim = _claim(world, one)
    for code, values in one.reasons:
        asked = {**values, "asked": claim.planned} if code == "window" else values
        assert CHECKS[code](claim, asked), (code, values, one.sentence)
    if claim.delivery is not None:
        _whole(claim)
    elif one.code in ("unreachable", "skipped", "deferred"):
        _whole_refusal(claim)
    assert french.reasons == one.reasons
    for told in (one.sentence, french.sentence):
        assert not re.search(r"[{}]|(?<!\w)…|\bNone\b", told), told  # what is cut short ends in a letter
    assert TIME.findall(one.sentence) == TIME.findall(french.sentence), "the same instants in each language"
    return {code for code, _ in one.reasons}


def _claim(world: World, one: Explanation) -> Claim:
    if one.delivery:
        made = world.delivery(one.delivery)
        return Claim(world, one, made.reserved, made.at, made.enrollment, made)
    runs = [run.id for run in world.history.runs if run.journey == one.journey]
    notes = [note for note in world.history.notes if note.trace.as_json() == one.trace and note.journey == one.journey]
    enrollment = notes[0].enrollment if notes else (runs[0] if runs else 0)
    return Claim(world, one, one.trace.get("now", 0), one.trace.get("at", 0), enrollment)


def _whole(claim: Claim) -> None:
    """Every candidate has its verdict, its cost is told where it is known, and everything that became of it."""
    made, one = claim.made, claim.one
    assert candidates(claim) <= set(one.codes), (candidates(claim), one.codes)
    assert one.codes[made.channel] == "reserved"
    assert (made.cost is not None) == ("cost" in {code for code, _ in one.reasons})
    assert one.cause in CHECKS
    fate = one.sentence[one.sentence.rindex(". It ") :]
    untold = {"sending", *({"in_doubt"} if made.status in ("in_doubt", "abandoned") else ())}
    facts = sorted((at, fact) for fact, at in made.facts.items() if fact not in untold)
    assert TIME.findall(fate) == [claim.world.clock(at) for at, _ in facts], (one.sentence, facts)


def _whole_refusal(claim: Claim) -> None:
    """Every candidate has its verdict, but for what held the step as a whole."""
    if (
        claim.one.cause == "spacing"
        or claim.send is None
        or claim.one.trace.get("detail", {}).get("cause") == "handler"
    ):
        return
    told = {values.get("channel") for _, values in claim.one.reasons} | {
        claim.world.delivery(values["delivery"]).channel for _, values in claim.one.reasons if "delivery" in values
    }
    wanted = candidates(claim) if claim.one.code == "unreachable" else set()
    assert wanted <= told, (wanted, told, claim.one.sentence)
    assert claim.one.codes or claim.one.cause


def candidates(claim: Claim) -> set[str]:
    send = claim.send
    if send is None:
        return set()
    return set(send.via or send.message.channels)
