"""Templates: what they read, what they refuse, and that they know no clock."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
import types
from decimal import Decimal
from typing import Any

import liquid.builtin.filters.misc
import liquid.context
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unichannel.core.messaging.environment import ENVIRONMENTS
from unichannel.core.messaging.template import Template, compile_template
from unichannel.errors import DefinitionError, InvalidInput, MissingVariable, UnichannelError

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

NOW = "2026-03-08T01:30:00+01:00"


def mark(url: str) -> str:
    return f"[{url}]"


def text(source: str, context: dict[str, Any], *, html: bool = False) -> str:
    compiled = compile_template(source, html=html)
    return compiled.render(json.loads(json.dumps(compiled.freeze(context))), mark)


# What it reads.


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("Hello", set()),
        ("{{ profile.first_name }} {{ event.cart.total }}", {"profile.first_name", "event.cart.total"}),
        ("{% for i in cart.items %}{{ i.name }}{% endfor %}", {"cart.items"}),
        ("{% if a %}{{ b | append: c }}{% endif %}", {"a", "b", "c"}),
        ("{{ items[0].name }}", {"items"}),
        ("{{ names[key] }}", {"names", "key"}),
        ("{% assign n = name %}{{ n }}", {"name"}),
        ("{% if a %}{% assign n = 'x' %}{% endif %}{{ n }}", {"a", "n"}),
        ("{{ 'now' | date: '%Y' }}", {"now"}),
    ],
)
def test_reads_are_the_dotted_paths(source: str, reads: set[str]) -> None:
    assert compile_template(source).reads == reads


def test_frozen_values_are_json_and_nothing_else_is_taken() -> None:
    compiled = compile_template("{{ a.when }} {{ a.price }} {{ a.tags.first }} {{ a.tags.size }}")
    context = {
        "a": {"when": dt.datetime(2026, 1, 2, tzinfo=dt.UTC), "price": Decimal("9.90"), "tags": ["x"], "secret": 1}
    }
    frozen = compiled.freeze(context)
    assert frozen == {
        "a.when": "2026-01-02T00:00:00+00:00",
        "a.price": "9.90",
        "a.tags.first": "x",
        "a.tags.size": 1,
    }
    assert json.loads(json.dumps(frozen)) == frozen


def test_a_value_that_json_cannot_hold_is_refused_without_telling_it() -> None:
    with pytest.raises(InvalidInput, match=r"profile\.thing is a bytes") as caught:
        compile_template("{{ profile.thing }}").freeze({"profile": {"thing": b"secret-value"}})
    assert "secret-value" not in str(caught.value)


# P39.


@pytest.mark.parametrize("context", [{}, {"profile": {}}, {"profile": {"name": None}}, {"profile": {"name": ""}}])
@pytest.mark.parametrize(
    "source",
    [
        "Hello {{ profile.name }},",
        "Hello {{ profile.name | upcase }},",
        "{{ 'Hello ' | append: profile.name }}",
        "{% assign n = profile.name %}{{ n }}",
        "{% capture c %}{{ profile.name }}{% endcapture %}",
        "{% echo profile.name %}",
        "{% liquid\n echo profile.name\n %}",
        "{% cycle profile.name, 'x' %}",
        "{{ profile.name | link }}",
    ],
)
def test_p39_a_missing_variable_is_an_error_that_names_it(source: str, context: dict[str, Any]) -> None:
    """P39: a missing variable prints nothing, or the person gets "Hello ,"."""
    with pytest.raises(MissingVariable, match=r"profile\.name") as caught:
        compile_template(source).freeze(context)
    assert caught.value.thing == "profile.name"
    assert "{{" in caught.value.message or "{%" in caught.value.message


def test_p39_a_missing_variable_is_an_error_when_rendering_too() -> None:
    with pytest.raises(MissingVariable):
        compile_template("Hello {{ name }}").render({}, mark)
    with pytest.raises(MissingVariable):
        compile_template("Hello {{ name | upcase }}").render({}, mark)


def test_p39_a_hole_inside_a_loop_is_found() -> None:
    source = "{% for item in items %}{{ item.name }}{% endfor %}"
    assert text(source, {"items": [{"name": "a"}]}) == "a"
    with pytest.raises(MissingVariable, match=r"item\.name"):
        compile_template(source).freeze({"items": [{"name": "a"}, {}]})


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("Hello {{ name | default: 'you' }}", "Hello you"),
        ("Hello {{ name | upcase | default: 'you' }}", "Hello you"),
        ("{% if name %}Hello {{ name }}{% endif %}.", "."),
        ("{% unless name %}Hi{% endunless %}", "Hi"),
        ("{% case name %}{% when 'x' %}1{% else %}2{% endcase %}", "2"),
        ("{% for n in name %}{{ n }}{% endfor %}.", "."),
        ("{% assign s = '' %}a{{ s }}", "a"),
    ],
)
def test_what_is_missing_may_have_a_default_be_tested_or_iterated(source: str, printed: str) -> None:
    assert text(source, {}) == printed


# The cache.


def test_p38_two_templates_are_never_mixed() -> None:
    """P38: a cache keyed by anything but the source and its escaping mixes two templates."""
    sources = ["A {{ x }}", "B {{ x }}", "A  {{ x }}"]
    for html in (False, True):
        rendered = [text(source, {"x": "<"}, html=html) for source in sources]
        assert rendered == [source.replace("{{ x }}", "&lt;" if html else "<") for source in sources]
    assert compile_template("A {{ x }}") is compile_template("A {{ x }}")


# HTML.


def test_only_html_is_escaped() -> None:
    assert text("{{ a }} {{ b | default: '<i>' }}", {"a": "<b>&", "b": ""}, html=True) == "&lt;b&gt;&amp; <i>"
    assert text("{{ a }}", {"a": "<b>&"}) == "<b>&"


def test_link_works_on_literals_variables_and_after_filters() -> None:
    source = "{{ 'https://a/' | link }} {{ u | link }} {{ u | append: '?q=1' | link }}"
    assert text(source, {"u": "https://b"}) == "[https://a/] [https://b] [https://b?q=1]"


@pytest.mark.parametrize("written", ["&", "&amp;"])
def test_link_in_html_gets_the_url_itself(written: str) -> None:
    given_urls: list[str] = []
    compile_template(f"{{{{ 'https://a?x=1{written}y=2' | link }}}}", html=True).render(
        {}, lambda url: given_urls.append(url) or url
    )
    assert given_urls == ["https://a?x=1&y=2"]


# Time.


def test_now_is_the_instant_given() -> None:
    source = "{{ 'now' | date: '%Y-%m-%d %H:%M' }} {{ 'today' | date: '%-d %B' }} {{ now | date: '%A' }}"
    assert text(source, {"now": NOW}) == "2026-03-08 01:30 8 March Sunday"


def test_now_missing_is_an_error_not_a_look_at_the_clock() -> None:
    assert text("{% if now or today %}clock{% else %}none{% endif %}", {}) == "none"
    for source in (
        "{{ now }}",
        "{{ now | upcase }}",
        "{{ today }}",
        "{{ today | upcase }}",
        "{{ 'now' | date: '%Y' }}",
        "{% assign n = 'now' %}{{ n | date: '%Y' }}",
    ):
        with pytest.raises(MissingVariable):
            compile_template(source).freeze({})


@pytest.mark.parametrize(
    ("value", "form", "printed"),
    [
        ("2026-01-02", "%d %b %Y", "02 Jan 2026"),
        (0, "%Y-%m-%d %H:%M", "1970-01-01 00:00"),
        ("2026-07-14T09:05:00+02:00", "%-H:%M %p %^a %z", "9:05 AM TUE +0200"),
        ("2026-07-14T09:05:00Z", "%s", "1784019900"),
        ("next week", "%Y", "next week"),
        ("10:00", "%Y", "10:00"),
        ("05/06/70", "%Y", "05/06/70"),
    ],
)
def test_dates_depend_on_neither_zone_nor_locale_nor_clock(
    value: Any, form: str, printed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        assert text(f"{{{{ v | date: '{form}' }}}}", {"v": value, "now": NOW}) == printed
    finally:
        monkeypatch.undo()
        time.tzset()


CLOCKS = {"now", "today", "utcnow", "time", "time_ns", "monotonic", "localtime", "gmtime", "random", "urandom"}


def _clocks(thing: Any, seen: set[int]) -> set[str]:
    """Names by which a function, or one of Liquid's or ours that it calls, could read a clock."""
    thing = getattr(thing, "func", thing)
    if id(thing) in seen or not (getattr(thing, "__module__", "") or "").startswith(("liquid", "unichannel")):
        return set()
    seen.add(id(thing))
    if isinstance(thing, type):
        return {name for part in vars(thing).values() for name in _clocks(part, seen)}
    found: set[str] = set()
    for inner in (getattr(thing, "__wrapped__", None), getattr(thing, "__func__", None), getattr(thing, "fget", None)):
        if inner is not None:
            found |= _clocks(inner, seen)
    code = getattr(thing, "__code__", None)
    if code is None:
        return found
    codes = [code]
    while codes:
        one = codes.pop()
        codes += [inner for inner in one.co_consts if isinstance(inner, types.CodeType)]
        found |= {f"{thing.__qualname__}: {name}" for name in one.co_names if name in CLOCKS}
        for name in one.co_names:
            found |= _clocks(thing.__globals__.get(name), seen)
    return found


