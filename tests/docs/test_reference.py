"""The docs say what the code says. ``python tests/docs/test_reference.py`` writes what is generated.

That is the page of trace codes; the matrix of providers; a page for each recipe in ``examples``, made
from its docstring and its journeys; and on any other page the fence below ``<!-- picture of NAME -->``
or ``<!-- outline of NAME -->``, NAME being a journey that a Python block above it defines.
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from dataclasses import fields
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from unichannel import Journey, channels, errors, providers
from unichannel.channels import BUILT_IN, EVIDENCE, FEATURES, Content
from unichannel.core.messaging.content import Part
from unichannel.core.messaging.derive import DERIVED
from unichannel.core.telling.clause import CLAUSES
from unichannel.core.words.trace import CODES
from unichannel.ports import Abilities, Provider
from unichannel.providers._shared.letters import MailCodec

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
RECIPES = DOCS / "recipes"
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
PUBLIC = [getattr(channels, name) for name in channels.__all__]
CONTENTS = [one for one in PUBLIC if isinstance(one, type) and issubclass(one, Part) and one not in (Part, Content)]
MEND = "write it anew: python tests/docs/test_reference.py"

HEAD = """# Trace codes

Every decision about a send leaves a trace, made or not: codes and numbers, from which `why` and `timeline` make
sentences when they are asked. These are the codes. They are stable: a code is added, never given another meaning.

| code | meaning |
|---|---|
"""


CONTENTS_HEAD = """# Channels and contents

What each channel uses and can show, and what a message is on it. Everything here is in `unichannel.channels`. How
to write messages is a [page of its own](../how-to/messages.md).

| channel | address | can show at best | engaged by | quiet hours hold |
|---|---|---|---|---|
{0}
The address `profile` is the person's own id, which everybody has.

A content may ask something of a route; `Abilities(takes=…)` says what a route takes, None standing for everything.

| asks for | what it is |
|---|---|
{1}
`Message(…, derive=…)` makes a content for {2} of a plain text that stands for the whole message.

"""
REASONS = """
## Codes of explanations

`why` gives these too, with values of their own. No trace holds them: they follow from several traces, or from what
became of a delivery.

| code | meaning |
|---|---|
"""


def trace_codes() -> str:
    """The page of trace codes, as it has to be."""
    return HEAD + _rows(CODES) + REASONS + _rows(CLAUSES)


def _rows(codes: dict[str, str]) -> str:
    return "".join(f"| `{code}` | {meaning} |\n" for code, meaning in codes.items())


def contents() -> str:
    """The page of channels and contents, as it has to be."""
    rows = [
        f"| `{one.name}` | {one.address} | {', '.join(each for each in EVIDENCE if each in one.evidence)} | "
        f"{one.engaged_by} | {'yes' if one.interrupts else 'no'} |\n"
        for one in BUILT_IN.values()
    ]
    features = [f"| `{name}` | {meaning} |\n" for name, meaning in FEATURES.items()]
    kinds = [kind for kind in CONTENTS if issubclass(kind, Content)]
    pieces = [kind for kind in CONTENTS if not issubclass(kind, Content)]
    described = [described_content(kind) for kind in (*kinds, *pieces)]
    derived = ", ".join(f"`{channel}`" for channel in DERIVED)
    text = CONTENTS_HEAD.format("".join(rows), "".join(features), derived)
    return text + "\n".join(described)


def described_content(kind: Any) -> str:
    """A content or piece: what it says of itself, its fields, how long its texts may be."""
    said = inspect.cleandoc(kind.__doc__)
    rows = [
        f"| `{one.name}` | {'' if one.name in kind.texts else 'not a template'} | "
        f"{f'{kind.longest[one.name]:,} characters' if one.name in kind.longest else ''} |\n"
        for one in fields(kind)
    ]
    return f"## {kind.__name__}\n\n{said}\n\n| field | | at most |\n|---|---|---|\n{''.join(rows)}"


PROVIDERS_HEAD = """# Providers

What each of the services here can do, as its codec declares it (`provider.abilities`). All are in
`unichannel.providers`; [SMTP](../how-to/email-services.md) is a transport beside them, and
[your own](../extending/provider.md) takes about 30 lines.

