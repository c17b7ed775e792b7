"""French, as data. Dates and times as CLDR has them: 7 janv., 10:02. A space before : ; ? ! and % does not break."""

from __future__ import annotations

import re

from unichannel.core.telling.language import Language

__all__ = ["FRENCH"]

_SPACED = re.compile(r" (?=[:;?!»%€])|(?<=«) ")


def _finish(text: str) -> str:
    return _SPACED.sub("\u00a0", text)


_CODES: dict[str, str | tuple[str, ...]] = {
    # ce qu'est devenu un envoi
    "reserved": "{channel} : choisi",
    "deferred": ("l'étape {step} a dû attendre {until:until}", "l'étape {step} a dû attendre"),
    "skipped": "l'étape {step} n'a plus rien envoyé",
    "unreachable": "l'étape {step} n'a pas été envoyée, car aucun canal ne restait",
    "expired": (
        "l'étape {step} n'a pas été envoyée, car l'envoi n'avait d'intérêt que {expires:until}",
        "l'étape {step} : trop tard",
    ),
    # pourquoi un canal a été refusé
    "no_entity": ("l'événement n'a pas de {property}, qui distingue les parcours", "l'événement est incomplet"),
    "no_address": ("{channel} : impossible, pas {needs}", "{channel} : impossible, pas d'adresse"),
    "dead_address": (
        "{channel} : impossible, adresse morte depuis le retour de {message} par {failed_channel} {since:of}",
        "{channel} : impossible, l'adresse ne répond plus",
    ),
    "no_content": "{channel} : impossible, le message n'a pas de contenu pour ce canal",
    "no_route": "{channel} : impossible, aucun prestataire ne le dessert",
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
    "stale_address": (
        "{channel} : pas permis, l'adresse est sans signe de vie depuis trop longtemps {since:since}",
        "{channel} : pas permis, l'adresse est sans signe de vie depuis trop longtemps",
    ),
    "not_implied": "{channel} : pas permis, la loi n'y connaît pas de consentement né d'un achat ou d'une question",
    "nothing_to_confirm": "{channel} : pas permis, aucun consentement n'y attend d'être confirmé",
    "suppressed": (
        "{channel} : pas permis, la personne a écrit STOP {since:at}",
        "{channel} : pas permis, opposition, plainte ou refus du prestataire pour cette adresse",
    ),
    "prospect": (
        "{channel} : pas permis, un prospect n'en reçoit pas de marketing avant un premier contact ({rule})",
        "{channel} : pas permis, il n'y a pas encore eu de contact",
    ),
    "no_sender_address": (
        "{channel} : impossible, la loi veut l'adresse postale de l'expéditeur ({rule}), qui manque",
        "{channel} : impossible, l'adresse postale de l'expéditeur manque",
    ),
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
    "not_taken": "{channel} : impossible, son prestataire ne prend pas un tel message",
    "no_conversation": "{channel} : impossible, la personne n'a pas écrit depuis un jour",
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
    "not_offered": "{channel} : nommé par la stratégie, mais impossible",
    "rule": ("{channel} : refusé par la règle {rule}", "{channel} : refusé par une règle de l'application"),
    "ttl": "l'envoi n'avait plus d'intérêt",
    "not_ranked": "{channel} venait après",
    "tried": ("{channel} : essayé {since:at}", "{channel} : essayé avant"),
    # ce qui a fait avancer un parcours
    "start": ("le parcours {journey} a commencé avec {event}", "le parcours {journey} a commencé"),
    "refused": "le parcours {journey} n'a pas commencé",
    "goal": ("le parcours {journey} a pris fin, car son but {event} est atteint", "le but est atteint"),
    "exit": ("le parcours {journey} a pris fin, car {event} est arrivé", "le parcours avait pris fin"),
    "completed": "le parcours {journey} est arrivé à son terme",
    "merged": (
        "le parcours {journey} a pris fin, car deux profils n'en font plus qu'un et {into} continue",
        "deux profils n'en font plus qu'un, et le parcours le plus ancien continue",
    ),
    "erased": "la personne a demandé l'effacement de ses données",
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
    "wait": ("{step} attend {until:until}", "{step} était passé"),
    "event": "ce qu'attendait {step} était arrivé",
    "timeout": "le délai de {step} était écoulé",
    "handler": ("{event} a fait avancer le parcours", "un événement a fait avancer le parcours"),
    "passed": "le parcours y était déjà passé",
    "spacing": (
        "il a gardé ses distances {until:until} avec le message commercial précédent",
        "il a gardé ses distances avec le message commercial précédent",
    ),
    "re_entry": ("il ne peut recommencer que {until:at}", "il ne peut pas recommencer"),
    "already_running": "un parcours était encore en cours",
    "entry_condition": "sa condition d'entrée n'était pas remplie",
    "too_late": (
        "{event} a eu lieu {occurred:at} et n'a été annoncé que {recorded:at}",
        "l'événement a été annoncé plus tard que le parcours ne l'accepte",
    ),
    "unknown_journey": "aucun parcours de ce nom n'est connu",
    "cancelled": "il a été retiré avant l'envoi",
    # ce qu'aucune trace ne contient
    "first_rung": "il vient en premier de {rungs}",
    "only_channel": "c'est le canal de l'étape",
    "none_before": "les canaux précédents n'étaient pas possibles",
    "only_before": "{channel} était le seul essayé avant",
    "preferred": ("la personne a demandé {channel} pour {topic}", "la personne a demandé {channel}"),
    "best": "il est classé premier pour cette personne",
    "best_value": "c'est ce qui devrait rapporter le plus, coût déduit",
    "explored": ("il a été essayé, avec une chance de {odds}, pour en savoir plus", "il a été essayé pour savoir"),
    "strategy_failed": ("la stratégie a levé {error}, d'où le canal habituel", "la stratégie a levé une erreur"),
    "affinity": "affinité {beliefs} d'après {messages}",
    "cost": "{channel} coûte {cost}",
    "value": ("valeur attendue {values}, une réponse valant {worth}", "valeur attendue {values}"),
    "derived": "avec le texte pour {seen_channel}",
    "bounced": (
        "le message {message} par {channel} {sent:of} est revenu ({reason})",
        "le message {message} par {channel} {sent:of} est revenu",
        "l'envoi précédent est revenu",
    ),
    "held": ("il a dû attendre {until:until}", "il a dû attendre"),
    "late": "il était prévu {planned:at} et a été décidé {decided:at}",
    "next_rung": "{channel} suit {until:at} s'il n'est pas {evidence} d'ici là",
    "if_it_fails": "{channel} n'aurait suivi qu'en cas d'échec",
    "of_run": (
        "C'est l'étape {step} de {journey}, qui a commencé {start:at} avec {event}",
        "C'est l'étape {step} de {journey}, qui a commencé {start:at}",
    ),
    "of_send": "Il a été demandé {start:at}",
    "exit_step": (
        "le parcours {journey} a pris fin à son étape {step} ({event})",
        "le parcours {journey} a pris fin à son étape {step}",
    ),
    "delivery_waits": "Il part {until:at} au plus tôt",
    "at_step": (
        "le parcours {journey} est à l'étape {step} {until:until}",
        "le parcours {journey} est à l'étape {step}",
    ),
    "not_reached": "l'étape {step} n'a pas été atteinte",
    "left_out": "le parcours {journey} a pris une autre voie que {step}",
    "no_event": "{event} n'a pas eu lieu",
    "not_enrolled": (
        "le parcours {journey} n'a jamais commencé : {triggers} n'a pas eu lieu",
        "le parcours {journey} n'a jamais commencé",
    ),
    "set_aside": "le parcours {journey} est mis de côté à l'étape {step}, car sa décision a levé une erreur",
    "event_occurred": "{event} a eu lieu",
    "event_told_late": "{event} a eu lieu, et a été annoncé {told:at}",
    "consent_given": "consentement donné pour {purpose} par {channel}",
    "consent_withdrawn": "consentement retiré pour {purpose} par {channel}",
    "consent_pending": "consentement demandé pour {purpose} par {channel}, à confirmer",
    "consent_soft_opt_in": "consentement pour {purpose} par {channel}, né d'un achat ou d'une question",
    "consent_denied": "consentement refusé pour {purpose} par {channel}",
    "function_called": "la fonction {function} a été appelée par {step}",
}

