"""What held a channel back: hours, caps, gaps and money."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["LIMITS"]

LIMITS: dict[str, Phrases] = {
    "window": (
        "{channel} : attente des heures permises par la loi, {until:at}, le {holiday} étant férié ({rule})",
        "{channel} : attente des heures permises par la loi, {until:at} ({rule})",
        "{channel} : attente de la fin des heures calmes, {until:at}",
        "{channel} : heures calmes",
    ),
    "closed": (
        "{channel} : fermé par la loi {until:until} ({rule}), et {category} ne part pas plus tard",
        "{channel} : heures calmes {until:until}, et {category} ne part pas plus tard",
        "{channel} : fermé, et ce message ne part pas plus tard",
    ),
    "never_open": (
        "{channel} : impossible, la loi ({rule}) et les heures calmes ne laissent aucun moment",
        "{channel} : impossible, ses heures ne laissent aucun moment",
    ),
    "ttl_before_window": (
        "{channel} : impossible, la loi le permet {until:at} ({rule}), l'envoi n'a d'intérêt que {expires:until}",
        "{channel} : impossible, heures calmes {until:until}, l'envoi n'a d'intérêt que {expires:until}",
        "{channel} : impossible tant que l'envoi avait un intérêt",
    ),
    "cap": (
        "{channel} : retenu par un plafond, {count} messages {capped} sur {limit} en {within} ; place libre {until:at}",
        "{channel} : retenu par un plafond, {count} messages sur {limit} en {within} ; place libre {until:at}",
        "{channel} : retenu par un plafond",
    ),
    "gap": (
        "{channel} : retenu par un écart minimal de {within} entre messages {capped} ; place libre {until:at}",
        "{channel} : retenu par un écart minimal de {within} entre messages ; place libre {until:at}",
        "{channel} : retenu par un écart minimal",
    ),
    "spacing": (
        "il a gardé ses distances {until:until} avec le message commercial précédent",
        "il a gardé ses distances avec le message commercial précédent",
    ),
    "same_matter": (
        "{channel} : retenu, {first_delivery} parle seul du même sujet pendant {within} ; place libre {until:at}",
        "{channel} : retenu, car un autre parcours parle du même sujet",
    ),
    "budget": (
        "{channel} : trop cher, il coûte {cost} et il reste {left} au budget {budget}",
        "{channel} : trop cher pour le budget",
    ),
    "no_price": (
        "{channel} : impossible, aucun prix connu pour {country}, et le budget {budget} doit tenir",
        "{channel} : impossible, aucun prix connu",
    ),
}
