"""How runs of journeys begin, where they are, and how they end."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["RUNS"]

RUNS: dict[str, Phrases] = {
    "start": ("le parcours {journey} a commencé avec {event}", "le parcours {journey} a commencé"),
    "refused": "le parcours {journey} n'a pas commencé",
    "not_enrolled": (
        "le parcours {journey} n'a jamais commencé : {triggers} n'a pas eu lieu",
        "le parcours {journey} n'a jamais commencé",
    ),
    "no_event": "{event} n'a pas eu lieu",
    "no_entity": ("l'événement n'a pas de {property}, qui distingue les parcours", "l'événement est incomplet"),
    "entry_condition": "sa condition d'entrée n'était pas remplie",
    "re_entry": ("il ne peut recommencer que {until:at}", "il ne peut pas recommencer"),
    "already_running": "un parcours était encore en cours",
    "too_late": (
        "{event} a eu lieu {occurred:at} et n'a été annoncé que {recorded:at}",
        "l'événement a été annoncé plus tard que le parcours ne l'accepte",
    ),
    "unknown_journey": "aucun parcours de ce nom n'est connu",
    "at_step": (
        "le parcours {journey} est à l'étape {step} {until:until}",
        "le parcours {journey} est à l'étape {step}",
    ),
    "not_reached": "l'étape {step} n'a pas été atteinte",
    "left_out": "le parcours {journey} a pris une autre voie que {step}",
    "set_aside": "le parcours {journey} est mis de côté à l'étape {step}, car sa décision a levé une erreur",
    "goal": ("le parcours {journey} a pris fin, car son but {event} est atteint", "le but est atteint"),
    "exit": ("le parcours {journey} a pris fin, car {event} est arrivé", "le parcours avait pris fin"),
    "exit_step": (
        "le parcours {journey} a pris fin à son étape {step} ({event})",
        "le parcours {journey} a pris fin à son étape {step}",
    ),
    "completed": "le parcours {journey} est arrivé à son terme",
    "merged": (
        "le parcours {journey} a pris fin, car deux profils n'en font plus qu'un et {into} continue",
        "deux profils n'en font plus qu'un, et le parcours le plus ancien continue",
    ),
    "erased": "la personne a demandé l'effacement de ses données",
}
