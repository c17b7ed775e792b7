"""How a send went from one channel to the next."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["LADDERS"]

LADDERS: dict[str, Phrases] = {
    "first_rung": "il vient en premier de {rungs}",
    "none_before": "les canaux précédents ne pouvaient pas servir",
    "only_before": "{channel} était le seul essayé avant",
    "tried": ("{channel} : essayé {since:at}", "{channel} : essayé avant"),
    "followed": "{channel} a suivi {since:at}",
    "success": (
        "{channel} : inutile, car le message {message} par {seen_channel} {sent:of} a été {evidence} {since:at}",
        "{channel} : inutile",
    ),
    "silence": (
        "le message {message} par {channel} {sent:of} n'a pas été {evidence} en {delay}",
        "rien n'est venu du message {message} par {channel} {sent:of} en {delay}",
        "rien n'est venu de l'envoi précédent",
    ),
    "hard_failure": (
        "le message {message} par {channel} {sent:of} a échoué ({reason})",
        "le message {message} par {channel} {sent:of} a échoué",
        "l'envoi précédent a définitivement échoué",
    ),
    "bounced": (
        "le message {message} par {channel} {sent:of} est revenu ({reason})",
        "le message {message} par {channel} {sent:of} est revenu",
        "l'envoi précédent est revenu",
    ),
    "retries_ended": (
        "le message {message} par {channel} {sent:of} n'a pas pu être remis en {tries}",
        "son prestataire n'a pas pu être joint à temps",
    ),
    "abandoned": (
        "personne ne peut dire si le message {message} par {channel} {sent:of} a été accepté, et rien n'en est venu",
        "personne ne peut dire s'il a été accepté, il n'a donc pas été renvoyé",
    ),
    "late_fact": (
        "que le message {message} par {channel} a été {evidence} {since:at} n'a été connu qu'après, {told:at}",
        "un fait n'a été connu qu'après la décision",
    ),
    "next_rung": (
        "{channel} suit {until:at} s'il n'est pas {evidence} d'ici là",
        "{channel} suit {until:at} si rien ne vient d'ici là",
    ),
    "later_rung": "{channel} viendrait ensuite",
    "if_it_fails": "{channel} n'aurait suivi qu'en cas d'échec",
    "run_over": (
        "{channel} n'a plus été essayé, car {event} a mis fin au parcours {since:at}",
        "{channel} n'a plus été essayé, car le parcours a pris fin {since:at}",
        "{channel} n'a plus été essayé, car le parcours avait pris fin",
    ),
    "moved_on": (
        "{channel} n'a plus été essayé, car {event} a fait avancer le parcours {since:at}",
        "{channel} n'a plus été essayé, car le parcours avait avancé",
    ),
    "not_awaited": "{channel} n'a plus été essayé, car l'échec est venu une fois l'envoi clos",
}
