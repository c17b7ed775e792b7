"""What a run did at its steps, and what happened on the way."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["STEPS"]

STEPS: dict[str, Phrases] = {
    "branch": ("{step} a pris la voie {arm}", "{step} a pris une voie"),
    "split": ("{step} a tiré {arm}", "{step} a tiré une voie"),
    "round": "{step} a fait un tour",
    "rounds_over": "les tours de {step} étaient faits",
    "until": "ce que visait {step} était arrivé",
    "digest": "{step} s'est clos",
    "updated": "{step} a modifié le profil ou les données du parcours",
    "emitted": ("{step} a émis {arm}", "{step} a émis un événement"),
    "started": ("{step} a lancé {arm}", "{step} a lancé un autre parcours"),
    "ended": "le parcours lancé par {step} avait pris fin",
    "called": ("{step} a appelé {function}", "{step} a appelé une fonction"),
    "answered": "la fonction appelée par {step} avait répondu",
    "call_failed": (
        "l'étape {step} a continué sans réponse de {function} ({reason})",
        "l'étape {step} a continué sans réponse de {function}",
        "l'étape {step} a continué sans réponse",
    ),
    "function_called": "la fonction {function} a été appelée par {step}",
    "wait": ("{step} attend {until:until}", "{step} était passé"),
    "event": "ce qu'attendait {step} était arrivé",
    "timeout": "le délai de {step} était écoulé",
    "handler": ("{event} a fait avancer le parcours", "un événement a fait avancer le parcours"),
    "passed": "le parcours y était déjà passé",
    "event_occurred": "{event} a eu lieu",
    "event_told_late": "{event} a eu lieu, et a été annoncé {told:at}",
}
