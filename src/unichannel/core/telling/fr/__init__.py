"""French, as data. Dates and times as CLDR has them: 7 janv., 10:02. A space before : ; ? ! and % does not break."""

from __future__ import annotations

import re

from unichannel.core.telling.fr.choosing import CHOOSING
from unichannel.core.telling.fr.consents import CONSENTS
from unichannel.core.telling.fr.facts import FACTS, REASONS
from unichannel.core.telling.fr.ladders import LADDERS
from unichannel.core.telling.fr.limits import LIMITS
from unichannel.core.telling.fr.runs import RUNS
from unichannel.core.telling.fr.sends import SENDS
from unichannel.core.telling.fr.steps import STEPS
from unichannel.core.telling.language import Language

__all__ = ["FRENCH"]

_SPACED = re.compile(r" (?=[:;?!»%€])|(?<=«) ")


def _finish(text: str) -> str:
    return _SPACED.sub("\u00a0", text)


FRENCH = Language(
    tag="fr",
    codes={**SENDS, **CONSENTS, **LIMITS, **CHOOSING, **LADDERS, **RUNS, **STEPS},
    facts=FACTS,
    reasons=REASONS,
    channels={
        "email": "e-mail",
        "sms": "SMS",
        "mms": "MMS",
        "rcs": "RCS",
        "whatsapp": "WhatsApp",
        "push": "notification push",
        "web_push": "notification web",
        "voice": "appel vocal",
        "chat": "messagerie",
        "in_app": "message dans l'application",
        "*": "tout canal",
    },
    terms={
        "accepted": "accepté",
        "delivered": "remis",
        "opened": "ouvert",
        "clicked": "cliqué",
        "replied": "suivi d'une réponse",
        "converted": "suivi d'une conversion",
        "complained": "suivi d'une plainte",
        "unsubscribed": "suivi d'un désabonnement",
        "email": "d'adresse e-mail",
        "phone": "de numéro de téléphone",
        "push": "d'appareil",
        "web_push": "de navigateur",
        "chat": "de compte de messagerie",
        "in_app": "d'application",
        "profile": "de profil",
        "marketing": "le marketing",
        "transactional": "les messages de service",
        "of_marketing": "marketing",
        "of_transactional": "de service",
        "*": "tout",
        "otherwise": "sinon",
    },
    frames={
        "because": "{head}, car {causes}",
        "more": " ; ",
        "by": "{message} par {channel}",
        "fate": "Le message {facts}.",
        "path": "En chemin : {path}.",
        "why": "{head} : {rest}",
        "and": " et ",
        "then": ", puis ",
    },
    moments={
        "at": ("à {time}", "le {day} à {time}"),
        "of": ("de {time}", "du {day} à {time}"),
        "until": ("jusqu'à {time}", "jusqu'au {day} à {time}"),
        "since": ("depuis {time}", "depuis le {day} à {time}"),
    },
    units={
        "month": ("mois", "mois"),
        "week": ("semaine", "semaines"),
        "day": ("jour", "jours"),
        "hour": ("h", "h"),
        "minute": ("min", "min"),
        "second": ("s", "s"),
        "message": ("message", "messages"),
        "try": ("essai", "essais"),
    },
    months=("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    money={
        "EUR": "{amount} €",
        "GBP": "{amount}\u00a0£",
        "USD": "{amount}\u00a0$",
        "": "{amount}\u00a0{currency}",
    },
    decimal=",",
    thousands="\u202f",
    finish=_finish,
)
