"""Why an address could not be written to, or the person had not allowed it; and what was said of consent."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["CONSENTS"]

CONSENTS: dict[str, Phrases] = {
    "no_address": ("{channel} was not possible: no {needs}", "{channel} was not possible: no address"),
    "dead_address": (
        "{channel} was not possible: the address is dead since the {message} {failed_channel} {since:of} failed",
        "{channel} was not possible: the address was found dead",
    ),
    "stale_address": (
        "{channel} was not allowed: the address has been without a sign for too long {since:since}",
        "{channel} was not allowed: the address has been without a sign for too long",
    ),
    "suppressed": (
        "{channel} was not allowed: the {message} {failed_channel} {since:of} was {evidence}",
        "{channel} was not allowed: the person wrote STOP {since:at}",
        "{channel} was not allowed: the address opted out, complained or is refused by its provider",
    ),
    "no_consent": (
        "{channel} was not allowed: no consent for {purpose} ({category}), which has to be given first ({rule})",
        "{channel} was not allowed: no consent for {purpose} ({category})",
        "{channel} was not allowed: no consent for {purpose}",
        "{channel} was not allowed: no consent",
    ),
    "opted_out": (
        "{channel} was not allowed: consent for {purpose} was withdrawn {since:at}",
        "{channel} was not allowed: consent was withdrawn",
    ),
    "denied": (
        "{channel} was not allowed: the person said no to {purpose} {since:at}",
        "{channel} was not allowed: the person said no",
    ),
    "pending_consent": (
        "{channel} was not allowed: the consent for {purpose} was asked for {since:at} and is not confirmed",
        "{channel} was not allowed: the consent is not confirmed",
    ),
    "consent_too_old": (
        "{channel} was not allowed: the consent for {purpose} is too old {since:since} ({rule})",
        "{channel} was not allowed: the consent is too old",
    ),
    "consent_ended": (
        "{channel} was not allowed: the consent implied by a purchase or a question ended {since:at} ({rule})",
        "{channel} was not allowed: the consent implied by a purchase or a question has ended",
    ),
    "not_implied": "{channel} was not allowed: the law knows no consent implied by a purchase or a question there",
    "nothing_to_confirm": "{channel} was not allowed: no consent waits to be confirmed there",
    "prospect": (
        "{channel} was not allowed: a prospect gets no marketing there before they were in touch ({rule})",
        "{channel} was not allowed: the person was never in touch",
    ),
    "no_sender_address": (
        "{channel} was not possible: the law asks for the sender's postal address ({rule}), and none was given",
        "{channel} was not possible: the sender's postal address was not given",
    ),
    "consent_given": "consent for {purpose} by {channel} was given",
    "consent_withdrawn": "consent for {purpose} by {channel} was withdrawn",
    "consent_pending": "consent for {purpose} by {channel} was asked for, to be confirmed",
    "consent_soft_opt_in": "a purchase or a question implied consent for {purpose} by {channel}",
    "consent_denied": "consent for {purpose} by {channel} was refused",
}
