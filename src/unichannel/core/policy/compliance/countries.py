"""Rules of countries, each with its source.

Where sources disagree, the stricter is the default and the other is here by name. A country that is
not here is held to the rules of the engine's default one, which is France unless the host says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from unichannel.core.calendar.hours import Hours
from unichannel.core.calendar.span import Span, months, years
from unichannel.core.calendar.window import WEEKDAYS, Window
from unichannel.core.policy.compliance.rule import Country, FirstContact, Implied, Mention, SendingHours, Source

__all__ = ["COUNTRIES", "DEFAULT_COUNTRY", "FIRST_CONTACT", "FRENCH_CHARTER", "SOURCES", "US_FEDERAL"]

DEFAULT_COUNTRY = "FR"

_TEXTS = frozenset({"sms", "mms", "rcs"})
_VOICE = frozenset({"voice"})
_WRITTEN = frozenset({"email", "sms", "mms", "rcs"})
_MAIL = frozenset({"email"})
_MOBILE = frozenset({"sms", "mms", "rcs", "whatsapp"})
"""What the law calls electronic mail beside e-mail itself (law:K1): it names the sender and the way out."""

_WORKING = WEEKDAYS[:6]
_WEEK = WEEKDAYS[:5]
_WEEKEND = WEEKDAYS[5:]


def _texts(hours: Hours, source: Source, *, voice: bool = False) -> SendingHours:
    return SendingHours(_TEXTS | _VOICE if voice else _TEXTS, hours, source)


def _named(source: Source) -> Mention:
    """Who sends it and how to stop it, in every text."""
    return Mention(_MOBILE, ("sender", "way_out"), source)


def _linked(source: Source) -> Mention:
    """A link to unsubscribe in every e-mail; its From header names the sender."""
    return Mention(_MAIL, ("way_out",), source)


FIRST_CONTACT = FirstContact(
    frozenset({"sms", "mms", "rcs"}),
    Source(
        "house:first-contact",
        "No marketing text to a prospect before a first contact: sign-up, purchase, their own message. "
        "A practice of the field, not a law.",
        seen="no",
    ),
)
"""The rule for prospects by default; which of the host's events are a contact is the host's to say."""

# France

_F12 = Source(
    "law:F12",
    "Marketing texts from Monday to Saturday, 8 to 20 h, never on Sundays or public holidays: providers' practice, "
    "often said to be the CNIL's, whose text was not found.",
    "sendtargetsms.com",
)
_F11 = Source(
    "law:F11",
    "Business messaging charter of the af2m, from 1 September 2024: working days, 8 to 22 h (texts and RCS).",
    "af2m.org, Charte Business Messaging",
    seen="primary",
)
_F17 = Source(
    "law:F17",
    "Marketing calls from Monday to Friday, not on public holidays, 10 to 13 and 14 to 20 h in the consumer's zone "
    "(Code de la consommation D.223-9, decree 2022-1313).",
    "lexbase.fr, a copy of the decree",
    seen="primary",
)
_F1 = Source(
    "law:F1",
    "Prior consent, free, specific and informed, before marketing by e-mail, SMS or MMS to a natural person "
    "(CPCE L34-5).",
    "doctrine.fr, a copy of L34-5 of 2016",
    seen="primary",
)
_F2 = Source(
    "law:F2",
    "No new consent for similar products of the same company to somebody who bought (CPCE L34-5).",
    "cnil.fr, La prospection commerciale par SMS-MMS",
    seen="primary",
)
_F19 = Source(
    "law:F19",
    "Prospects are kept for three years from their last contact; a click counts, an open does not (CNIL's framework).",
    "olympe.legal, citing the CNIL",
)

_F7 = Source(
    "law:F7",
    "Every message names who it is from and gives a valid, free way to stop it (CPCE L34-5); in texts "
    '"STOP au 36xxx" (law:F15), not in transactional ones.',
    "businesspme.com, quoting the law of 2004; sweego.io, SMS transactionnel en France",
)

_FRENCH_CALLS = SendingHours(
    _VOICE,
    Hours([Window("10:00", "13:00", days=_WEEK), Window("14:00", "20:00", days=_WEEK)], holidays=False),
    _F17,
)
FRENCH_CHARTER = _texts(Hours([Window("08:00", "22:00", days=_WORKING)], holidays=False), _F11)
"""The charter's hours, wider than the default: ``COUNTRIES["FR"].with_(hours=(FRENCH_CHARTER, …))``."""