@pytest.mark.parametrize("html", [False, True])
def test_no_filter_and_no_tag_reads_a_clock(html: bool) -> None:
    environment = ENVIRONMENTS[html]
    assert _clocks(liquid.builtin.filters.misc.date, set()), "the scan is blind"
    for function in environment.filters.values():
        assert not _clocks(function, set())
    for tag in environment.tags.values():
        assert not _clocks(type(tag), set()) | _clocks(getattr(tag, "node_class", None), set())


def test_with_the_clocks_taken_away_everything_still_renders(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"the clock was read: {name}")

    monkeypatch.setattr(liquid.context, "datetime", Broken())
    monkeypatch.setattr(liquid.builtin.filters.misc, "dt", Broken())
    for name in ENVIRONMENTS[False].filters:
        for arguments in ("", ": 'a'", ": 1", ": 'a', 'b'"):
            for value in ("now", "today", 3, ["now"]):
                try:
                    text(f"{{{{ v | {name}{arguments} }}}}", {"v": value, "now": NOW})
                except UnichannelError:
                    continue
    with pytest.raises(MissingVariable):
        text("{{ today }}", {"now": NOW})


# What is refused.


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("a\nb\n{% if %}", 3, "missing expression"),
        ("a\n{{ x", 2, "expected"),
        ("a\n\n\n{{ x | nope }}", 4, "no filter 'nope'"),
        ("{% include 'x' %}", 1, "include"),
        ("\n{% render 'x' %}", 2, "render"),
        ("{% extends 'x' %}", 1, "extends"),
    ],
)
def test_what_cannot_be_compiled_names_line_and_excerpt(source: str, line: int, reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason) as caught:
        compile_template(source)
    assert f"line {line} of the template" in str(caught.value)


