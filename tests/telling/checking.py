"""A reader who believes nothing: what an explanation claims, reckoned again from what the store holds.

Nothing of the code that makes the sentences is used here, but for the names of codes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from unichannel import Journey, Send
from unichannel.core.journey.language.journey import walk
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.instant import DAY, HOUR, MINUTE, to_datetime
from unichannel.flows.explaining import Explanation
from unichannel.ports import History

__all__ = ["CHECKS", "World", "check"]

SHOWS = ("accepted", "delivered", "opened", "clicked", "replied", "converted")
SHARED = {"sms": "phone", "mms": "phone", "rcs": "phone"}
MARKETING = frozenset({"education", "follow-up", "renewal", "flash", "patient"})
TIME = re.compile(r"\b\d\d:\d\d\b")


@dataclass
class World:
    """What is known of one person, the journeys by name, and what the host had settled."""

    history: History
    journeys: Mapping[str, Journey]
    prices: Mapping[str, int] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    spent: Callable[[str, int], int] = lambda budget, before: 0

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.history.person.timezone or "UTC")

    def here(self, instant: int) -> datetime:
        return to_datetime(instant).astimezone(self.zone)

    def clock(self, instant: int) -> str:
        return f"{self.here(instant):%H:%M}"

    def send(self, journey: str, step: str) -> Send | None:
        found = self.journeys.get(journey)
        named = [one for one in walk(found) if isinstance(one, Send)] if found is not None else []
        return next((one for one in named if one.name == step), None)

    def delivery(self, id: str) -> Delivery:
        return next(one for one in self.history.deliveries if one.id == id)

    def siblings(self, of: Delivery) -> list[Delivery]:
        place = (of.enrollment, of.step, of.visit)
        return [one for one in self.history.deliveries if (one.enrollment, one.step, one.visit) == place]


@dataclass
class Claim:
    """One explanation under suspicion: ``at`` its real instant, ``planned`` the planned one."""

    world: World
    one: Explanation
    at: int
    planned: int
    enrollment: int
    delivery: Delivery | None = None

    @property
    def made(self) -> Delivery:
        """The delivery that it is about."""
        assert self.delivery is not None
        return self.delivery

    @property
    def send(self) -> Send | None:
        return self.world.send(self.one.journey, self.one.step)

    def out(self) -> list[Delivery]:
        """The deliveries of this send that were made before it."""
        mine = [
            one
            for one in self.world.history.deliveries
            if (one.enrollment, one.step) == (self.enrollment, self.one.step)
        ]
        if self.delivery is not None:
            return [one for one in self.world.siblings(self.delivery) if one.rung < self.delivery.rung]
        return [one for one in mine if one.reserved <= self.at]

    def later(self) -> list[Delivery]:
        return [one for one in self.world.siblings(self.made) if one.rung > self.made.rung]


def out_at(one: Delivery) -> int:
    return one.facts.get("accepted", one.facts.get("sending", one.reserved))


def shown(one: Delivery, evidence: str, by: int) -> list[int]:
    least = SHOWS.index(evidence)
    return [at for fact, at in one.facts.items() if fact in SHOWS[least:] and at <= by]


# what brought it


def _first_rung(claim: Claim, values: Any) -> bool:
    send, one = claim.send, claim.made
    return (
        send is not None
        and (list(send.via or ()), 1) == (values["rungs"], one.rung)
        and values["rungs"][0] == one.channel
    )


def _only_channel(claim: Claim, values: Any) -> bool:
    return claim.send is not None and tuple(claim.send.via or ()) == (claim.made.channel,)


def _none_before(claim: Claim, values: Any) -> bool:
    one = claim.made
    before = one.trace["detail"]["rungs"][: one.rung - 1]
    return (
        bool(before) and not claim.out() and all(claim.one.codes[each] not in ("tried", "reserved") for each in before)
    )


def _only_before(claim: Claim, values: Any) -> bool:
    return {one.channel for one in claim.out()} == {values["channel"]}


def _preferred(claim: Claim, values: Any) -> bool:
    wishes = claim.world.history.person.preferences
    return claim.made.channel in (wishes.get(values["topic"]), wishes.get("*"))


def _figures(claim: Claim) -> dict[str, float]:
    detail = claim.made.trace["detail"]
    worth = {one: net for one, (net, _) in detail.get("values", {}).items()}
    return worth or {one: each["mean"] for one, each in detail["beliefs"].items()}


def _best(claim: Claim, values: Any) -> bool:
    mine = _figures(claim).pop(claim.made.channel)
    others = {one: value for one, value in _figures(claim).items() if one != claim.made.channel}
    return bool(others) and all(value < mine for value in others.values())


def _alike(claim: Claim, values: Any) -> bool:
    found = _figures(claim)
    return found[claim.made.channel] == max(found.values()) and sorted(found.values())[-2:] == [max(found.values())] * 2


def _best_value(claim: Claim, values: Any) -> bool:
    found = _figures(claim)
    return found[claim.made.channel] == max(found.values())


def _explored(claim: Claim, values: Any) -> bool:
    ranked_by = claim.made.trace["detail"].get("promised") or _figures(claim)
    return ranked_by[claim.made.channel] < max(ranked_by.values()) and 0 < values["odds"] <= 0.5


def _promising(claim: Claim, values: Any) -> bool:
    promised = claim.made.trace["detail"]["promised"]
    is_first = promised[claim.made.channel] == max(promised.values())
    return is_first and not _best_value(claim, values) and values.get("promised", promised) == promised


def _only_possible(claim: Claim, values: Any) -> bool:
    """Every other channel of the message was refused by a rule."""
    free = {"not_ranked", "not_named", "if_it_fails", "followed", "next_rung", "later_rung"}
    return not [one for one, code in claim.one.codes.items() if one != claim.made.channel and code in free]


def _by_strategy(kind: str) -> Callable[[Claim, Any], bool]:
    def holds(claim: Claim, values: Any) -> bool:
        detail = claim.made.trace["detail"]
        return {
            "ranked": "part" not in detail and ("by" in detail or "beliefs" not in detail),
            "drawn": values.get("odds") == detail["odds"].get(claim.made.channel) and "part" in detail,
            "strategy_failed": values.get("error") == "ZeroDivisionError",
        }[kind]

    return holds


def _silence(claim: Claim, values: Any) -> bool:
    """Nothing of what was asked for had happened and been told when the delay was over, counted from acceptance."""
    last, evidence = claim.world.delivery(values["delivery"]), values["evidence"] or values["asked"]
    rung = [one for one in claim.world.siblings(last) if one.rung == last.rung]
    told = {(event.properties.get("delivery"), event.name): event.recorded for event in claim.world.history.events}
    heard = [
        at
        for one in rung
        for fact, at in one.facts.items()
        if fact in SHOWS[SHOWS.index(evidence) :]
        and at <= claim.planned
        and told.get((one.id, f"message.{fact}"), at) <= claim.at
    ]
    first = min(out_at(one) for one in rung)
    known = any(shown(one, evidence, claim.planned) for one in rung)
    assert known == ("late_fact" in [code for code, _ in claim.one.reasons]), "what was told late is told"
    delay = claim.send.fallback_after.nominal if claim.send is not None and claim.send.fallback_after else None
    allowed = {delay} if delay is not None else {4 * HOUR, HOUR // 2}
    return (
        not heard
        and values["sent"] == first
        and first + values["delay"] == claim.planned
        and values["delay"] in allowed
    )


def _late_fact(claim: Claim, values: Any) -> bool:
    one = claim.world.delivery(values["delivery"])
    return one.facts[values["evidence"]] == values["since"] <= claim.planned and values["told"] > claim.at


def _failed(*facts: str) -> Callable[[Claim, Any], bool]:
    def holds(claim: Claim, values: Any) -> bool:
        one = claim.world.delivery(values["delivery"])
        return any(one.facts.get(fact, claim.at + 1) <= claim.at for fact in facts) and values["sent"] == out_at(one)

    return holds


def _retries_ended(claim: Claim, values: Any) -> bool:
    one = claim.world.delivery(values["delivery"])
    return (
        one.status == "expired"
        and one.attempts == values["tries"] > 0
        and not {"accepted", "in_doubt"} & set(one.facts)
    )


def _abandoned(claim: Claim, values: Any) -> bool:
    one = claim.world.delivery(values["delivery"])
    return "in_doubt" in one.facts and "accepted" not in one.facts


# what was said of a channel


def _no_address(claim: Claim, values: Any) -> bool:
    kind = {"email": "email", "push": "push", **dict.fromkeys(("sms", "mms", "rcs"), "phone")}[values["channel"]]
    return not claim.world.history.person.addresses.get(kind) and values["needs"] == kind


def _family(channel: str) -> str:
    return SHARED.get(channel, channel)


def _dead(claim: Claim, values: Any) -> bool:
    return any(
        out_at(one) == values["since"] and {"failed", "bounced"} & set(one.facts) and one.message == values["message"]
        for one in claim.world.history.deliveries
        if _family(one.channel) == _family(values["channel"])
    )


def _suppressed(claim: Claim, values: Any) -> bool:
    """A STOP of that number, a complaint; what a provider refused has no instant."""
    stops = [
        one.occurred
        for one in claim.world.history.events
        if one.properties.get("keyword") == "stop"
        and _family(str(one.properties["channel"])) == _family(values["channel"])
    ]
    protests = [
        out_at(one)
        for one in claim.world.history.deliveries
        if {"complained", "unsubscribed"} & set(one.facts) and _family(one.channel) == _family(values["channel"])
    ]
    refused = any("opted_out" in one.reason for one in claim.world.history.deliveries)
    return values["since"] in (*stops, *protests) if "since" in values else refused and not stops and not protests


def _consents(claim: Claim, channel: str) -> list[Any]:
    """The ledger's entries at the decision; of a channel that comes later, at that one's."""
    rungs = claim.made.trace["detail"]["rungs"][claim.made.rung :] if claim.delivery is not None else ()
    entries = [one for one in claim.world.history.consents if one.channel in (channel, "*")]
    return [one for one in entries if one.recorded <= claim.at or channel in rungs]


def _no_consent(claim: Claim, values: Any) -> bool:
    return (
        not _consents(claim, values["channel"]) and values["category"] in MARKETING and values["purpose"] == "marketing"
    )


def _consent_is(*statuses: str) -> Callable[[Claim, Any], bool]:
    def holds(claim: Claim, values: Any) -> bool:
        latest = sorted(_consents(claim, values["channel"]), key=lambda one: one.recorded)[-1]
        return latest.status in statuses and latest.occurred == values["since"]

    return holds


def _consent_ended(claim: Claim, values: Any) -> bool:
    """Three years after it, on that zone's calendar."""
    ends = {claim.world.here(one.occurred) + relativedelta(years=3) for one in _consents(claim, values["channel"])}
    return claim.world.here(values["since"]) in ends and values["since"] <= claim.at