"""
PROVIDERS_FOOT = """
- **reports**: evidence and failures that it tells of, once its webhooks are set; of e-mail, opens, clicks and replies
  where `reports=` says that they are switched on. *Replies* need its inbound webhook or route set to us.
- **signature**: how its calls prove who makes them. A *login* is one of basic authentication, in the webhook's URL.
- **key**: for how long it knows our key and refuses a second copy of a message. Where it takes none, a send that is
  in doubt is settled by its receipts, which carry our key, or by a *look-up*; else by what the category guarantees.
- **schedules**: the engine holds messages until they are due, so no codec asks a service to.
- **files**: attachments of an e-mail, and pictures inside its HTML where the service has them (Brevo has not); media of
  other messages. *cost* is told in receipts where it says so.
"""
_KEY = (
    generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
)
_P256 = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode("ascii")
)
MADE: dict[str, Provider] = {
    "AfricasTalking": providers.AfricasTalking("shop", "key", sender="20880", tokens="token"),
    "Apns": providers.Apns(_P256, key_id="A", team_id="B", topic="com.example.app"),
    "AwsSms": providers.AwsSms("eu-west-1", ("id", "secret"), topics="arn:aws:sns:eu-west-1:1:sms", two_way=True),
    "Bird": providers.Bird("bk_eu1_key", secrets="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    "Brevo": providers.Brevo("key"),
    "BrowserPush": providers.BrowserPush(_P256, subject="mailto:push@example.com"),
    "D360": providers.D360("key", logins="user:password"),
    "Expo": providers.Expo(secrets="our own"),
    "Fcm": providers.Fcm({"project_id": "p", "client_email": "e", "private_key": _KEY}),
    "Infobip": providers.Infobip("https://x.api.infobip.com", "key", logins="hook:password"),
    "InfobipEmail": providers.InfobipEmail("https://x.api.infobip.com", "key", logins="hook:password"),
    "Line": providers.Line("token", channel_secret="secret"),
    "MailerSend": providers.MailerSend("token"),
    "Mailgun": providers.Mailgun("example.org", "key"),
    "Mailjet": providers.Mailjet("key", "secret"),
    "Mandrill": providers.Mandrill("key"),
    "Messenger": providers.Messenger("1", "token", app_secret="secret"),
    "OneSignal": providers.OneSignal("867e880f-d486-482e-b7d8-d174db39f322", "key", logins="hook:pass"),
    "Ovh": providers.Ovh("sms-ab12345-1", "key", "secret", "consumer", tokens="token"),
    "Plivo": providers.Plivo("id", "token"),
    "Postmark": providers.Postmark("token"),
    "Resend": providers.Resend("key"),
    "SendGrid": providers.SendGrid("key"),
    "Ses": providers.Ses("eu-west-1", ("id", "secret")),
    "Sinch": providers.Sinch("plan", "token", secrets="secret"),
    "SinchConversations": providers.SinchConversations("project", "id", "key", app="app", secrets="secret"),
    "Slack": providers.Slack("token", signing_secret="secret"),
    "SparkPost": providers.SparkPost("key"),
    "Teams": providers.Teams(),
    "Telegram": providers.Telegram("token", secret_token="secret"),
    "Telnyx": providers.Telnyx("key", sender="+18445550001", public_keys="A" * 43 + "="),
    "Twilio": providers.Twilio("AC" + "0" * 32, "token", sender="+33755500000"),
    "Viber": providers.Viber("token", sender="name"),
    "Vonage": providers.Vonage(account=("key", "secret"), signature_secret="secret"),
    "Webhook": providers.Webhook("https://example.org", "whsec_" + "A" * 32),
    "WhatsAppCloud": providers.WhatsAppCloud("1", "token", app_secret="secret"),
}
"""One of each, as it is made with the least settings."""


def matrix() -> str:
    """The page of providers, as it has to be."""
    heads = ("provider", "sends", "files", "reports", "replies", "signature", "key", "look-up", "schedules", "cost")
    rows = [heads, ("---",) * len(heads), *(abilities(name, MADE[name]) for name in sorted(MADE, key=str.lower))]
    return PROVIDERS_HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows) + PROVIDERS_FOOT


def abilities(name: str, made: Provider) -> tuple[str, ...]:
    """A row of the matrix."""
    told = can if isinstance(can := getattr(made, "can", None), Abilities) else made.abilities
    switched = {"opened", "clicked"} if isinstance(made, MailCodec) else set()
    key = (
        ""
        if told.takes_key is None
        else f"{told.takes_key // 60} min"
        if told.takes_key < 7200
        else f"{told.takes_key // 3600} h"
    )
    reports = ", ".join(sorted((told.reports | switched) - {"replied"})) or (
        "what you say" if isinstance(made, providers.Webhook) else ""
    )
    sends = ", ".join(sorted(made.channels))
    flags = {
        one: "yes" if getattr(told, one) else "" for one in ("media", "inbound", "looks_up", "schedules", "tells_cost")
    }
    after = (flags["looks_up"], flags["schedules"], flags["tells_cost"])
    return (f"`{name}`", sends, flags["media"], reports, flags["inbound"], told.signature, key, *after)


def test_the_matrix_has_every_provider() -> None:
    assert set(MADE) == set(providers.__all__) - {"Machines", "Tracking"}
    files = {path.stem for path in (ROOT / "src/unichannel/providers").glob("[a-z]*.py")}
    assert files == {type(one).__module__.rpartition(".")[2] for one in MADE.values()} | {"tracking"}


def tree() -> str:
    """The tree of errors, from where it is drawn."""
    drawn = re.search(r"^    UnichannelError\n(?:    .*\n)+", errors.__doc__ or "", re.MULTILINE)
    assert drawn is not None
    return "".join(line.removeprefix("    ") + "\n" for line in drawn[0].splitlines())


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def test_the_trace_codes_are_those_of_the_code() -> None:
    assert page("trace-codes") == trace_codes(), MEND


def test_the_contents_are_those_of_the_code() -> None:
    assert page("contents") == contents(), MEND


def test_the_tree_of_errors_is_that_of_the_code() -> None:
    assert f"```text\n{tree()}```" in page("errors")


def test_the_tree_has_every_error() -> None:
    assert set(re.findall(r"\b[A-Z]\w+", tree())) == set(errors.__all__)


@pytest.mark.parametrize("name", ["conditions", "steps"])
def test_the_page_knows_every_public_name(name: str) -> None:
    text = page(name)
    left_out = {"Condition", "Arm", "Step", "Variant", "On"}  # what the others make, or are
    public = set(import_module(f"unichannel.{name}").__all__) - left_out
    assert not [one for one in sorted(public) if not re.search(rf"\b{one}\b", text)]


PICTURE = re.compile(r"(<!-- (picture|outline) of (\w+) -->\n)```(?:mermaid|text)\n(.*?)```\n", re.DOTALL)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def fence(journey: Journey, kind: str = "picture") -> str:
    """A journey's picture or outline, as a fenced block."""
    return f"```mermaid\n{journey.diagram()}```\n" if kind == "picture" else f"```text\n{journey}\n```\n"


