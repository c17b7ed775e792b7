"""What became of a send."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["SENDS"]

SENDS: dict[str, Phrases] = {
    "reserved": "{channel} : choisi",
    "deferred": ("l'étape {step} a dû attendre {until:until}", "l'étape {step} a dû attendre"),
    "held": ("il a dû attendre {until:until}", "il a dû attendre"),
    "late": "il était prévu {planned:at} et a été décidé {decided:at}",
    "skipped": "l'étape {step} n'a plus rien envoyé",
    "unreachable": "l'étape {step} n'a pas été envoyée, car aucun canal ne restait",
    "expired": (
        "l'étape {step} n'a pas été envoyée, car l'envoi n'avait d'intérêt que {expires:until}",
        "l'étape {step} : trop tard",
    ),
    "ttl": "l'envoi n'avait plus d'intérêt",
    "cancelled": "il a été retiré avant l'envoi",
    "delivery_waits": "Il part {until:at} au plus tôt",
    "of_run": (
        "C'est l'étape {step} de {journey}, qui a commencé {start:at} avec {event}",
        "C'est l'étape {step} de {journey}, qui a commencé {start:at}",
    ),
    "of_send": "Il a été demandé {start:at}",
    "succeeded": "{step} avait abouti",
}