def _is_night(at: datetime) -> bool:
    return not 8 <= at.hour < 21


def _window(claim: Claim, values: Any) -> bool:
    """It opens in the first half hour of a morning; the night is the reason only where that is the next one."""
    opens = claim.world.here(values["until"])
    begun = claim.world.here(min(values.get("asked", claim.at), claim.at))
    opening = 9 if claim.world.history.person.country == "US" else 8
    is_morning = opens.hour == opening and opens.minute < 30 and opens.weekday() != 6
    is_next = opens - begun < timedelta(hours=12)
    if "rule" in values:  # the law's: it opens later than the night ends, or a Sunday lay between
        return is_morning and (opening > 8 or not is_next)
    return is_morning and opening == 8 and is_next


def _too_short(claim: Claim, values: Any) -> bool:
    return bool(claim.at < values["expires"] <= values["until"])


def _closed(claim: Claim, values: Any) -> bool:
    begun = claim.world.here(claim.at)
    return (_is_night(begun) or begun.weekday() == 6) and values["until"] > claim.at


def _counted(claim: Claim, values: Any, until: int) -> list[int]:
    """When what the limit is about went out, of what had by then."""
    kinds, channels = values.get("capped", {}).get("category"), values.get("capped", {}).get("channel")
    return sorted(
        out_at(one)
        for one in claim.world.history.deliveries
        if one.reserved < until
        and (kinds is None or one.category in kinds)
        and (channels is None or one.channel in channels)
        and not {"failed", "bounced"} & set(one.facts)
    )


