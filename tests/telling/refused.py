"""Checks of what is said of the channels that it did not go by."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from tests.telling.claims import MARKETING, SHARED, Check, Claim, out_at, shown
from unichannel.core.words.instant import DAY

__all__ = ["OF_CHANNELS"]


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


OF_CHANNELS: dict[str, Check] = {
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
    "not_awaited": _not_awaited,
}