def test_a_computed_name_is_refused() -> None:
    with pytest.raises(DefinitionError, match="computes the name"):
        compile_template("{{ [x] }}")


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..200) %}{% for j in (1..200) %}x{% endfor %}{% endfor %}",
        "{% assign x = 'aaaaaaaaaa' %}{% for i in (1..40) %}{% assign x = x | append: x %}{% endfor %}",
        "{% for i in (1..20) %}{{ big }}{% endfor %}",
        "{{ big }}" * 20,
    ],
)
def test_limits_end_a_template_that_grows(source: str) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        compile_template(source).freeze({"big": "x" * 60_000})


def test_an_error_at_rendering_tells_no_value() -> None:
    with pytest.raises(InvalidInput) as caught:
        compile_template("{{ a | divided_by: b }}").freeze({"a": 1, "b": "secret"})
    assert "secret" not in str(caught.value)


# The flat form.

NAMES = ("a", "b.c", "b.d", "e")
STEPS = (
    "",
    " | default: 'x<&'",
    " | default: ''",
    " | default",
    " | link",
    " | link | default: 'y'",
    " | default: 'z' | link",
)
values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.lists(st.text(max_size=2), max_size=2)
)
pieces = st.one_of(
    st.text(st.characters(exclude_characters="{}%-", exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["\r\n", "\r", "<p>", " - "]),
    st.builds(lambda name, step: f"{{{{ {name}{step} }}}}", st.sampled_from(NAMES), st.sampled_from(STEPS)),
    st.builds(lambda step: f"{{{{- 'https://x?a=1&b=2'{step} -}}}}", st.sampled_from(STEPS)),
)


def _outcome(compiled: Template, frozen: dict[str, Any]) -> str:
    try:
        return compiled.render(frozen, mark)
    except MissingVariable as error:
        return f"missing {error.thing}"


@relaxed
@given(st.lists(pieces, max_size=6).map("".join), st.dictionaries(st.sampled_from(NAMES), values), st.booleans())
def test_the_flat_form_gives_what_liquid_gives(source: str, frozen: dict[str, Any], html: bool) -> None:
    compiled = compile_template(source, html=html)
    assert compiled._parts is not None
    assert _outcome(compiled, frozen) == _outcome(dataclasses.replace(compiled, _parts=None), frozen)


@relaxed
@given(st.dictionaries(st.sampled_from("abc"), values))
def test_frozen_values_survive_json(context: dict[str, Any]) -> None:
    compiled = compile_template(
        "{{ a | default: 1 }}{% if b %}{{ b }}{% endif %}{% for x in c %}{{ x | default: '' }}{% endfor %}"
    )
    try:
        frozen = compiled.freeze(context)
    except InvalidInput:
        return
    again = json.loads(json.dumps(frozen, allow_nan=False))
    assert compiled.render(again, mark) == compiled.render(frozen, mark)


def test_paths_that_overlap_go_through_liquid() -> None:
    assert text("{{ a.b }}{{ a.b.size }}", {"a": {"b": "xyz"}}) == "xyz3"
