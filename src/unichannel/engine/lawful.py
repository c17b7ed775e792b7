"""What an engine is given to keep the law with, checked when it is made: a country, hours that open, a sender."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unichannel.core.audience.profile import Person
from unichannel.core.calendar.hours import opening
from unichannel.core.journey.language.journey import Journey
from unichannel.core.policy.compliance.countries import COUNTRIES
from unichannel.core.policy.compliance.rule import Country
from unichannel.core.policy.mentions import asked_of
from unichannel.core.policy.setting import Setting
from unichannel.core.policy.timing import hours_for
from unichannel.core.words.channel import OWN, RANK
from unichannel.core.words.saying import joined
from unichannel.errors import ConfigurationError

__all__ = ["check_ageing", "check_country", "check_hours", "check_sender"]

_ANY_KEY = "k" * 24


def check_country(default: str, given: Sequence[Country]) -> None:
    """Raise ConfigurationError where the rules of the default country are not there."""
    known = {*COUNTRIES, *(one.code for one in given)}
    if default not in known:
        raise ConfigurationError(
            f"there are no rules for the country {default!r} (known: {', '.join(sorted(known))}).",
            thing=default,
            mend="Give them: Engine(countries=[Country(…)]).",
        )


def check_ageing(setting: Setting) -> list[str]:
    """Raise ConfigurationError where what ages is no address; findings where nothing would show it to work."""
    for name in setting.ageing:
        if name not in setting.channels or setting.channels[name].address == OWN:
            raise ConfigurationError(
                f"addresses of {name!r} cannot age: "
                + ("everybody has one." if name in setting.channels else "there is no such channel."),
                thing=name,
                mend="Leave it out, or name another channel.",
            )
    return [
        f"addresses of {name} age, and its routes report nothing that shows one to work: only answers and "
        "confirm_address() keep them fresh"
        for name, rule in sorted(setting.ageing.items())
        if name in setting.reports
        and not any(RANK[one] >= RANK[rule.shown] for one in setting.reports[name] - {"replied"})
    ]


def check_hours(setting: Setting, now: int) -> None:
    """Raise ConfigurationError where marketing has no hour left by the rules of the engine's own country and zone."""
    nobody = Person(0, "")
    for channel in sorted(setting.reports):
        if not setting.channels[channel].interrupts:
            continue
        rules = hours_for(setting, channel, nobody, marketing=True)
        if opening(now, rules) is None:
            raise ConfigurationError(
                f"marketing by {channel} would never go out: quiet hours and the law of "
                f"{setting.default_country} leave no time that is open to both.",
                thing="quiet_hours",
                mend="Shorten quiet_hours=, or replace the rule: Engine(countries=[COUNTRIES[…].with_(hours=…)]).",
            )


def check_sender(setting: Setting, journeys: Iterable[Journey]) -> list[str]:
    """Findings where marketing cannot say who it is from.

    Raises ConfigurationError for marketing e-mail under a law that asks for the postal address, where there is none.
    """
    said = list(_marketing(setting, journeys))
    mail = [where for where, channel in said if channel == "email"]
    texts = [where for where, channel in said if "sender" in asked_of(_home(setting), channel)]
    findings = _without_way_out(setting, mail)
    if mail and not (setting.sender and setting.sender.address):
        findings += _without_address(setting, mail)
    if texts and setting.sender is None:
        findings.append(f"no sender= is given, so marketing texts name nobody unless they do themselves: {texts[0]}")
    return findings


def _without_way_out(setting: Setting, mail: Sequence[str]) -> list[str]:
    """A link to unsubscribe needs a place that it leads to."""
    if not mail or setting.linker(_ANY_KEY).unsubscribe() or "way_out" not in asked_of(_home(setting), "email"):
        return []
    return [
        f"no tracking= is given, so marketing by e-mail has no link to unsubscribe unless it brings its own: {mail[0]}"
    ]


def _without_address(setting: Setting, mail: Sequence[str]) -> list[str]:
    home = asked_of(_home(setting), "email").get("address")
    if home is not None:
        raise ConfigurationError(
            f"{mail[0]} is marketing by e-mail, for which the law of {setting.default_country} asks for the "
            f"sender's postal address ({home.id}).",
            thing="sender",
            mend='Give Engine(sender=Sender("Example Shop", address="1 Main Street, Springfield, IL 62701, USA")).',
        )
    asking = [one for one in setting.countries.values() if "address" in asked_of(one, "email")]
    nations = joined(sorted(one.name for one in asking if "-" not in one.code), "or")
    return [f"no sender= with an address is given, so marketing by e-mail is refused to people in {nations}: {mail[0]}"]


def _home(setting: Setting) -> Country:
    return setting.countries[setting.default_country]


def _marketing(setting: Setting, journeys: Iterable[Journey]) -> Iterable[tuple[str, str]]:
    """Each marketing message that a route serves, and its channel."""
    for journey in journeys:
        for message in journey.messages():
            if setting.category(message.category).says_mentions:
                named = f"{message.name!r} of {journey.name!r}"
                yield from ((named, channel) for channel in message.channels if channel in setting.reports)
