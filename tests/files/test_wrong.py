"""What is wrong in a file is said with the file and the line, and how to mend it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from unichannel import load
from unichannel.errors import DefinitionError

HEAD = "name: trial\nstart: begun\n"
BODY = "steps:\n  - send: welcome\n  - wait: 3 days\nmessages:\n  welcome:\n    sms: Hi\n"

WRONG: list[tuple[str, str, int, str]] = [
    ("a tab", "name: trial\nsteps:\n\t- exit\n", 3, "a tab where YAML expects spaces. Indent with spaces."),
    ("bad YAML", "name: [trial\nstart: begun\n", 2, "no YAML: "),
    ("bad YAML, a control character", "name: a\x00\n", 1, "no YAML: "),
    ("a key twice", f"{HEAD}goal: a\nsteps: [exit]\ngoal: b\n", 5, "'goal' stands twice. Keep one"),
    ("a key twice, deep", f"{HEAD}steps:\n  - wait: 3 days\n    name: a\n    name: b\n", 6, "'name' stands twice"),
    (
        "a kind that is none",
        f"{HEAD}steps:\n  - wait: 3 days\n  - snd: welcome\n",
        5,
        "'snd' is no step. Did you mean 'send'?",
    ),
    ("a word that is none", f"{HEAD}steps: [exitt]\n", 3, "'exitt' is no step. Did you mean 'exit'?"),
    (
        "a condition that is none",
        f"{HEAD}steps:\n  - exit\nentry:\n  all:\n    - openned: email\n",
        7,
        "mean 'opened'?",
    ),
    ("a key too many", f"{HEAD}steps:\n  - wait: 3 days\n    untill: x\n", 5, "that 'wait' has. Did you mean 'until'?"),
    (
        "a word like no other",
        f"{HEAD}qqzz: x\nsteps: [exit]\n",
        3,
        "that 'journey' has. Known are: accept_late, entry,",
    ),
    ("a key too many in the journey", f"{HEAD}gaol: x\nsteps: [exit]\n", 3, "Did you mean 'goal'?"),
    (
        "a message nobody defined",
        f"{HEAD}{BODY}".replace("send: welcome", "send: welcom"),
        4,
        "Did you mean 'welcome'?",
    ),
    ("a message where there are none", f"{HEAD}steps:\n  - send: hi\n", 4, "nobody defined the message 'hi'"),
    ("no name", "start: begun\nsteps: [exit]\n", 1, "name: Field required"),
    ("no steps", "name: x\nstart: begun\n", 1, "steps: Field required"),
    (
        "no message's text",
        f"{HEAD}steps: [exit]\nmessages:\n  a:\n    sms: ' '\n",
        6,
        "an SMS needs a text. Give the text.",
    ),
    (
        "a message that says nothing",
        f"{HEAD}steps: [exit]\nmessages:\n  a:\n    category: x\n",
        5,
        "contents: Field required",
    ),
    ("an empty message", f"{HEAD}steps: [exit]\nmessages:\n  a:\n", 5, "'a' says nothing"),
    ("messages in a list", f"{HEAD}steps: [exit]\nmessages:\n  - a\n", 4, "under their names"),
    ("a span that is none", f"{HEAD}steps:\n  - wait: 3 dys\n", 4, "'3 dys' is no length of time such as '3 days'"),
    ("a span without a unit", f"{HEAD}steps:\n  - wait: 3\n", 4, "3 is no length of time. Write its unit"),
    ("a span of half a day", f"{HEAD}steps:\n  - wait: 1.5 days\n", 4, "no whole number of days"),
    ("an event for a moment", f"{HEAD}steps:\n  - wait:\n      until: paid\n", 5, "An event is written {event: paid}."),
    ("a plain no", f"{HEAD}steps:\n  - exit: no\n", 4, 'no may be a word or a yes or no. Write true, false or "no".'),
    ("a plain on", f"{HEAD}steps:\n  - update:\n      attributes:\n        beta: on\n", 6, "Write true, false"),
    ("a version that is no number", f"{HEAD}version: 1.10\nsteps: [exit]\n", 3, "version: "),
    (
        "a number for a text",
        f"{HEAD}steps:\n  - exit: 1.10\n",
        4,
        "1.1 stands where a text is expected. Put it in quotes.",
    ),
    ("a name that is a number", "name: 12\nstart: a\nsteps: [exit]\n", 1, "12 stands where a text is expected."),
    ("a boolean for a text", f"{HEAD}steps:\n  - emit: true\n", 4, "True stands where a text is expected."),
    ("a code", f"{HEAD}steps:\n  - emit: x\n    properties: {{zip: 01234}}\n", 5, 'Write "01234" in quotes.'),
    ("a phone", f"{HEAD}steps:\n  - emit: x\n    properties: {{to: +33612345678}}\n", 5, "in quotes"),
    ("a newer schema", f"{HEAD}schema: 99\nsteps: [exit]\n", 3, "has schema 99, this version reads up to"),
    ("an empty file", "", 0, "the file is empty"),
    ("a file of comments", "# nothing\n---\n", 0, "the file is empty"),
    ("a list", "- exit\n", 1, "keys and values"),
    ("a text", "hello\n", 1, "keys and values"),
    ("an alias", f"{HEAD}steps:\n  - &a exit\n  - *a\n", 5, "an alias (*) is not read"),
    ("a tag", f"{HEAD}steps:\n  - !!python/name:os.system ''\n", 4, "the tag"),
    ("a definition's own rule", f"{HEAD}steps:\n  - wait: 3 days\n  - branch: []\n", 5, "a branch needs an arm"),
    ("two steps of a name", f"{HEAD}steps:\n  - exit\n  - exit\n", 1, "two steps named 'exit'"),
    (
        "something said twice",
        f"{HEAD}steps:\n  - wait: {{until: start}}\n    until: start\n",
        5,
        "'until' is said twice",
    ),
    (
        "what has nothing under it",
        f"{HEAD}steps: [exit]\nentry: {{attribute: a, test: {{exists: true}}}}\n",
        4,
        "exists: {}",
    ),
    ("a test that is none", f"{HEAD}steps: [exit]\nentry:\n  attribute: a\n  test: {{at_lest: 3}}\n", 6, "'at_least'"),
    (
        "no channel for a rung",
        f"{HEAD}{BODY}".replace("welcome\n  -", "welcome\n    via: email\n  -"),
        4,
        "no content for the rung",
    ),
    ("a key that is a list", "? [a]\n: b\n", 1, "no key"),
]


@pytest.mark.parametrize(("text", "line", "says"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_the_error_names_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "trial.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load(path)
    error = caught.value
    where, _, rest = str(error).removeprefix(str(path)).partition(" ")
    assert where == (f":{line}:" if line else ":")
    assert says in rest
    assert error.mend
    assert error.thing
    assert str(path) not in rest
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 -- our own error


def test_what_is_right_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "trial.yaml").write_text(HEAD + BODY, encoding="utf-8")
    assert len(load(tmp_path)) == 1


def test_what_is_wrong_in_a_shared_message_is_said_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{HEAD}steps: [{{send: hi, via: email}}]\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("\nmessages:\n  hi:\n    email:\n      text: Hi\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"b\.yaml:4: .*subject: Field required"):
        load(tmp_path)


def test_the_same_twice_names_both_places(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{HEAD}steps: [exit]\nmessages: {{hi: {{sms: a}}}}", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(f"\n{HEAD}steps: [exit]\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"b\.yaml:2: the journey 'trial' is in .*a\.yaml:1 too"):
        load(tmp_path)
    (tmp_path / "b.yaml").write_text("messages:\n  hi:\n    sms: b\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"a\.yaml:4: the message 'hi' is in .*b\.yaml:2 too"):
        load(tmp_path)


def test_what_is_not_utf_8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"name: a\nstart: caf\xe9\n")
    with pytest.raises(DefinitionError, match=r"a\.yaml:2: this is not UTF-8\. Save the file as UTF-8"):
        load(path)


@pytest.mark.parametrize("name", ["nowhere.yaml", "*.yaml", "empty"])
def test_what_is_not_there_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DefinitionError, match=r"no such file\. Give a file, a folder or a pattern"):
        load(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file is empty"),
        ("{", r"one\.json:1: no JSON"),
        ('{"name": "a",\n"name": "b"}', "'name' stands twice"),
        ("[" * 100_000, "nested too deeply"),
        ('{"name": "a", "start": "b", "steps": [{"snd": 1}]}', r"one\.json: 'snd' is no step"),
    ],
    ids=["empty", "broken", "twice", "deep", "unknown"],
)
def test_json_is_checked_too(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "one.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match=says):
        load(path)


def test_lists_without_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text("[" * 20_000, encoding="utf-8")
    with pytest.raises(DefinitionError, match="nested too deeply"):
        load(path)


def test_without_the_extra_the_error_names_it() -> None:
    ask = "import sys; sys.modules['yaml'] = None\nimport unichannel\nunichannel.load('x')"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
    assert 'MissingExtra: load() needs PyYAML, which is not installed. Install it: pip install "unichannel[yaml]".' in (
        done.stderr
    )
