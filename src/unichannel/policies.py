"""What an engine is held to: hours and rules of countries, which the host may replace."""

from unichannel.core.calendar.hours import Hours
from unichannel.core.policy.compliance.countries import COUNTRIES, FRENCH_CHARTER, US_FEDERAL
from unichannel.core.policy.compliance.rule import Country, Implied, SendingHours, Source

__all__ = ["COUNTRIES", "FRENCH_CHARTER", "US_FEDERAL", "Country", "Hours", "Implied", "SendingHours", "Source"]
