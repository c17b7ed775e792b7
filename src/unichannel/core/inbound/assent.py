"""Yes and no: what a person answers to a question for consent, in seven languages.

The whole message has to be the answer, as with opt-outs: "yes but later" is for people to read. STOP is none of
these words: it is read before. The words are ours; no carrier's list of them was found, but for Twilio's YES
(law:T2).
"""

from __future__ import annotations

from typing import Literal

from unichannel.core.inbound.opt_out import Words, read_words

__all__ = ["NO", "YES", "Assent", "read_assent"]

Assent = Literal["yes", "no"]

_OURS = "ours: the plain answer in the language"

YES: tuple[Words, ...] = (
    Words("en", _OURS, alone=("yes", "y", "yep", "yeah", "i confirm", "confirm", "i agree")),
    Words("fr", _OURS, alone=("oui", "ok oui", "je confirme", "confirmer", "d'accord")),
    Words("es", _OURS, alone=("si", "confirmo")),
    Words("de", _OURS, alone=("ja", "ich bestatige", "bestatigen")),
    Words("it", _OURS, alone=("confermo",)),
    Words("pt", _OURS, alone=("sim",)),
    Words("nl", _OURS, alone=("bevestigen", "ik bevestig")),
)

NO: tuple[Words, ...] = (
    Words("en", _OURS, alone=("no", "n", "nope", "not me")),
    Words("fr", _OURS, alone=("non", "pas moi")),
    Words("de", _OURS, alone=("nein",)),
    Words("pt", _OURS, alone=("nao",)),
    Words("nl", _OURS, alone=("nee",)),
)


def read_assent(text: str) -> Assent | None:
    """What a text answers: "yes", "no", or None for anything else; accents, case and politeness make no difference."""
    return "yes" if read_words(text, YES) else "no" if read_words(text, NO) else None