_FACTS: dict[str, str | tuple[str, ...]] = {
    "reserved": ("est réservé {at:since}", "a été réservé"),
    "sending": ("est en cours d'envoi {at:since}", "a été confié au prestataire"),
    "retry": ("sera réessayé, {at:since} ({reason})", "sera réessayé, {at:since}", "devait être réessayé"),
    "in_doubt": ("est incertain {at:since}", "était incertain"),
    "abandoned": ("a été laissé dans le doute {at:at}", "a été laissé dans le doute"),
    "accepted": ("a été accepté {at:at}", "a été accepté"),
    "sent": ("a été envoyé {at:at}", "a été envoyé"),
    "delivered": ("a été remis {at:at}", "a été remis"),
    "failed": ("a échoué {at:at} ({reason})", "a échoué {at:at}", "a échoué"),
    "bounced": ("est revenu {at:at} ({reason})", "est revenu {at:at}", "est revenu"),
    "cancelled": ("a été retiré {at:at} ({reason})", "a été retiré {at:at}", "a été retiré"),
    "expired": ("n'avait plus d'intérêt {at:at}", "n'avait plus d'intérêt"),
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

FRENCH = Language(
    tag="fr",
    codes=_CODES,
    facts=_FACTS,
    reasons={
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
    },
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
