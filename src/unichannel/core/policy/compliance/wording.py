"""How a message tells its way out, in seven languages, in our own words.

Those of texts are in signs of the GSM alphabet, so that they cost one segment no more than their length: the first
where STOP is an answer, the second where it goes to a number of its own (law:F15: "STOP au 36xxx"). Those of e-mails
are what the link is called.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["UNSUBSCRIBE", "WAY_OUT", "unsubscribe", "way_out"]

WAY_OUT: Mapping[str, tuple[str, str]] = {
    "en": ("Reply STOP to opt out", "Text STOP to {number} to opt out"),
    "fr": ("STOP pour se désabonner", "STOP au {number}"),
    "de": ("Abmelden: STOP antworten", "Abmelden: STOP an {number}"),
    "es": ("Responda STOP para darse de baja", "Baja: STOP al {number}"),
    "it": ("Rispondi STOP per cancellarti", "STOP al {number}"),
    "nl": ("Antwoord STOP om af te melden", "STOP naar {number}"),
    "pt": ("Responda STOP para sair", "STOP para {number}"),
}

UNSUBSCRIBE: Mapping[str, str] = {
    "en": "Unsubscribe",
    "fr": "Se désabonner",
    "de": "Abmelden",
    "es": "Darse de baja",
    "it": "Annulla l'iscrizione",
    "nl": "Uitschrijven",
    "pt": "Cancelar a subscrição",
}


def way_out(locale: str, language: str, number: str) -> str:
    """A text's way out in the person's language ("fr-CA" is French), else the country's, else English."""
    answer, by_number = WAY_OUT[_spoken(locale, language)]
    return by_number.format(number=number) if number else answer


def unsubscribe(locale: str, language: str) -> str:
    """What an e-mail's link is called, in the same language."""
    return UNSUBSCRIBE[_spoken(locale, language)]


def _spoken(locale: str, language: str) -> str:
    own = locale.replace("_", "-").partition("-")[0].lower()
    return next(one for one in (own, language, "en") if one in WAY_OUT)