def _limited(claim: Claim, values: Any) -> bool:
    span = values["within"]
    length = timedelta(days=span.get("days", 0), seconds=span.get("seconds", 0)) // timedelta(microseconds=1)
    went = [at for at in _counted(claim, values, values["until"]) if at + length > values["until"] - length]
    full = values["limit"]
    return (
        any(went[place] + length == values["until"] for place in range(len(went) - full + 1))
        and values["count"] >= full
    )


def _same_matter(claim: Claim, values: Any) -> bool:
    other = claim.world.delivery(values["first_delivery"])
    return other.about != "" and other.enrollment != claim.enrollment and out_at(other) + DAY == values["until"]


def _budget(claim: Claim, values: Any) -> bool:
    world = claim.world
    left = world.limits[values["budget"]] - world.spent(values["budget"], claim.at)
    return values["cost"] > values["left"] == left and values["cost"] == world.prices[values["channel"]]


def _no_price(claim: Claim, values: Any) -> bool:
    phone = claim.world.history.person.addresses["phone"][0]
    return phone.startswith("+41") and values["country"] == "CH" and values["budget"] in claim.world.limits


def _not_named(claim: Claim, values: Any) -> bool:
    """It was possible, and the strategy left it out."""
    detail = claim.made.trace["detail"] if claim.delivery is not None else claim.one.trace.get("detail", {})
    named = set(detail.get("rungs", ())) | (set() if "part" in detail else set(detail.get("odds", {})))
    return values["channel"] not in named


