"""What became of a delivery, its subject left out; and why it failed."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["FACTS", "REASONS"]

FACTS: dict[str, Phrases] = {
    "reserved": ("est réservé {at:since}", "a été réservé"),
    "sending": ("est en cours d'envoi {at:since}", "a été confié au prestataire"),
    "retry": ("sera réessayé, {at:since} ({reason})", "sera réessayé, {at:since}", "devait être réessayé"),
    "in_doubt": ("est incertain {at:since}", "était incertain"),
    "abandoned": ("a été laissé dans le doute {at:at}", "a été laissé dans le doute"),
    "accepted": ("a été accepté {at:at} après {tries}", "a été accepté {at:at}", "a été accepté"),
    "sent": ("a été envoyé {at:at}", "a été envoyé"),
    "delivered": ("a été remis {at:at}", "a été remis"),
    "failed": ("a échoué {at:at} ({reason})", "a échoué {at:at}", "a échoué"),
    "bounced": ("est revenu {at:at} ({reason})", "est revenu {at:at}", "est revenu"),
    "cancelled": ("a été retiré {at:at} ({reason})", "a été retiré {at:at}", "a été retiré"),
    "expired": (
        "a été abandonné {at:at} après {tries}",
        "n'avait plus d'intérêt {at:at}",
        "n'avait plus d'intérêt",
    ),
    "doubted": ("était incertain {at:at}", "était incertain"),
    "opened": ("a été ouvert {at:at}", "a été ouvert"),
    "clicked": ("a été cliqué {at:at}", "a été cliqué"),
    "replied": ("a reçu une réponse {at:at}", "a reçu une réponse"),
    "converted": ("a mené à une conversion {at:at}", "a mené à une conversion"),
    "dismissed": ("a été fermé {at:at}", "a été fermé"),
    "complained": ("a suscité une plainte {at:at}", "a suscité une plainte"),
    "unsubscribed": ("a suscité un désabonnement {at:at}", "a suscité un désabonnement"),
    "machine_opened": (
        "a été ouvert par une machine, ce qui ne compte pas, {at:at}",
        "a été ouvert par une machine, ce qui ne compte pas",
    ),
    "machine_clicked": (
        "a été cliqué par une machine, ce qui ne compte pas, {at:at}",
        "a été cliqué par une machine, ce qui ne compte pas",
    ),
    "not_accepted": ("n'a pas été accepté par une route {at:at}", "n'a pas été accepté par une route"),
    "held_back_by_rate": (
        "a été retenu par le débit du prestataire {at:at}",
        "a été retenu par le débit du prestataire",
    ),
    "held_back_by_pause": (
        "a été retenu {at:at}, le prestataire étant en difficulté",
        "a été retenu, le prestataire étant en difficulté",
    ),
}

REASONS = {
    "mailbox_full": "boîte pleine",
    "no_mailbox": "boîte inexistante",
    "no_domain": "domaine inexistant",
    "mailbox_off": "boîte désactivée",
    "too_large": "message trop volumineux",
    "policy": "refusé par la politique ou le filtre du destinataire",
    "network": "serveur du destinataire injoignable",
    "system": "le serveur du destinataire ne l'accepte pas",
    "content": "contenu refusé",
    "template": "le message n'a pas pu être composé",
}
