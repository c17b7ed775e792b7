"""What an earlier version stored is read by this one: samples of every schema number, and a store that holds them.

``python -m tests.definitions.test_stored`` writes the samples of the present number.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

from tests.definitions.stored.journeys_1 import CONDITIONS, REFERENCE
from unichannel import Category, Engine, Journey, MemoryStore, Wait, days, on
from unichannel.core.journey.form.stored import SCHEMA, UPCASTERS, dumps, loads
from unichannel.core.policy.strategy import Strategy
from unichannel.core.words.definition import Family
from unichannel.engine import publishing
from unichannel.errors import DefinitionChanged
from unichannel.ports import Store
from unichannel.testing import Lab

STORED = Path(__file__).parent / "stored"
NUMBERS = range(1, SCHEMA + 1)


def journeys(number: int) -> tuple[Journey, ...]:
    """What the samples of a number say, in Python."""
    found: tuple[Journey, ...] = import_module(f"tests.definitions.stored.journeys_{number}").JOURNEYS
    return found


def sample(number: int, journey: Journey) -> str:
    return (STORED / str(number) / f"{journey.name}.json").read_text(encoding="utf-8")


SAMPLES = [(number, journey) for number in NUMBERS for journey in journeys(number)]
samples = pytest.mark.parametrize(("number", "journey"), SAMPLES, ids=[f"{n}-{j.name}" for n, j in SAMPLES])


@samples
def test_each_sample_is_read_as_the_journey_that_it_was(number: int, journey: Journey) -> None:
    text = sample(number, journey)
    assert json.loads(text)["schema"] == number
    assert loads(text) == journey
    assert dumps(loads(text)) == dumps(journey)


def test_there_are_samples_of_every_number_and_no_other() -> None:
    files = {path.relative_to(STORED).as_posix() for path in STORED.glob("*/*.json")}
    assert files == {f"{number}/{journey.name}.json" for number, journey in SAMPLES}
    assert set(UPCASTERS) == set(NUMBERS) - {SCHEMA}


@pytest.mark.parametrize("journey", journeys(SCHEMA), ids=lambda one: one.name)
def test_the_present_number_is_written_as_its_samples_are(journey: Journey) -> None:
    """Another text under the same number would be another digest: raise SCHEMA, add an upcaster and samples."""
    assert dumps(journey) == sample(SCHEMA, journey)


def test_the_samples_hold_every_kind_of_every_family() -> None:
    text = "".join(sample(number, journey) for number, journey in SAMPLES)
    ours = [family for family in Family.__subclasses__() if family.__module__.startswith("unichannel.")]
    ours.remove(Strategy)  # a setting of the engine: journeys name it
    kinds = {
        name for family in ours for name, kind in family.kinds.items() if kind.__module__.startswith("unichannel.")
    }
    assert not [kind for kind in sorted(kinds) if f'"kind":"{kind}"' not in text]


# a store that an earlier version wrote


def older(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Definitions are stored as the version of that number stored them."""
    monkeypatch.setattr(publishing, "dumps", lambda journey: sample(number, journey))


def texts(store: Store) -> list[str | None]:
    return store.transact(lambda session: [session.definition(id) for id, *_ in session.definitions()])


@pytest.mark.parametrize("number", NUMBERS)
def test_a_store_that_an_earlier_version_wrote_is_opened_and_its_runs_go_on(
    lab: Lab, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MemoryStore()
    lab.use(store=store, drafts=False, categories=[Category("onboarding", purpose="transactional")])
    ada = lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC")
    with monkeypatch.context() as before:
        older(number, before)
        lab.add(REFERENCE)
        lab.track(ada, "trial.started")
        assert lab.messages_sent(ada) == [("welcome", "email")]

    lab.restart()
    bob = lab.profile("bob", email="bob@example.com", phone="+33612345679", timezone="UTC")
    lab.track(bob, "trial.started")
    lab.opens(ada)
    lab.advance(days(4))
    assert lab.messages_sent(ada) == [("welcome", "email"), ("tips", "email")]
    assert lab.messages_sent(bob)[0] == ("welcome", "email")
    assert texts(store) == [sample(number, REFERENCE)]


def test_another_content_is_still_refused_and_says_to_raise_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    with monkeypatch.context() as before:
        older(1, before)
        Engine(store, journeys=[CONDITIONS]).publish()
    Engine(store, journeys=[CONDITIONS]).publish()
    changed = Journey(CONDITIONS.name, start=on("x"), steps=[Wait(days(1))])
    with pytest.raises(DefinitionChanged, match="Raise the version to 2"):
        Engine(store, journeys=[changed]).publish()


def write() -> None:
    for journey in journeys(SCHEMA):
        path = STORED / str(SCHEMA) / f"{journey.name}.json"
        path.write_text(dumps(journey), encoding="utf-8")


if __name__ == "__main__":
    write()
