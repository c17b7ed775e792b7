"""Why this channel, and not another that was possible or was not."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["CHOOSING"]

CHOOSING: dict[str, Phrases] = {
    "no_content": "{channel} : impossible, le message n'a pas de contenu pour ce canal",
    "no_route": "{channel} : impossible, aucun prestataire ne le dessert",
    "not_taken": "{channel} : impossible, son prestataire ne prend pas un tel message",
    "no_conversation": "{channel} : impossible, la personne n'a pas écrit depuis un jour",
    "rule": ("{channel} : refusé par la règle {rule}", "{channel} : refusé par une règle de l'application"),
    "not_offered": "{channel} : nommé par la stratégie, mais impossible",
    "not_ranked": "{channel} : classé plus bas",
    "not_named": "{channel} : écarté par la stratégie",
    "only_channel": "c'est le canal de l'étape",
    "only_possible": "aucun autre canal n'était possible",
    "preferred": ("la personne a demandé {channel} pour {topic}", "la personne a demandé {channel}"),
    "best": "il est classé premier pour cette personne",
    "alike": "aucun autre canal n'est connu pour faire mieux avec cette personne",
    "ranked": (
        "la stratégie {strategy} le met en premier pour {topic}",
        "la stratégie {strategy} le met en premier",
        "la stratégie le met en premier",
    ),
    "drawn": ("une part du mélange a été tirée qui le met en premier, avec une chance de {odds}", "il a été tiré"),
    "best_value": "c'est ce qui devrait rapporter le plus, coût déduit",
    "promising": (
        "l'essayer est payant (réponses attendues sur les prochains messages : {promised})",
        "l'essayer est payant sur les prochains messages",
    ),
    "explored": ("il a été essayé, avec une chance de {odds}, pour en savoir plus", "il a été essayé pour savoir"),
    "strategy_failed": ("la stratégie a levé {error}, d'où le canal habituel", "la stratégie a levé une erreur"),
    "affinity": (
        "affinité {beliefs} d'après {messages} et ce que d'autres répondent (a priori {prior})",
        "affinité {beliefs} d'après {messages}",
    ),
    "cost": "{channel} coûte {cost}",
    "value": ("valeur attendue {values}, une réponse valant {worth}", "valeur attendue {values}"),
    "derived": "avec le texte pour {seen_channel}",
}
