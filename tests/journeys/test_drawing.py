"""Outlines and diagrams: pinned by snapshots, true of the definition, and of a grammar that is known.

``python -m tests.journeys.test_drawing`` writes the snapshots anew. The grammar here is the part of
Mermaid's flowcharts that we emit, read strictly; the snapshots were also read by Mermaid 11 itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.journeys.drawn import ODD, every_kind, journeys, odd_texts
from tests.journeys.trial import trial
from unichannel import Email, Exit, Journey, Message, Push, Sms
from unichannel.core.journey.form.stored import dumps, loads
from unichannel.core.journey.language.journey import walk
from unichannel.core.journey.language.repeat import Repeat
from unichannel.core.journey.language.step import Step, step_name
from unichannel.core.journey.language.trigger import Trigger
from unichannel.core.journey.picture.diagram import mermaid
from unichannel.core.journey.picture.outline import outline
from unichannel.core.journey.program import compile_journey
from unichannel.steps import manual

SNAPSHOTS = Path(__file__).parent / "snapshots"
DRAWN = {"trial-to-paid": trial, "every-kind": every_kind, "odd-texts": odd_texts}

ID = r"[a-z]\w*"
TEXT = r'"(?:[^"<>&`#\\*]|<br/>|#\w+;)+"'
BOXES = (r"\[%s\]", r"\(%s\)", r"\(\[%s\]\)", r"\(\(%s\)\)", r"\[\[%s\]\]", r"\{%s\}", r"\{\{%s\}\}", r"\[/%s/\]")
BOX = "|".join(box % TEXT for box in BOXES)
LINE = re.compile(rf"    ({ID})({BOX})?(?: (-->|-\.->)(?:\|({TEXT})\|)? ({ID}))?")


class Picture:
    """A flowchart as it was read: nodes with their texts, edges with theirs."""

    def __init__(self, text: str) -> None:
        head, *lines = text.removesuffix("\n").split("\n")
        assert head == "flowchart TD"
        self.nodes: list[tuple[str, str]] = []
        self.edges: list[tuple[str, str, str, str]] = []
        for line in lines:
            self._read(line)

    def _read(self, line: str) -> None:
        found = LINE.fullmatch(line)
        assert found is not None, line
        one, box, arrow, words, other = found.groups()
        assert box or arrow, line
        if box:
            self.nodes.append((one, box[box.index('"') + 1 : box.rindex('"')]))
        if arrow:
            self.edges.append((one, arrow, (words or "").strip('"'), other))

    def named(self, prefix: str) -> list[str]:
        return [one for one, _ in self.nodes if one.startswith(prefix)]


def flow(steps: Sequence[Step], then: str) -> Iterator[tuple[str, str]]:
    """Which step leads to which, by the definition alone: (name, name), "" where the run is complete."""
    names = [*(step_name(step) for step in steps), then]
    for place, step in enumerate(steps):
        name, after = names[place], names[place + 1]
        if isinstance(step, Exit):
            continue
        back = name if isinstance(step, Repeat) else after
        for _, inner in step.ways():
            if inner or step.kind in ("branch", "split"):
                yield name, step_name(inner[0]) if inner else back
            yield from flow(inner, back)
        if step.kind not in ("branch", "split"):
            yield name, after


def expected(journey: Journey) -> Counter[tuple[str, str]]:
    found = Counter(flow(journey.steps, ""))
    for handler in journey.handlers:
        found.update(flow(handler.steps, handler.to))
    return found


def drawn_names(journey: Journey, picture: Picture) -> dict[str, str]:
    """Which step each id stands for: nodes are drawn in the order in which steps are written."""
    ids = picture.named("s_")
    names = [step_name(step) for step in walk(journey)]
    assert len(ids) == len(names) == len(compile_journey(journey).nodes)
    return {**dict(zip(ids, names, strict=True)), "done": ""}


@pytest.mark.parametrize("name", DRAWN)
def test_the_snapshots_are_what_is_drawn(name: str) -> None:
    mend = "write them anew: python -m tests.journeys.test_drawing"
    assert (SNAPSHOTS / f"{name}.mmd").read_text(encoding="utf-8") == DRAWN[name].diagram(), mend
    assert (SNAPSHOTS / f"{name}.txt").read_text(encoding="utf-8") == f"{DRAWN[name]}\n", mend


def test_every_kind_of_step_and_trigger_is_in_a_snapshot() -> None:
    def ours(family: type[Step] | type[Trigger]) -> set[type]:
        return {kind for kind in family.kinds.values() if kind.__module__.startswith("unichannel.")}

    assert {type(step) for step in walk(every_kind)} == ours(Step)
    assert {type(one) for one in every_kind.starts} >= ours(Trigger)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(journeys())
def test_a_picture_shows_the_journey_and_nothing_else(journey: Journey) -> None:
    text = mermaid(journey)
    picture = Picture(text)
    ids = [one for one, _ in picture.nodes]
    assert len(set(ids)) == len(ids)
    assert {end for one, _, _, other in picture.edges for end in (one, other)} <= set(ids)
    names = drawn_names(journey, picture)
    solid = Counter(
        (names[one], names[other]) for one, arrow, _, other in picture.edges if arrow == "-->" and one in names
    )
    assert solid == expected(journey)
    leading = [other for one, _, _, other in picture.edges if one.startswith("start")]
    assert [names[one] for one in leading] == [step_name(journey.steps[0])] * len(journey.starts)
    dotted = Counter(names.get(other, other) for _, arrow, _, other in picture.edges if arrow == "-.->")
    moved = [step_name(handler.steps[0]) if handler.steps else handler.to for handler in journey.handlers]
    assert dotted == Counter([*moved, *["goal"] * len(journey.goals), *["exit"] * len(journey.ends)])
    assert mermaid(loads(dumps(journey))) == text


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(journeys())
def test_an_outline_has_each_step_on_a_line_of_its_own(journey: Journey) -> None:
    text = outline(journey)
    names = [" ".join(part.split()) for part in re.findall(r"  \[(.*)\]$", text, re.MULTILINE)]
    assert len(names) == len(list(walk(journey)))
    assert all(char.isprintable() or char in "\n\u200d" for char in text)
    assert str(loads(dumps(journey))) == text


def test_odd_texts_are_shown_as_they_are() -> None:
    """What a reader of the picture sees, entities read back, is what was written."""
    shown = {re.sub(r"#(\w+);", _entity, text) for _, text in Picture(mermaid(odd_texts)).nodes}
    for text in ODD[:6]:
        assert f"end the run: {' '.join(text.split())}" in shown
    assert not [text for text in shown if len(text) > 400]


def _entity(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code)) if code.isdigit() else {"lt": "<", "gt": ">", "amp": "&"}[code]


@pytest.mark.parametrize("danger", ["%%{", "$$", "fa:fa-", "`", "\u202e", "style:"])
def test_nothing_that_mermaid_acts_upon_is_left(danger: str) -> None:
    assert any(danger in text.replace(" a", "") for text in ODD) or danger == "style:"
    assert danger not in mermaid(odd_texts)


def test_an_id_stays_when_steps_are_added_around_it() -> None:
    def ids(*steps: Step) -> list[str]:
        return Picture(mermaid(Journey("j", start=manual(), steps=steps))).named("s_")

    first, second = Exit("a"), Exit("b c")
    assert ids(second)[0] == ids(first, second)[1] == "s_exit_b_c"


def test_names_that_look_alike_keep_ids_apart() -> None:
    picture = Picture(mermaid(odd_texts))
    alike = picture.named("s_a_b_")
    assert len(alike) == 3


def test_printing_shows_the_outline_and_repr_stays_short() -> None:
    assert str(trial).startswith("trial-to-paid, version 1\nstarts when trial.started happens; ends as converted")
    assert repr(trial) == "Journey('trial-to-paid', version=1, steps=11)"


def test_a_notebook_shows_the_diagram() -> None:
    assert trial._repr_markdown_() == f"```mermaid\n{trial.diagram()}```\n"
    assert odd_texts._repr_markdown_().count("```") == 2


def test_messages_print_what_they_say_by_channel() -> None:
    message = Message("hi", Email("Hello", text="How do you do?\nWell?"), Sms("x" * 99), Push("a", "b"), category="c")
    assert str(message).splitlines() == [
        "hi, category c",
        "  email: Hello: How do you do? Well?",
        f"  sms: {'x' * 71}…",
        "  push: a: b",
    ]


if __name__ == "__main__":
    for name, journey in DRAWN.items():
        (SNAPSHOTS / f"{name}.mmd").write_text(journey.diagram(), encoding="utf-8")
        (SNAPSHOTS / f"{name}.txt").write_text(f"{journey}\n", encoding="utf-8")
