"""What an engine is held to: hours and rules of countries, which the host may replace."""

from unichannel.core.audience.ageing import AddressAge
from unichannel.core.calendar.hours import Hours
from unichannel.core.policy.compliance.countries import COUNTRIES, FIRST_CONTACT, FRENCH_CHARTER, US_FEDERAL
from unichannel.core.policy.compliance.rule import Country, FirstContact, Implied, Mention, SendingHours, Source
from unichannel.core.policy.compliance.sender import Sender

__all__ = [
    "COUNTRIES",
    "FIRST_CONTACT",
    "FRENCH_CHARTER",
    "US_FEDERAL",
    "AddressAge",
    "Country",
    "FirstContact",
    "Hours",
    "Implied",
    "Mention",
    "Sender",
    "SendingHours",
    "Source",
]
