"""Checks of figures, of what held a message, and of its run."""

from collections.abc import Callable
from typing import Any

from tests.telling.claims import MARKETING, SHOWS, Check, Claim, out_at
from unichannel.core.journey.language.journey import walk
from unichannel.core.words.instant import DAY, HOUR, MINUTE

__all__ = ["AROUND"]


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


AROUND: dict[str, Check] = {
    "cost": _cost,
    "affinity": _affinity,
    "value": _value,
    "spacing": _spacing,
    "late": _late,
    "of_run": _of_run,
    "handler": _happened,
    "wait": _in_journey,
    **dict.fromkeys(("branch", "split", "round", "rounds_over", "exit_step", "succeeded"), _in_journey),
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
