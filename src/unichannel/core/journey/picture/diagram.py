"""Diagrams: a journey as a Mermaid flowchart, drawn from its program, so that it shows what runs.

Triggers lead in, every node of the program is drawn once, solid edges are the ways a run goes by
itself. What moves it wherever it stands (handlers, goal, exits) hangs on dotted edges of a node of
its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from unichannel.core.calendar.span import Span
from unichannel.core.journey.language.action import Call, Emit, StartJourney, Update
from unichannel.core.journey.language.choice import Branch, Split
from unichannel.core.journey.language.journey import Journey, walk
from unichannel.core.journey.language.repeat import Digest, Repeat
from unichannel.core.journey.language.step import Exit, Send, Step, Wait, step_name
from unichannel.core.journey.picture.outline import start_words
from unichannel.core.journey.program import END, Node, Program, compile_journey
from unichannel.core.words.ids import digest
from unichannel.core.words.saying import cut

__all__ = ["draw", "mermaid"]

_MOST = 120
"""How many characters a line of a node or an edge has at most."""

_SHAPES: Mapping[type[Step], str] = {
    Branch: "{%s}",
    Split: "{%s}",
    Wait: "(%s)",
    Digest: "(%s)",
    Repeat: "{{%s}}",
    Exit: "([%s])",
    Call: "[[%s]]",
    StartJourney: "[[%s]]",
    Emit: "[/%s/]",
    Update: "[/%s/]",
}
_CODES = {ord(char): f"#{ord(char)};" for char in '"#*`\\'} | {ord("<"): "#lt;", ord(">"): "#gt;", ord("&"): "#amp;"}
_MEANT = re.compile(r"%%|\$\$|^[-+](?=\s|$)|(?<=^\d)[.)]|(?<=^\d\d)[.)]|(?<!\w)_|_(?!\w)|:(?=fa-)")
"""What Mermaid would read as a comment, a formula, a list, emphasis or an icon."""


def mermaid(journey: Journey) -> str:
    """The journey as the text of a Mermaid flowchart; equal journeys give equal text."""
    return draw(compile_journey(journey))


def draw(program: Program) -> str:
    """The flowchart of a program."""
    ids = _ids(program)
    lines = [*_starts(program, ids), *_nodes(program, ids), *_anywhere(program, ids)]
    if any(line.endswith(" done") for line in lines):
        lines.append(f"done([{_text('the run is complete')}])")
    return "".join(["flowchart TD\n", *(f"    {line}\n" for line in lines)])


def _ids(program: Program) -> dict[int, str]:
    """An id for each node, made from its name, so that it stays when steps are added around it."""
    slugs = {place: _slug(node.name) for place, node in enumerate(program.nodes)}
    shared = Counter(slugs.values())
    ids = {
        place: slug if shared[slug] == 1 else f"{slug}_{digest(program.nodes[place].name)[:8]}"
        for place, slug in slugs.items()
    }
    return {**ids, END: "done"}


def _slug(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return f"s_{plain}" if plain and len(plain) <= 48 else f"s_{plain[:40]}_{digest(name)[:8]}"


def _starts(program: Program, ids: Mapping[int, str]) -> Iterator[str]:
    entry = program.journey.entry
    only = f"|{_text(f'only if {entry}')}|" if entry is not None else ""
    for number, start in enumerate(program.journey.starts, start=1):
        yield f"start{number}([{_text(start_words(start))}]) -->{only} {ids[program.entry]}"


def _nodes(program: Program, ids: Mapping[int, str]) -> Iterator[str]:
    """Each node, in the order in which its step is written, and what leads from it."""
    for step in walk(program.journey):
        place = program.index[step_name(step)]
        node = program.nodes[place]
        yield ids[place] + _shape(node.step) % _text(*_says(node.step))
        for target, words in _ways_on(node):
            yield _edge(ids[place], "-->", words, ids[target])


def _edge(one: str, arrow: str, words: str, other: str) -> str:
    return f"{one} {arrow}|{_text(words)}| {other}" if words else f"{one} {arrow} {other}"


def _shape(step: Step) -> str:
    return next((shape for kind, shape in _SHAPES.items() if isinstance(step, kind)), "[%s]")


def _ways_on(node: Node) -> Iterator[tuple[int, str]]:
    """Where a run goes from a node, and the words that say when: its ways, then what follows."""
    step = node.step
    if isinstance(step, Exit):
        return
    for target, (words, steps) in zip(node.targets, step.ways(), strict=True):
        if steps or step.chooses:
            yield target, words
    if not step.chooses:
        yield node.then, "afterwards" if isinstance(step, Repeat) else ""


def _says(step: Step) -> list[str]:
    """The lines of a node: what it does, and its name where it was given one."""
    said = _sends(step) if isinstance(step, Send) else [_short(step)]
    return [*said, f"({step.name})"] if step.name else said


def _short(step: Step) -> str:
    if isinstance(step, Branch):
        return "the first that holds"
    return "by chance" if isinstance(step, Split) else step.words()


def _sends(step: Send) -> list[str]:
    """The message, and its ladder: "email → sms after 4 h unless opened"."""
    ladder = step.via if step.via and len(step.via) > 1 else ()
    rungs = " → ".join(ladder) if ladder else f"by {step.via[0] if step.via else 'the best channel'}"
    after = f" after {_spaced(step.fallback_after)}" if step.is_ladder and step.fallback_after is not None else ""
    unless = f" unless {step.success}" if step.is_ladder and step.success is not None else ""
    meanwhile = "" if step.wait else ", going on at once"
    next_one = "" if step.via or not (after or unless) else ", the next"
    return [f"send {step.message.name}", f"{rungs}{next_one}{after}{unless}{meanwhile}"]


def _spaced(span: Span) -> str:
    return re.sub(r"(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)", " ", str(span))


def _anywhere(program: Program, ids: Mapping[int, str]) -> Iterator[str]:
    """What moves or ends a run wherever it stands."""
    journey = program.journey
    moves = [_edge("anywhere", "-.->", f"{handler.on}", ids[place]) for handler, place in program.handlers]
    goals = [_edge("anywhere", "-.->", f"{on}", "goal") for on in journey.goals]
    exits = [_edge("anywhere", "-.->", f"{on}", "exit") for on in journey.ends]
    if moves or goals or exits:
        yield f"anywhere(({_text('wherever the run stands')}))"
    yield from [*moves, *goals, *exits]
    if goals:
        yield f"goal([{_text('the run is converted')}])"
    if exits:
        yield f"exit([{_text('the run is ended')}])"


def _text(*lines: str) -> str:
    """Lines as a quoted text in which nothing means anything to Mermaid, Markdown or HTML."""
    return f'"{"<br/>".join(_safe(cut(one, _MOST)) for one in lines)}"'


def _safe(text: str) -> str:
    escaped = text.translate(_CODES)
    plain = _MEANT.sub(lambda found: "".join(f"#{ord(char)};" for char in found[0]), escaped)
    return plain.replace(":", "#58;") if "style" in plain or "classDef" in plain else plain
