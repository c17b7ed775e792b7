"""The examples on the real thing: from an event to its fallback within two seconds, at ticks of one second."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, closing
from pathlib import Path

import httpx
import pytest

from tests.calling import command
from tests.integrations.shop import RUNNING, Shop, prove, ship
from tests.integrations.waiting import until


@pytest.mark.parametrize("name", ["with_loop", "with_asyncio", "with_apscheduler"])
def test_a_process_of_its_own(shop: Shop, name: str) -> None:
    with shop.process(name, sys.executable, "-W", "error", f"{name}.py") as log:
        prove(shop, name.removeprefix("with_"))
    printed = log.read_text()
    assert printed.count("── email to") == printed.count("── sms to") + 1 == 5


def test_celery(shop: Shop, redis: str) -> None:
    celery = [sys.executable, "-m", "celery", "--app", "with_celery"]
    more = {"CELERY_BROKER": redis}
    beat = ["beat", "--loglevel", "INFO", "--schedule", shop.folder / "beat", "--pidfile", ""]
    worker = ["worker", "--loglevel", "INFO", "--concurrency", "2", "--without-mingle", "--without-gossip"]
    with shop.process("worker", *celery, *worker, more=more) as log:
        until(lambda: " ready." in log.read_text(), "the worker")
        with shop.process("beat", *celery, *beat, more=more) as ticks:
            until(lambda: "Sending due task" in ticks.read_text(), "the first tick")
            prove(shop, "celery")
    printed = log.read_text()
    assert printed.count("── email to") == printed.count("── sms to") + 1 == 5
    assert "ERROR" not in printed


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def test_fastapi_under_uvicorn(shop: Shop) -> None:
    base = f"http://127.0.0.1:{free_port()}"
    port = base.rpartition(":")[2]
    words = [sys.executable, "-m", "uvicorn", "--port", port, "with_fastapi:app"]

    def tell(person: str, parcel: str) -> None:
        assert httpx.post(f"{base}/parcels/{parcel}/shipped?to={person}").status_code == 202

    def bounce(url: str, headers: Mapping[str, str], body: bytes) -> None:
        asked = url.replace("https://shop.example", base)
        assert httpx.post(asked, headers=dict(headers), content=body).status_code == 204

    with shop.process("uvicorn", *words, codes=(0, -15)) as log:
        until(lambda: "startup complete" in log.read_text(), "uvicorn")
        assert httpx.get(f"{base}/hooks/nobody").status_code == 404
        assert httpx.post(f"{base}/u/bnot-the-secret", headers={"Content-Type": "message/rfc822"}).status_code == 403
        prove(shop, "fastapi", tell=tell, bounce=bounce)
        prove(shop, "another", rounds=2)
    assert "Application shutdown complete" in log.read_text()


DJANGO = RUNNING / "with_django"


def manage(shop: Shop, *words: str, fails: int = 0) -> str:
    done = shop.run(sys.executable, "manage.py", *words, cwd=DJANGO)
    assert done.returncode == fails, done.stderr
    return done.stdout or done.stderr


@pytest.fixture(scope="module")
def before_ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site's folder with the site's own tables."""
    folder = tmp_path_factory.mktemp("site")
    manage(Shop(folder), "migrate")
    return folder


