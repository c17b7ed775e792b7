"""A proof of consent as a page that somebody can print: plain HTML, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from unichannel.core.words.instant import iso
from unichannel.errors import InvalidInput

if TYPE_CHECKING:
    from unichannel.core.telling.proof import Proof, Proved

__all__ = ["page_of"]

_EN = {
    "title": "Proof of consent",
    "about": "Person {profile}, channel {channel}, purpose {purpose}, topic {topic}.",
    "made": "Made on {made} from the consent ledger. All times are UTC.",
    "allowed": "On {at} messages for this purpose were allowed.",
    "refused": "On {at} messages for this purpose were not allowed.",
    "until": "Without anything new it ends on {until}",
    "whole": "Every entry is as it was when it was recorded.",
    "broken": "Not every entry is as it was when it was recorded: see the last line of each.",
    "none": "The ledger holds no entry.",
    "entry": "Entry {id}",
    "erased": "erased on request; its seal still fits the rest of the entry",
    "given": "consent given",
    "withdrawn": "consent withdrawn",
    "pending": "asked for, not confirmed yet",
    "soft_opt_in": "implied by a relation",
    "denied": "asked for and refused",
    "customer": "the person bought",
    "inquiry": "the person asked",
    "verified": "the seal fits: the entry was not changed",
    "forged": "the seal does not fit: the entry was changed",
    "unsealed": "recorded before entries were sealed",
    "unknown_key": "the seal's key is not known",
    "false_evidence": "the evidence is not the one that was recorded",
}
_FR = {
    "title": "Preuve du consentement",
    "about": "Personne {profile}, canal {channel}, finalité {purpose}, sujet {topic}.",
    "made": "Établie le {made} d'après le registre des consentements. Les heures sont en UTC.",
    "allowed": "Le {at}, les messages pour cette finalité étaient permis.",
    "refused": "Le {at}, les messages pour cette finalité n'étaient pas permis.",
    "until": "Sans rien de nouveau, cela prend fin le {until}",
    "whole": "Chaque inscription est telle qu'elle a été enregistrée.",
    "broken": "Toutes les inscriptions ne sont pas telles qu'elles ont été enregistrées : voir la fin de chacune.",
    "none": "Le registre ne contient aucune inscription.",
    "entry": "Inscription {id}",
    "erased": "effacée sur demande ; le sceau tient toujours pour le reste de l'inscription",
    "given": "consentement donné",
    "withdrawn": "consentement retiré",
    "pending": "demandé, pas encore confirmé",
    "soft_opt_in": "découle d'une relation",
    "denied": "demandé et refusé",
    "customer": "la personne a acheté",
    "inquiry": "la personne a demandé",
    "verified": "le sceau tient : l'inscription n'a pas été modifiée",
    "forged": "le sceau ne tient pas : l'inscription a été modifiée",
    "unsealed": "enregistrée avant que les inscriptions soient scellées",
    "unknown_key": "la clé du sceau n'est pas connue",
    "false_evidence": "l'élément de preuve n'est pas celui qui a été enregistré",
}
_LABELS = {
    "en": {
        "status": "Status", "basis": "Because", "occurred": "When", "recorded": "Recorded", "channel": "Channel",
        "purpose": "Purpose", "topic": "Topic", "source": "Where from", "wording": "Wording shown",
        "version": "Its version", "language": "Its language", "form": "Form or number", "by": "Recorded by",
        "evidence": "Evidence", "seal": "Seal",
    },
    "fr": {
        "status": "État", "basis": "Parce que", "occurred": "Quand", "recorded": "Enregistré", "channel": "Canal",
        "purpose": "Finalité", "topic": "Sujet", "source": "Origine", "wording": "Texte montré",
        "version": "Sa version", "language": "Sa langue", "form": "Formulaire ou numéro", "by": "Enregistré par",
        "evidence": "Éléments de preuve", "seal": "Sceau",
    },
}  # fmt: skip
_TEXTS = {"en": _EN, "fr": _FR}
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font-family:sans-serif;max-width:48em;margin:2em auto;padding:0 1em}}
th{{text-align:left;vertical-align:top;padding-right:2em;font-weight:normal;color:#555}}
td{{overflow-wrap:anywhere;white-space:pre-wrap}}h2{{font-size:1.1em;margin-top:2em}}</style></head>
<body><h1>{title}</h1>
{body}
</body></html>
"""


def page_of(proof: Proof, language: str) -> str:
    """The page; raises InvalidInput for a language that it is not in."""
    tag = language.partition("-")[0].lower()
    if tag not in _TEXTS:
        raise InvalidInput(f"no proof is told in {language!r}.", thing="language", mend='Use "en" or "fr".')
    texts = _TEXTS[tag]
    parts = [*_head(proof, texts), *(_entry(one, texts, _LABELS[tag]) for one in proof.entries)]
    return _PAGE.format(language=tag, title=texts["title"], body="\n".join(parts))


def _head(proof: Proof, texts: Mapping[str, str]) -> Iterator[str]:
    values: dict[str, Any] = {"profile": proof.profile, "channel": proof.channel, "topic": proof.topic}
    values |= {"purpose": proof.purpose, "made": iso(proof.made), "at": iso(proof.at)}
    state = proof.state
    for name in ("about", "made", "allowed" if state.allowed else "refused"):
        yield _paragraph(texts[name], values)
    if state.until is not None:
        rule = f" ({state.rule})." if state.rule else "."
        yield _paragraph(texts["until"] + rule, {"until": iso(state.until)})
    yield _paragraph(texts["none" if not proof.entries else "whole" if proof.verified else "broken"], {})


def _paragraph(text: str, values: Mapping[str, Any]) -> str:
    return f"<p>{escape(text.format_map(values))}</p>"


def _entry(one: Proved, texts: Mapping[str, str], labels: Mapping[str, str]) -> str:
    entry = one.sealed.entry
    evidence = texts["erased"] if one.sealed.erased else "\n".join(f"{k}: {v}" for k, v in entry.evidence.items())
    said = {name: getattr(entry, name) for name in labels if name not in ("evidence", "seal")}
    told = {name: texts.get(value, value) if name in ("status", "basis") else value for name, value in said.items()}
    told |= {"occurred": iso(entry.occurred), "recorded": iso(entry.recorded)}
    told |= {"evidence": evidence, "seal": f"{texts[one.verdict]}\n{one.sealed.key} {one.sealed.seal}".strip()}
    rows = "".join(f"<tr><th>{labels[name]}</th><td>{escape(told[name])}</td></tr>" for name in labels if told[name])
    return f"<h2>{texts['entry'].format(id=one.sealed.id)}</h2>\n<table>{rows}</table>"
