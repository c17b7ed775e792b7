"""How a text tells its way out, in seven languages: ours, in signs of the GSM alphabet, so that they cost one segment
no more than their length. The first where STOP is an answer, the second where it goes to a number of its own
(law:F15: "STOP au 36xxx")."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["WAY_OUT", "way_out"]

WAY_OUT: Mapping[str, tuple[str, str]] = {
    "en": ("Reply STOP to opt out", "Text STOP to {number} to opt out"),
    "fr": ("STOP pour se désabonner", "STOP au {number}"),
    "de": ("Abmelden: STOP antworten", "Abmelden: STOP an {number}"),
    "es": ("Responda STOP para darse de baja", "Baja: STOP al {number}"),
    "it": ("Rispondi STOP per cancellarti", "STOP al {number}"),
    "nl": ("Antwoord STOP om af te melden", "STOP naar {number}"),
    "pt": ("Responda STOP para sair", "STOP para {number}"),
}


def way_out(locale: str, language: str, number: str) -> str:
    """The way out in the person's language ("fr-CA" is French), else the country's, else English."""
    spoken = locale.replace("_", "-").partition("-")[0].lower()
    answer, by_number = next(WAY_OUT[one] for one in (spoken, language, "en") if one in WAY_OUT)
    return by_number.format(number=number) if number else answer
