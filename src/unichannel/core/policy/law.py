"""The law that holds for somebody: of the region, else of the country, else the default one's."""

from __future__ import annotations

from unichannel.core.audience.country import country_of
from unichannel.core.audience.profile import Person
from unichannel.core.policy.compliance.rule import Country
from unichannel.core.policy.setting import Setting
from unichannel.core.policy.whereabouts import Whereabouts, whereabouts

__all__ = ["law_in", "law_of", "where_of"]


def where_of(setting: Setting, person: Person) -> Whereabouts:
    """Where a person is taken to be, by this engine's defaults."""
    return whereabouts(person, setting.countries, setting.default_zone, setting.default_country)


def law_of(setting: Setting, person: Person) -> Country | None:
    """The rules of the country a person is taken to be in."""
    return law_in(setting, country_of(person, setting.default_country)[0])


def law_in(setting: Setting, code: str) -> Country | None:
    """The rules that hold in a country or a region of one."""
    codes = (code, code.partition("-")[0], setting.default_country)
    return next((setting.countries[one] for one in codes if one in setting.countries), None)
