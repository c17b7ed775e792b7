"""Why an address could not be written to, or the person had not allowed it; and what was said of consent."""

from __future__ import annotations

from unichannel.core.telling.language import Phrases

__all__ = ["CONSENTS"]

CONSENTS: dict[str, Phrases] = {
    "no_address": ("{channel} : impossible, pas {needs}", "{channel} : impossible, pas d'adresse"),
    "dead_address": (
        "{channel} : impossible, adresse morte depuis l'échec du message {message} par {failed_channel} {since:of}",
        "{channel} : impossible, l'adresse ne répond plus",
    ),
    "stale_address": (
        "{channel} : pas permis, l'adresse est sans signe de vie depuis trop longtemps {since:since}",
        "{channel} : pas permis, l'adresse est sans signe de vie depuis trop longtemps",
    ),
    "suppressed": (
        "{channel} : pas permis, le message {message} par {failed_channel} {since:of} a été {evidence}",
        "{channel} : pas permis, la personne a écrit STOP {since:at}",
        "{channel} : pas permis, opposition, plainte ou refus du prestataire pour cette adresse",
    ),
    "no_consent": (
        "{channel} : pas permis, sans consentement pour {purpose} ({category}), à donner d'abord ({rule})",
        "{channel} : pas permis, sans consentement pour {purpose} ({category})",
        "{channel} : pas permis, sans consentement pour {purpose}",
        "{channel} : pas permis, sans consentement",
    ),
    "opted_out": (
        "{channel} : pas permis, le consentement pour {purpose} a été retiré {since:at}",
        "{channel} : pas permis, le consentement a été retiré",
    ),
    "denied": (
        "{channel} : pas permis, la personne a dit non pour {purpose} {since:at}",
        "{channel} : pas permis, la personne a dit non",
    ),
    "pending_consent": (
        "{channel} : pas permis, le consentement pour {purpose} demandé {since:at} n'est pas confirmé",
        "{channel} : pas permis, le consentement n'est pas confirmé",
    ),
    "consent_too_old": (
        "{channel} : pas permis, le consentement pour {purpose} est trop ancien {since:since} ({rule})",
        "{channel} : pas permis, le consentement est trop ancien",
    ),
    "consent_ended": (
        "{channel} : pas permis, le consentement né d'un achat ou d'une question a pris fin {since:at} ({rule})",
        "{channel} : pas permis, le consentement né d'un achat ou d'une question a pris fin",
    ),
    "not_implied": "{channel} : pas permis, la loi n'y connaît pas de consentement né d'un achat ou d'une question",
    "nothing_to_confirm": "{channel} : pas permis, aucun consentement n'y attend d'être confirmé",
    "prospect": (
        "{channel} : pas permis, un prospect n'en reçoit pas de marketing avant un premier contact ({rule})",
        "{channel} : pas permis, il n'y a pas encore eu de contact",
    ),
    "no_sender_address": (
        "{channel} : impossible, la loi veut l'adresse postale de l'expéditeur ({rule}), qui manque",
        "{channel} : impossible, l'adresse postale de l'expéditeur manque",
    ),
    "consent_given": "consentement donné pour {purpose} par {channel}",
    "consent_withdrawn": "consentement retiré pour {purpose} par {channel}",
    "consent_pending": "consentement demandé pour {purpose} par {channel}, à confirmer",
    "consent_soft_opt_in": "consentement pour {purpose} par {channel}, né d'un achat ou d'une question",
    "consent_denied": "consentement refusé pour {purpose} par {channel}",
}