def _not_ranked(claim: Claim, values: Any) -> bool:
    return (
        len(claim.made.trace["detail"]["rungs"]) == 2 and values["channel"] not in claim.made.trace["detail"]["rungs"]
    )


def _success(claim: Claim, values: Any) -> bool:
    seen = [one for one in claim.world.siblings(claim.made) if one.facts.get(values["evidence"]) == values["since"]]
    return bool(seen) and values["channel"] not in {one.channel for one in claim.world.siblings(claim.made)}


def _followed(claim: Claim, values: Any) -> bool:
    return values["since"] in [one.reserved for one in claim.later() if one.channel == values["channel"]]


def _not_yet(claim: Claim, values: Any) -> bool:
    rungs = claim.made.trace["detail"]["rungs"]
    is_next = rungs.index(values["channel"]) == claim.made.rung
    is_made = values["channel"] in {one.channel for one in claim.later()}
    return not is_made and ("until" not in values or (is_next and not claim.later()))


def _if_it_fails(claim: Claim, values: Any) -> bool:
    asked = claim.send.success if claim.send is not None and claim.send.fallback_after is not None else None
    seen = asked is not None and any(shown(one, asked, 1 << 62) for one in claim.world.siblings(claim.made))
    return not claim.later() and claim.made.hard_failure() is None and not seen


def _not_awaited(claim: Claim, values: Any) -> bool:
    return claim.made.hard_failure() is not None and not claim.later()


def _run_over(claim: Claim, values: Any) -> bool:
    run = next(one for one in claim.world.history.runs if one.id == claim.enrollment)
    ended = [
        one for one in claim.world.history.events if one.name == values["event"] and one.occurred <= values["since"]
    ]
    return run.ended == values["since"] and run.status in ("converted", "exited") and bool(ended) and not claim.later()


def _moved_on(claim: Claim, values: Any) -> bool:
    return any(one.name == values["event"] and one.occurred <= values["since"] for one in claim.world.history.events)


def _tried(claim: Claim, values: Any) -> bool:
    return values["since"] in [out_at(one) for one in claim.out() if one.channel == values["channel"]]


# figures, what held it, the run


def _cost(claim: Claim, values: Any) -> bool:
    return values["cost"] == claim.made.cost == claim.world.prices[values["channel"]]


def _affinity(claim: Claim, values: Any) -> bool:
    """So many messages that could tell something, of days before or answered at once."""
    messages = answered = 0
    for one in claim.world.history.deliveries:
        answers = [at for fact, at in one.facts.items() if fact in SHOWS[2:] and at <= claim.at]
        is_old = one.reserved // DAY < claim.at // DAY and one.reserved < claim.at
        if one.channel not in values["beliefs"] or not one.facts.get("accepted", claim.at) < claim.at:
            continue
        is_try = bool(one.trace["detail"].get("tried")) and one.hard_failure() is None
        messages += bool(answers) or (is_try and is_old)
        answered += bool(answers)
    means = {one: each["mean"] for one, each in values["beliefs"].items()}
    if any("sd" in each for each in values["beliefs"].values()):  # they fade, so there are never more
        return (
            answered <= messages
            and 0 <= values["messages"] <= messages
            and all(0 < mean < 1 for mean in means.values())
        )
    return bool(values["messages"] == messages)


def _value(claim: Claim, values: Any) -> bool:
    return all(
        cost == claim.world.prices.get(channel, 0) and net + cost <= values["worth"]
        for channel, (net, cost, _) in values["values"].items()
    )


def _spacing(claim: Claim, values: Any) -> bool:
    before = [out_at(one) for one in claim.world.history.deliveries if one.category in MARKETING]
    return values["until"] - values["last"] <= HOUR and values["last"] in before


