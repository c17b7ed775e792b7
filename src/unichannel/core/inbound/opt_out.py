"""Opt-out words: what a person's text asks for, in seven languages, as data with sources.

The whole message has to be the wish. Words of politeness and the things stopped ("please", "sms",
"your messages") may stand beside it; any other word makes it a sentence for people to read. So
"don't stop" is none (PITFALLS P40), "Stop please" and "ARRÊT." are (P41).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

__all__ = ["HELP", "START", "STOP", "Keyword", "Words", "read_opt_out", "read_words"]

Keyword = Literal["stop", "start", "help"]


@dataclass(frozen=True, slots=True)
class Words:
    """Words of one wish in one language, and who asks for them to be read.

    ``clear`` ones may have an object beside them ("unsubscribe me from these texts"). ``alone``
    ones also mean other things ("the end", "cancel my order"), so only politeness may.
    """

    language: str
    source: str
    clear: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()


_TWILIO = "Twilio's default list (law:T1-T3), stored copies of November 2026"
_FCC = "47 CFR 64.1200(a)(10) (law:U3)"
_PROXY = "twilio.com/docs/proxy/opt-out-keywords (law:T5)"
_AWS = "docs.aws.amazon.com/sms-voice/latest/userguide/keywords-required.html, stored copy read 2026-11-22"
_OURS = "ours: the same wish in the language; no carrier's list was found"

STOP: tuple[Words, ...] = (
    Words("en", _TWILIO, ("stop", "stopall", "unsubscribe", "optout", "revoke"), ("cancel", "end", "quit")),
    Words("en", _FCC, ("opt out", "opt me out")),
    Words("en", _AWS, (), ("remove", "td")),
    Words("en", _OURS, ("unsub", "stopsms", "remove me", "take me off", "no more texts", "no more messages")),
    Words("fr", _PROXY, ("arret", "arrete", "arrett")),
    Words("fr", _OURS, ("arreter", "arretez", "desabonner", "desabonnement", "desinscrire", "desinscription")),
    Words(
        "es", _OURS, ("dar de baja", "darme de baja", "no mas mensajes"), ("baja", "alto", "parar", "cancelar", "basta")
    ),
    Words(
        "de", _OURS, ("stopp", "abmelden", "abbestellen", "austragen", "abmeldung"), ("ende", "kundigen", "kuendigen")
    ),
    Words(
        "it", _OURS, ("disiscrivi", "disiscrivimi", "cancellami", "annulla iscrizione"), ("ferma", "basta", "annulla")
    ),
    Words("pt", _OURS, ("descadastrar", "descadastre", "remover"), ("sair", "parar", "pare", "cancelar")),
    Words("nl", _OURS, ("afmelden", "uitschrijven", "stoppen", "afmelding"), ("einde",)),
)

START: tuple[Words, ...] = (
    Words("en", _TWILIO, ("start", "unstop"), ("yes",)),
    Words("en", _OURS, ("opt in", "optin", "subscribe", "resubscribe")),
    Words("fr", _OURS, (), ("reprendre", "reabonner")),
    Words("es", _OURS, (), ("alta", "reanudar")),
    Words("de", _OURS, (), ("anmelden", "fortsetzen")),
    Words("it", _OURS, (), ("iscrivimi", "riprendi")),
    Words("pt", _OURS, (), ("retomar", "inscrever")),
    Words("nl", _OURS, (), ("aanmelden", "hervatten")),
)

HELP: tuple[Words, ...] = (
    Words("en", _TWILIO, ("help",), ("info",)),
    Words("fr", _OURS, ("aide",)),
    Words("es", _OURS, ("ayuda",)),
    Words("de", _OURS, ("hilfe",)),
    Words("it", _OURS, ("aiuto",)),
    Words("pt", _OURS, ("ajuda",)),
    Words("nl", _OURS, ("hulp",)),
)

_POLITE_WORDS = (
    "please,pls,plz,thanks,thank you,thx,ok,okay,hi,hello,sir,madam,now,merci,svp,stp,s'il vous plait,s'il te plait,"
    "bonjour,por favor,gracias,hola,bitte,danke,hallo,per favore,grazie,ciao,obrigado,obrigada,alstublieft,aub,bedankt"
)
_OBJECT_WORDS = (
    "sms,mms,rcs,text,texts,texting,message,messages,messaging,msg,msgs,sending,me,my,number,it,this,these,the,all,"
    "your,from,list,ad,ads,advertising,marketing,promo,promos,promotions,spam,newsletter,au,aux,la,le,les,vos,ces,tous,"
    "de,des,m'envoyer,pub,pubs,publicité,publicités,envoi,envois,a,los,sus,mis,enviar,enviarme,mensajes,todos,die,"
    "diese,alle,nachrichten,i,gli,tutti,messaggi,os,as,suas,mensagens,deze,berichten"
)
_LONG_NUMBER = re.compile(r"\d{4,}")
"""A short code or number, as in the French notice "STOP au 36180" (law:F15)."""

_LONGEST = 4
_Phrase = tuple[str, ...]


def read_opt_out(
    text: str,
    *,
    stop: Iterable[str] = (),
    start: Iterable[str] = (),
    help: Iterable[str] = (),
    without: Iterable[str] = (),
) -> Keyword | None:
    """What a text asks for: "stop", "start", "help", or None for anything else.

    Case, accents, punctuation, invisible characters, spread ("S T O P") and stretched ("stoooop")
    letters make no difference. ``stop``, ``start`` and ``help`` are the host's words beside ours;
    ``without`` names words not to read ("cancel", where it means the appointment), but "stop" is
    always read. Where a text fits several, stop wins. Raises nothing.
    """
    words = _split(text)
    for keyword, clear, alone in _lists(tuple(stop), tuple(start), tuple(help), tuple(without)):
        # A "yes" beside other words answers a question: only by itself does it lift an opt-out.
        beside = frozenset() if keyword == "start" else _beside()[0]
        if _is_made_of(words, clear, _beside()[1]) or _is_made_of(words, alone, beside):
            return keyword
    return None


def read_words(text: str, lists: tuple[Words, ...]) -> bool:
    """Whether a text is one of these ``alone`` phrases and nothing else but politeness."""
    return _is_made_of(_split(text), _alone(lists), _beside()[0])


@lru_cache(maxsize=8)
def _alone(lists: tuple[Words, ...]) -> frozenset[_Phrase]:
    return _phrases(phrase for words in lists for phrase in words.alone)


@lru_cache(maxsize=64)
def _lists(
    stop: tuple[str, ...], start: tuple[str, ...], help: tuple[str, ...], without: tuple[str, ...]
) -> tuple[tuple[Keyword, frozenset[_Phrase], frozenset[_Phrase]], ...]:
    """For each wish the phrases that may have objects beside them, and those that may not."""
    left_out = _phrases(without) - {("stop",)}
    mine: tuple[tuple[Keyword, tuple[Words, ...], tuple[str, ...]], ...] = (
        ("stop", STOP, stop),
        ("start", START, start),
        ("help", HELP, help),
    )
    return tuple(
        (
            keyword,
            _phrases([*(w for entry in words for w in entry.clear), *host]) - left_out,
            _phrases(w for entry in words for w in entry.alone + entry.clear) - left_out,
        )
        for keyword, words, host in mine
    )


def _phrases(words: Iterable[str]) -> frozenset[_Phrase]:
    return frozenset(phrase for word in words if (phrase := _split(word)))


@lru_cache(maxsize=1)
def _beside() -> tuple[frozenset[_Phrase], frozenset[_Phrase]]:
    """What may stand beside any wish, and what may stand beside a clear one."""
    polite = _phrases(_POLITE_WORDS.split(","))
    return polite, polite | _phrases(_OBJECT_WORDS.split(","))


def _is_made_of(words: _Phrase, phrases: frozenset[_Phrase], beside: frozenset[_Phrase]) -> bool:
    """Whether phrases and what may stand beside them are all there is, with one phrase at least."""
    place, found = 0, False
    while place < len(words):
        wish = _length(words, place, phrases)
        taken = wish or _length(words, place, beside) or bool(beside and _LONG_NUMBER.fullmatch(words[place]))
        if not taken:
            return False
        place, found = place + taken, found or bool(wish)
    return found


def _length(words: _Phrase, place: int, phrases: frozenset[_Phrase]) -> int:
    """How many words from that place on make up the longest of the phrases, 0 where none does."""
    return next((size for size in range(_LONGEST, 0, -1) if words[place : place + size] in phrases), 0)


def _split(text: str) -> _Phrase:
    """The words of a text in one form: no case, accents, punctuation or invisible characters."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(_letter(character) for character in plain)
    words = tuple(re.sub(r"(.)\1{2,}", r"\1", word) if word.isalpha() else word for word in kept.split())
    return ("".join(words),) if all(len(word) == 1 for word in words) and words else words


def _letter(character: str) -> str:
    if unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return ""
    return character if character.isalnum() else " "
