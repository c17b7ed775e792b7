"""Tracking tokens: their form, their code, and the linkers."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unichannel.core.messaging.link import (
    MAX_LINKS,
    TOKEN_LENGTH,
    Linker,
    PlainLinker,
    Token,
    key_of_message_id,
    message_id,
    plain,
    read_token,
)
from unichannel.errors import InvalidInput

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SECRET = b"0123456789abcdef-secret"
OTHER = b"fedcba9876543210-secret"
KEY = "Abcdefghij_lmnopqrst-vwx"
BASE = "https://go.example.com/u"

keys = st.text("ABCxyz019_-", min_size=24, max_size=24)


def linker(secret: bytes = SECRET) -> Linker:
    return Linker(BASE, secret, KEY)


@relaxed
@given(keys, st.integers(0, MAX_LINKS - 1))
def test_every_token_has_one_length_and_reads_back(key: str, ordinal: int) -> None:
    made = Linker(BASE, SECRET, key)
    made.urls = ["x"] * ordinal
    token = made.link("https://a").removeprefix(f"{BASE}/")
    assert len(token) == TOKEN_LENGTH
    assert read_token(token, [SECRET]) == Token("c", key, ordinal)


def test_pixel_and_unsubscribe_have_tokens_of_their_own_kind() -> None:
    for url, kind in ((linker().pixel(), "o"), (linker().unsubscribe(), "u")):
        assert read_token(url.removeprefix(f"{BASE}/"), [SECRET]) == Token(kind, KEY, 0)


@relaxed
@given(st.integers(0, TOKEN_LENGTH - 1), st.sampled_from("couABz09_-"))
def test_p37_a_token_changed_anywhere_is_nobodys(place: int, letter: str) -> None:
    """P37: a link that can be altered leads where somebody else wants."""
    token = linker().link("https://a").removeprefix(f"{BASE}/")
    changed = token[:place] + letter + token[place + 1 :]
    assert (read_token(changed, [SECRET]) is not None) == (changed == token)


@pytest.mark.parametrize(
    "token", ["", "c", "x" * 39, "é" * 39, "c" + KEY + "00" + "A" * 12, "c" + KEY + "٠٠" + "A" * 12]
)
def test_what_is_no_token_of_ours_is_none(token: str) -> None:
    assert read_token(token, [SECRET]) is None


def test_a_trailing_line_break_is_no_token() -> None:
    assert read_token(linker().pixel().removeprefix(f"{BASE}/") + "\n", [SECRET]) is None


def test_several_secrets_are_believed_for_rotation() -> None:
    old = linker(OTHER).pixel().removeprefix(f"{BASE}/")
    assert read_token(old, [SECRET, OTHER]) == read_token(old, [OTHER, SECRET]) == Token("o", KEY, 0)
    assert read_token(old, [SECRET]) is None
    assert read_token(old, []) is None


def test_urls_are_kept_in_order_each_with_its_place() -> None:
    made = linker()
    urls = ["https://a", "http://b/?x=1", "https://a"]
    tokens = [read_token(made.link(url).removeprefix(f"{BASE}/"), [SECRET]) for url in urls]
    assert made.urls == urls
    assert [token.ordinal for token in tokens if token] == [0, 1, 2]


@pytest.mark.parametrize(
    "url",
    [
        "mailto:a@b.c",
        "tel:+33",
        "#top",
        "/path",
        "javascript:x",
        "",
        "ftp://x",
        "https://a\r\nSet-Cookie: x",
        "https://a b",
    ],
)
def test_only_web_addresses_are_tracked(url: str) -> None:
    made = linker()
    assert made.link(url) == url
    assert made.urls == []


def test_a_tracked_url_is_not_tracked_again() -> None:
    made = linker()
    once = made.link("https://a")
    assert made.link(once) == once
    assert made.link(made.unsubscribe()) == made.unsubscribe()
    assert made.urls == ["https://a"]
    assert made.link(f"{BASE}/page") != f"{BASE}/page"


def test_too_many_links_are_an_error() -> None:
    made = linker()
    made.urls = ["https://a"] * MAX_LINKS
    with pytest.raises(InvalidInput, match="1296"):
        made.link("https://b")


def test_a_wrong_key_is_refused_and_the_secret_is_not_shown() -> None:
    with pytest.raises(InvalidInput, match="no delivery key"):
        Linker(BASE, SECRET, "short")
    assert "secret" not in repr(linker())


def test_the_plain_linker_tracks_nothing() -> None:
    assert plain.link("https://a") == "https://a"
    assert (plain.urls, plain.pixel(), plain.unsubscribe(), plain.tracks("https://a")) == ([], "", "", False)
    assert plain == PlainLinker()


@relaxed
@given(keys)
def test_a_message_id_gives_its_key_back(key: str) -> None:
    assert key_of_message_id(f"Message-ID: {message_id(key, 'example.com')}") == key


@pytest.mark.parametrize("text", ["", "<abc@example.com>", f"<x{KEY}.unichannel@e.com>", f"<{KEY}@e.com>"])
def test_other_message_ids_have_no_key(text: str) -> None:
    assert key_of_message_id(text) is None