def _late(claim: Claim, values: Any) -> bool:
    return (values["planned"], values["decided"]) == (claim.planned, claim.at) and claim.at - claim.planned >= MINUTE


def _of_run(claim: Claim, values: Any) -> bool:
    run = next(one for one in claim.world.history.runs if one.id == claim.enrollment)
    began = [one.name for one in claim.world.history.events if one.id == run.trigger]
    return (run.journey, run.start, claim.one.step) == (values["journey"], values["start"], values["step"]) and values[
        "event"
    ] in (began or [""])


def _happened(claim: Claim, values: Any) -> bool:
    """The event that moved or ended it was told of this person."""
    return values.get("event") in {one.name for one in claim.world.history.events}


def _in_journey(claim: Claim, values: Any) -> bool:
    journey = claim.world.journeys[claim.one.journey]
    return values["step"] in {getattr(one, "name", None) or "" for one in walk(journey)} or "wait-" in values["step"]


def _run_was(*statuses: str) -> Callable[[Claim, Any], bool]:
    return lambda claim, values: any(one.status in statuses for one in claim.world.history.runs)


def _too_late(claim: Claim, values: Any) -> bool:
    return bool(values["recorded"] - values["occurred"] >= DAY)


def _expired(claim: Claim, values: Any) -> bool:
    return bool(values["planned"] < values["expires"] <= claim.at)


def _no_event(claim: Claim, values: Any) -> bool:
    return not _happened(claim, values)


def _true(claim: Claim, values: Any) -> bool:
    return True


CHECKS: dict[str, Callable[[Claim, Any], bool]] = {
    "first_rung": _first_rung,
    "only_channel": _only_channel,
    "none_before": _none_before,
    "only_before": _only_before,
    "preferred": _preferred,
    "best": _best,
    "alike": _alike,
    "best_value": _best_value,
    "explored": _explored,
    "promising": _promising,
    "only_possible": _only_possible,
    **{kind: _by_strategy(kind) for kind in ("ranked", "drawn", "strategy_failed")},
    "silence": _silence,
    "late_fact": _late_fact,
    "bounced": _failed("bounced"),
    "hard_failure": _failed("failed", "expired", "cancelled"),
    "retries_ended": _retries_ended,
    "abandoned": _abandoned,
    "no_address": _no_address,
    "dead_address": _dead,
    "suppressed": _suppressed,
    "no_consent": _no_consent,
    "opted_out": _consent_is("withdrawn"),
    "denied": _consent_is("denied"),
    "pending_consent": _consent_is("pending"),
    "consent_too_old": _consent_ended,
    "consent_ended": _consent_ended,
    "no_sender_address": lambda claim, values: claim.world.history.person.addresses["phone"][0].startswith("+1"),
    "window": _window,
    "closed": _closed,
    "ttl_before_window": _too_short,
    "cap": _limited,
    "gap": _limited,
    "same_matter": _same_matter,
    "budget": _budget,
    "no_price": _no_price,
    "rule": lambda claim, values: claim.world.history.person.attributes.get("plan") == "pro",
    "not_offered": lambda claim, values: values["channel"] == "pigeon",
    "not_named": _not_named,
    "not_ranked": _not_ranked,
    "success": _success,
    "followed": _followed,
    "next_rung": _not_yet,
    "later_rung": _not_yet,
    "if_it_fails": _if_it_fails,
    "run_over": _run_over,
    "moved_on": _moved_on,
    "tried": _tried,
    "cost": _cost,
    "affinity": _affinity,
    "value": _value,
    "spacing": _spacing,
    "late": _late,
    "of_run": _of_run,
    "handler": _happened,
    "wait": _in_journey,
    **dict.fromkeys(("branch", "split", "round", "rounds_over", "exit_step", "succeeded"), _in_journey),
    "not_awaited": _not_awaited,
    "of_send": lambda claim, values: values["start"] <= claim.at,
    # what heads an explanation of what was not sent
    **dict.fromkeys(("skipped", "unreachable", "deferred", "refused", "re_entry", "merged"), _true),
    "expired": _expired,
    "goal": _happened,
    "exit": _happened,
    "already_running": _true,
    "too_late": _too_late,
    "at_step": _run_was("active"),
    "not_reached": _true,
    "left_out": lambda claim, values: not [one for one in claim.world.history.deliveries if one.step == values["step"]],
    "no_event": _no_event,
}
"""How each code is checked; a code that is not here is an error of the test."""


# the whole


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