def pictured(text: str) -> str:
    """A page with its pictures as they have to be: of journeys that the blocks above each define."""

    def drawn(found: re.Match[str]) -> str:
        namespace: dict[str, Any] = {"__name__": "page"}
        for block in BLOCK.finditer(text, 0, found.start()):
            exec(block[1], namespace)  # noqa: S102 -- our own pages
        return found[1] + fence(namespace[found[3]], found[2])

    return PICTURE.sub(drawn, text)


def pictured_pages() -> list[Path]:
    """Pages with a picture that are not generated as a whole."""
    pages = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    return [page for page in pages if page.parent != RECIPES and PICTURE.search(page.read_text(encoding="utf-8"))]


def load_example(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def example_journeys(module: ModuleType) -> list[Journey]:
    """What an example calls ``journeys`` or ``journey``."""
    found = getattr(module, "journeys", None) or [module.journey]
    return list(found)


def told(path: Path) -> dict[str, str]:
    """What an example's docstring says: its title, the scenarios, and each paragraph by its first word."""
    doc = load_example(path).__doc__ or ""
    first, *others = [" ".join(part.split()).replace("``", "`") for part in doc.strip().split("\n\n")]
    title, _, scenarios = first.rstrip(".").rpartition(" (")
    said = {head: text[:1].upper() + text[1:] for head, _, text in (one.partition(": ") for one in others)}
    return {"title": title, "scenarios": scenarios.rstrip(")"), **said}


def recipe(path: Path) -> str:
    """The page of a recipe: aim, figure to watch, picture, code, what was decided."""
    said, code = told(path), path.read_text(encoding="utf-8").split('"""', 2)[2].strip()
    parts = [f"# {said['title']}\n", f"Scenarios: {said['scenarios']}.\n"]
    parts += [f"**{head}:** {said[head]}\n" for head in ("Aim", "Figure to watch")]
    parts.append("## The picture\n")
    for journey in example_journeys(load_example(path)):
        parts += [f"`{journey.name}`, drawn from what runs:\n", fence(journey)]
        parts += ["In words:\n", fence(journey, "outline")]
    parts += ["## What was decided\n", f"{said['Decided']}\n", "## The code\n", f"```python\n{code}\n```\n"]
    parts += [f"```sh\npython examples/{path.name}\n```\n", f"{TESTED}\n"]
    return "\n".join(parts)


TESTED = "It plays in virtual time and sends nothing. The tests run it like that, and hold this page to what it says."


def recipes_index() -> str:
    """The list of recipes."""
    lines = []
    for path in EXAMPLES:
        said, page = told(path), f"{path.stem.replace('_', '-')}.md"
        lines.append(
            f"| [{said['title']}]({page}) | {said['scenarios']} | {said['Aim']} | {said['Figure to watch']} |\n"
        )
    return "".join(
        [
            "# Recipes\n\nJourneys for common aims, each in one file that runs: `python examples/….py`.\n\n",
            "| recipe | scenarios | aim |\n|---|---|---|\n",
            *lines,
        ]
    )


def generated() -> dict[Path, str]:
    """Every page that is generated, or in part, as it has to be."""
    pages = {
        REFERENCE / "trace-codes.md": trace_codes(),
        REFERENCE / "contents.md": contents(),
        REFERENCE / "providers.md": matrix(),
        RECIPES / "index.md": recipes_index(),
    }
    pages |= {RECIPES / f"{path.stem.replace('_', '-')}.md": recipe(path) for path in EXAMPLES}
    return pages | {page: pictured(page.read_text(encoding="utf-8")) for page in pictured_pages()}


GENERATED = generated()


@pytest.mark.parametrize("page", GENERATED, ids=lambda page: page.name)
def test_what_is_generated_is_as_it_would_be_now(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == GENERATED[page], MEND


def test_no_recipe_is_left_behind() -> None:
    assert set(RECIPES.glob("*.md")) == {page for page in GENERATED if page.parent == RECIPES}


def test_every_picture_on_a_page_is_of_a_journey_there() -> None:
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if page.parent != RECIPES:
            assert text.count("```mermaid\n") == len([one for one in PICTURE.finditer(text) if one[2] == "picture"]), (
                page
            )


SCHEMAS = {"journey.schema.json": "stored", "files.schema.json": "file"}


def schema(form: str) -> str:
    """A JSON Schema as a Python of its own gives it, which knows no kinds of tests'."""
    ask = f"import json, unichannel; print(json.dumps(unichannel.json_schema({form!r}), indent=1, sort_keys=True))"
    return subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("name", "form"), SCHEMAS.items())
def test_the_published_schemas_are_those_of_the_code(name: str, form: str) -> None:
    published = (REFERENCE / name).read_text(encoding="utf-8")
    assert published == schema(form), "write it anew: python tests/docs/test_reference.py"


if __name__ == "__main__":
    RECIPES.mkdir(exist_ok=True)
    for name_, form_ in SCHEMAS.items():
        (REFERENCE / name_).write_text(schema(form_), encoding="utf-8")
    for page_, text_ in GENERATED.items():
        page_.write_text(text_, encoding="utf-8")
