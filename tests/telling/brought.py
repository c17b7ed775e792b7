"""Checks of what is said to have brought a message, or the rung that it stands on."""

from collections.abc import Callable
from typing import Any

from tests.telling.claims import SHOWS, Check, Claim, out_at, shown
from unichannel.core.words.instant import HOUR

__all__ = ["BROUGHT"]


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


BROUGHT: dict[str, Check] = {
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
}