_FRANCE = Country(
    "FR",
    "France",
    (_texts(Hours([Window("08:00", "20:00", days=_WORKING)], holidays=False), _F12), _FRENCH_CALLS),
    (Implied("customer", _WRITTEN, years(3), _F2),),
    business="opt_out",
    renewed_after=years(3),
    renewed_source=_F19,
    zones=("Europe/Paris",),
    consent=_F1,
    mentions=(_named(_F7), _linked(_F7)),
    language="fr",
)

# European Union, United Kingdom

_EU13 = Source(
    "law:EU13",
    "Consent before marketing by e-mail, text or automatic call; existing customers for similar products "
    "(Directive 2002/58/EC, art. 13). No hours of its own.",
    "",
    seen="no",
)
_EU13_4 = Source(
    "law:EU13-4",
    "Electronic mail for marketing must not conceal who it is from, nor lack a valid address to ask for its end "
    "(Directive 2002/58/EC, art. 13(4)).",
    "wordscope.be, Direct mail marketing, quoting the article",
)
_K3 = Source(
    "law:K3",
    "No concealed identity, and a valid address to opt out, in electronic mail: e-mail, SMS, MMS, direct messages "
    "(PECR 23).",
    "ICO, guide to PECR (an older edition)",
    seen="primary",
)
_K1 = Source(
    "law:K1",
    "Consent or soft opt-in before electronic mail to individual subscribers (PECR 22).",
    "ICO, guide to PECR (an older edition); burges-salmon.com",
)
_K2 = Source(
    "law:K2",
    "Soft opt-in: details from a sale or its negotiation, own similar products, refusal offered in every message "
    "(PECR 22).",
    "geldards.com",
)


def _european(code: str, name: str, *zones: str, language: str = "en") -> Country:
    implied = Implied("customer", _WRITTEN, None, _EU13)
    asked = (_named(_EU13_4), _linked(_EU13_4))
    return Country(code, name, (), (implied,), zones=zones, consent=_EU13, mentions=asked, language=language)


_MEMBERS = (
    _european("AT", "Austria", "Europe/Vienna", language="de"),
    _european("BE", "Belgium", "Europe/Brussels", language="nl"),
    _european("BG", "Bulgaria", "Europe/Sofia"),
    _european("CY", "Cyprus", "Asia/Nicosia"),
    _european("CZ", "Czechia", "Europe/Prague"),
    _european("DE", "Germany", "Europe/Berlin", language="de"),
    _european("DK", "Denmark", "Europe/Copenhagen"),
    _european("EE", "Estonia", "Europe/Tallinn"),
    _european("ES", "Spain", "Europe/Madrid", "Atlantic/Canary", language="es"),
    _european("FI", "Finland", "Europe/Helsinki"),
    _european("GR", "Greece", "Europe/Athens"),
    _european("HR", "Croatia", "Europe/Zagreb"),
    _european("HU", "Hungary", "Europe/Budapest"),
    _european("IE", "Ireland", "Europe/Dublin"),
    _european("IT", "Italy", "Europe/Rome", language="it"),
    _european("LT", "Lithuania", "Europe/Vilnius"),
    _european("LU", "Luxembourg", "Europe/Luxembourg", language="fr"),
    _european("LV", "Latvia", "Europe/Riga"),
    _european("MT", "Malta", "Europe/Malta"),
    _european("NL", "Netherlands", "Europe/Amsterdam", language="nl"),
    _european("PL", "Poland", "Europe/Warsaw"),
    _european("PT", "Portugal", "Europe/Lisbon", "Atlantic/Azores", language="pt"),
    _european("RO", "Romania", "Europe/Bucharest"),
    _european("SE", "Sweden", "Europe/Stockholm"),
    _european("SI", "Slovenia", "Europe/Ljubljana"),
    _european("SK", "Slovakia", "Europe/Bratislava"),
)

_BRITAIN = Country(
    "GB",
    "United Kingdom",
    (),
    (Implied("customer", _WRITTEN, None, _K2),),
    business="opt_out",
    zones=("Europe/London",),
    consent=_K1,
    mentions=(_named(_K3), _linked(_K3)),
)

# United States

_EASTERN, _CENTRAL = "America/New_York", "America/Chicago"
_U1 = Source(
    "law:U1",
    "No telephone solicitation before 8 or after 21 h local time at the called party's location "
    "(47 CFR 64.1200(c)(1)).",
    "nwdebtresolution.com, quoting the rule",
    seen="primary",
)
_U7 = Source(
    "law:U7",
    "STOP opts out and is told of; the sender is named (CTIA, short code handbook).",
    "usshortcodedirectory.com; twilio.com help",
)
_U9 = Source(
    "law:U9",
    "Commercial e-mail has a clear way to opt out, which works for 30 days, and the sender's valid physical postal "
    "address (CAN-SPAM, 15 U.S.C. 7704(a)(3) and (a)(5)).",
    "optizmo.com, CAN-SPAM compliance deep dive (quoting (a)(3)); legalclarity.org, What is the CAN-SPAM physical "
    "address requirement; business.ftc.gov (bus61)",
)
_AMERICAN = (_named(_U7), Mention(_MAIL, ("way_out", "address"), _U9))
_CAUTION = Source(
    "law:U8",
    "Stricter states: the hours that suit all of those named here, where somebody's state is not known.",
    "leadgen-economy.com, call time restrictions by state",
)