@pytest.fixture(scope="module")
def migrated(before_ours: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with ours, as by a deploy."""
    folder = tmp_path_factory.mktemp("migrated")
    assert "published" in manage(copy(before_ours, folder), "unichannel_migrate")
    return folder


def copy(site: Path, folder: Path) -> Shop:
    shutil.copytree(site, folder, dirs_exist_ok=True)
    return Shop(folder)


def test_django(migrated: Path, tmp_path: Path) -> None:
    shop = copy(migrated, tmp_path)
    assert "published" in manage(shop, "unichannel_migrate"), "it is safe to run again"
    with shop.process("django", sys.executable, "manage.py", "unichannel_run", cwd=DJANGO):
        prove(shop, "django")
    with shop.engine() as engine:
        ship(engine, "zoe", "P1")
    assert "── email to zoe" in (printed := manage(shop, "unichannel_run", "--once"))
    assert "1 decided, 1 delivered" in printed


HOST = """
from django.db import connection, transaction
from mysite.models import Parcel
from mysite.views import ship
ship("P1", "ada")
try:
    with transaction.atomic():
        ship("P2", "bob")
        raise ValueError
except ValueError:
    pass
print("parcels", [one.name for one in Parcel.objects.all()])
"""


def test_djangos_own_transaction_carries_what_the_host_tells(migrated: Path, tmp_path: Path) -> None:
    shop = copy(migrated, tmp_path)
    assert "parcels ['P1']" in manage(shop, "shell", "-v", "0", "-c", HOST)
    printed = manage(shop, "unichannel_run", "--once")
    assert "── email to ada@example.com" in printed
    assert "bob" not in printed


WRONG = """
from django.test import override_settings
from unichannel.errors import ConfigurationError
from unichannel.integrations.django import engine
for value in ("", "no.where:x", "mysite.models:Parcel"):
    with override_settings(UNICHANNEL_ENGINE=value):
        try:
            engine()
        except ConfigurationError as error:
            print(error)
"""


def test_django_says_what_is_wrong_with_the_setting(tmp_path: Path) -> None:
    empty, nowhere, other = manage(Shop(tmp_path), "shell", "-v", "0", "-c", WRONG).splitlines()
    assert "UNICHANNEL_ENGINE ''" in empty
    assert "leads nowhere" in nowhere
    assert "gives a Parcel, no Engine" in other


def test_django_before_migrating(before_ours: Path, tmp_path: Path) -> None:
    assert "migrate" in manage(copy(before_ours, tmp_path), "unichannel_run", "--once", fails=1)


def test_cron(shop: Shop) -> None:
    with shop.engine() as engine:
        ship(engine, "ada", "P1")
    done = shop.run(RUNNING / "with_cron.sh", cwd=shop.folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("1 decided; 1 started; 1 accepted\n")
    assert shop.run(RUNNING / "with_cron.sh").stdout == "0 decided; 0 started; nothing delivered\n"


def run_due(shop: Shop, *words: str) -> tuple[int, str, str]:
    with chdir(RUNNING):
        done = command("run-due", *words, env={"SHOP_DB": shop.environment["SHOP_DB"]})
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("factory", ["make_engine", "make_async_engine"])
def test_one_line_of_json(shop: Shop, factory: str) -> None:
    with shop.engine() as engine:
        ship(engine, "ada", "P1")
    code, printed, _ = run_due(shop, f"shop.py:{factory}", "--json")
    assert code == 0
    report = json.loads(printed.splitlines()[-1])
    assert report["outcomes"] == {"accepted": 1}
    assert report["more"] is False


@pytest.mark.parametrize("factory", ["make_engine", "make_async_engine"])
def test_the_loop_on_the_command_line(shop: Shop, factory: str) -> None:
    words = [sys.executable, "-m", "unichannel", "run-due", f"shop.py:{factory}", "--loop", "--json"]
    with shop.process("loop", *words) as log:
        prove(shop, factory, rounds=2)
    lines = [line for line in log.read_text().splitlines() if line.startswith("{")]
    assert sum(json.loads(line)["profiles"] for line in lines) >= 4
    assert len(lines) <= 6, "a pass that did nothing says nothing"


def test_two_passes_at_once_share_the_work(shop: Shop) -> None:
    """Why cron needs no lock."""
    with shop.engine() as engine:
        for n in range(60):
            ship(engine, f"p{n}", f"P{n}")
    with ThreadPoolExecutor(2) as pool:
        words = [sys.executable, "-m", "unichannel", "run-due", "shop.py:make_engine"]
        passes = list(pool.map(lambda _: shop.run(*words), range(2)))
    assert [one.returncode for one in passes] == [0, 0]
    assert "".join(one.stdout for one in passes).count("── email to") == 60


def test_exit_codes(shop: Shop, tmp_path: Path) -> None:
    code, _, said = run_due(shop, "shop.py:journey")
    assert code == 1
    assert "no engine" in said
    (tmp_path / "gone.py").write_text(
        "from unichannel import Engine, SqlStore\nengine = Engine(SqlStore('sqlite:////no/where/x.db'))\n"
    )
    code, _, said = run_due(shop, f"{tmp_path / 'gone.py'}:engine")
    assert code == 75, said
    with closing(sqlite3.connect(tmp_path / "empty.db")):
        pass
    (tmp_path / "behind.py").write_text(
        f"from unichannel import Engine, SqlStore\nengine = Engine(SqlStore('sqlite:///{tmp_path / 'empty.db'}'))\n"
    )
    code, _, said = run_due(shop, f"{tmp_path / 'behind.py'}:engine")
    assert code == 1
    assert "migrate" in said