_EVENING = Hours([Window("08:00", "20:00")])
_TEXAN = Hours([Window("09:00", "21:00", days=_WORKING), Window("12:00", "21:00", days=WEEKDAYS[6:])])
_TABLE = "leadgen-economy.com, call time restrictions by state"


def _state(code: str, name: str, hours: Hours, says: str, page: str, *zones: str) -> Country:
    rule = _texts(hours, Source(f"law:U8-{code}", says, page), voice=True)
    return Country(f"US-{code}", name, (rule,), business="opt_out", zones=zones, mentions=_AMERICAN)


_STATES = (
    _state("FL", "Florida", _EVENING, "8 to 20 h (Florida Telephone Solicitation Act).", _TABLE, _EASTERN, _CENTRAL),
    _state("OK", "Oklahoma", _EVENING, "8 to 20 h (Oklahoma Telephone Solicitation Act).", _TABLE, _CENTRAL),
    _state("WA", "Washington", _EVENING, "8 to 20 h.", _TABLE, "America/Los_Angeles"),
    _state(
        "TX",
        "Texas",
        _TEXAN,
        "Monday to Saturday 9 to 21 h, Sunday noon to 21 h (Bus. & Com. Code 301.051; texts since September 2025).",
        "attentive.com, SMS compliance: Texas amendments",
        _CENTRAL,
        "America/Denver",
    ),
)

US_FEDERAL = _texts(Hours([Window("08:00", "21:00")]), _U1, voice=True)
"""The federal hours, wider than the default for somebody whose state is not known."""

_UNITED_STATES = Country(
    "US",
    "United States",
    (
        _texts(
            Hours([Window("09:00", "20:00", days=_WORKING), Window("12:00", "20:00", days=WEEKDAYS[6:])]),
            _CAUTION,
            voice=True,
        ),
    ),
    business="opt_out",
    mentions=_AMERICAN,
)

# Canada

_C1 = Source(
    "law:C1",
    "Express or implied consent; implied: two years from a purchase or contract, six months from an inquiry (CASL).",
    "millsandmills.ca",
)
_C2 = Source(
    "law:C2",
    "A free way to unsubscribe by the same means as the message (CASL).",
    "BLG on mondaq.com, 301380",
)
_C3 = Source(
    "law:C3",
    "The sender is named, with a mailing address and a telephone, mailbox or page (CASL).",
    "cmbabc.ca",
)
_C5 = Source(
    "law:C5",
    "Telemarketing calls 9 to 21:30 h from Monday to Friday, 10 to 18 h at the weekend, the called person's time "
    "(CRTC, Unsolicited Telecommunications Rules).",
    "crtc.gc.ca, Unsolicited Telecommunications Rules; northerntel.ca",
)

_CANADA = Country(
    "CA",
    "Canada",
    (
        SendingHours(
            _VOICE, Hours([Window("09:00", "21:30", days=_WEEK), Window("10:00", "18:00", days=_WEEKEND)]), _C5
        ),
    ),
    (Implied("customer", _WRITTEN, Span(months=24), _C1), Implied("inquiry", _WRITTEN, months(6), _C1)),
    consent=_C1,
    mentions=(_named(_C2), _linked(_C2), Mention(_MAIL, ("address",), _C3)),
)

COUNTRIES: dict[str, Country] = {
    one.code: one
    for one in (
        _FRANCE,
        *_MEMBERS,
        _BRITAIN,
        _UNITED_STATES,
        *_STATES,
        _CANADA,
    )
}


def _sources(one: Country) -> Iterator[Source]:
    yield from (rule.source for rule in one.hours)
    yield from (rule.source for rule in one.implied)
    yield from (rule.source for rule in one.mentions)
    yield from (source for source in (one.consent, one.renewed_source) if source is not None)


SOURCES: dict[str, Source] = {
    source.id: source
    for source in (
        *(source for one in COUNTRIES.values() for source in _sources(one)),
        FRENCH_CHARTER.source,
        US_FEDERAL.source,
        FIRST_CONTACT.source,
    )
}
"""Where each rule comes from, by its id."""
