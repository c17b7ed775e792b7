"""The job libraries one by one: what is registered, what goes on at once, what is said where a library is missing."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.background import BackgroundScheduler
from celery import Celery

from tests.integrations.shop import Shop
from tests.integrations.waiting import until
from unichannel import AsyncEngine, Email, Engine, Journey, MemoryStore, Message, Profile, Send, on, seconds
from unichannel.errors import ConfigurationError
from unichannel.integrations import apscheduler, celery, fastapi
from unichannel.testing import RecordingTransport

hello = Message("hello", Email("Hello", text="Hello."), category="transactional")
JOURNEYS = [Journey("hello", start=on("begun"), steps=[Send(hello, via="email")])]

BACKLOG = """
from celery import Celery
from shop import make_engine
from unichannel.integrations.celery import install

app = Celery("backlog", broker={broker!r})
run_due = install(app, make_engine, every=3600.0, limit=1)
"""
ISOLATED = """
import os
from celery import Celery
from shop import make_engine
from unichannel.integrations.celery import install

made = make_engine()  # as an application may have one where it begins
made.publish()
app = Celery("forked", broker={broker!r})

def make():
    print(f"made-in-{{os.getpid()}}", flush=True)
    return make_engine()

run_due = install(app, make, every=1.0)
"""
GONE = """
from celery import Celery
from unichannel import Engine, SqlStore
from unichannel.integrations.celery import install

app = Celery("gone", broker={broker!r})
run_due = install(app, lambda: Engine(SqlStore("sqlite:////no/where/x.db")), every=3600.0)
"""


def words(kind: str, module: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--app", module, kind, "--loglevel", "INFO", *more]


def module(shop: Shop, name: str, text: str, broker: str) -> dict[str, str]:
    """A module beside the shop's database, and the environment in which it is found."""
    from tests.integrations.shop import RUNNING

    (shop.folder / f"{name}.py").write_text(text.format(broker=broker))
    return {"PYTHONPATH": f"{shop.folder}:{RUNNING}:{shop.environment['PYTHONPATH']}"}


def tick(broker: str, *, times: int = 1) -> None:
    """Messages as beat would send them."""
    with Celery("beat", broker=broker, set_as_current=False) as app:
        for _ in range(times):
            app.send_task("unichannel.run_due")


def test_celery_goes_on_at_once_while_work_is_left(shop: Shop, redis: str) -> None:
    more = module(shop, "backlog", BACKLOG, redis)
    with shop.engine() as engine:
        engine.identify(*(Profile(f"p{n}", email=f"p{n}@example.com") for n in range(5)))
        for n in range(5):
            engine.track(f"p{n}", "order.shipped", {"parcel": f"P{n}"})
    with shop.process("worker", *words("worker", "backlog", "--concurrency", "1"), more=more) as log:
        until(lambda: " ready." in log.read_text(), "the worker")
        tick(redis)
        until(lambda: log.read_text().count("── email to") == 5, "all five of one tick")


def test_celery_makes_an_engine_in_each_process(shop: Shop, redis: str) -> None:
    more = module(shop, "forked", ISOLATED, redis)
    with shop.process("worker", *words("worker", "forked", "--concurrency", "2"), more=more) as log:
        until(lambda: " ready." in log.read_text(), "the worker")
        tick(redis, times=20)
        until(lambda: log.read_text().count("made-in-") >= 2, "two engines")
    made = [line.split("made-in-")[1] for line in log.read_text().splitlines() if "made-in-" in line]
    assert len(set(made)) == len(made) == 2


def test_celery_tries_again_where_the_store_is_gone(shop: Shop, redis: str) -> None:
    more = module(shop, "gone", GONE.replace("every=3600.0", "every=1.0"), redis)
    with shop.process("worker", *words("worker", "gone", "--concurrency", "1"), more=more) as log:
        until(lambda: " ready." in log.read_text(), "the worker")
        tick(redis)
        until(lambda: log.read_text().count("retry: Retry in") >= 2, "two more tries")
    assert "UnavailableError" in log.read_text()


def test_two_apps_of_one_process_have_a_task_each() -> None:
    apps = [Celery(name, broker="memory://") for name in ("one", "two")]
    tasks = [celery.install(app, lambda: Engine(MemoryStore())) for app in apps]
    for app, task in zip(apps, tasks, strict=True):
        app.finalize()
        assert app.tasks[task.name].app is app


def test_celery_beat_ticks_as_asked() -> None:
    app = Celery("ticks", broker="memory://")
    task = celery.install(app, lambda: Engine(MemoryStore()), every=2.5, queue="journeys")
    app.finalize()
    (entry,) = app.conf.beat_schedule.values()
    assert (entry["task"], entry["schedule"]) == (task.name, 2.5)
    assert entry["options"] == {"expires": 600.0, "queue": "journeys"}
    assert task.acks_late is False


@pytest.fixture
def engine() -> Any:
    with Engine(MemoryStore(), journeys=JOURNEYS, routes={"email": RecordingTransport()}, quiet_hours=None) as made:
        made.migrate()
        yield made


def test_apscheduler_adds_one_job(engine: Engine) -> None:
    scheduler = BackgroundScheduler()
    for _ in range(2):
        job = apscheduler.install(scheduler, engine, every=5.0)
    scheduler.start(paused=True)
    assert [one.id for one in scheduler.get_jobs()] == ["unichannel"]
    assert (job.coalesce, job.max_instances, job.trigger.interval) == (True, 1, timedelta(seconds=5))
    scheduler.shutdown()


def test_apscheduler_awaits_an_async_engine() -> None:
    import asyncio

    transport = RecordingTransport()

    async def run() -> None:
        routes = {"email": transport}
        async with AsyncEngine(MemoryStore(), journeys=JOURNEYS, routes=routes, quiet_hours=None) as engine:
            await engine.migrate()
            await engine.identify(Profile("ada", email="ada@example.com"))
            await engine.track("ada", "begun")
            scheduler = AsyncIOScheduler()
            apscheduler.install(scheduler, engine, every=0.1)
            scheduler.start()
            await asyncio.to_thread(until, lambda: transport.journal, "the message", deadline=20)
            scheduler.shutdown()
            await asyncio.sleep(0)

    asyncio.run(run())


def test_apscheduler_wants_a_scheduler_that_fits(engine: Engine) -> None:
    with pytest.raises(ConfigurationError, match="AsyncIOScheduler"):
        apscheduler.install(BackgroundScheduler(), AsyncEngine(MemoryStore()))
    with pytest.raises(ConfigurationError, match=r"apscheduler>=3\.10,<4"):
        apscheduler.install(object(), engine)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda engine: apscheduler.install(BackgroundScheduler(), lambda: engine), "runs an Engine, not function"),
        (lambda engine: apscheduler.install(BackgroundScheduler(), engine, every=seconds(1)), "number of seconds"),
        (lambda engine: celery.install(Celery("x"), engine), "Give the function that makes the engine"),
        (lambda engine: celery.install(Celery("x"), lambda: engine, every=0), "every 0 is no number of seconds"),
        (fastapi.lifespan, "runs an AsyncEngine, not Engine"),
        (fastapi.receiver, "runs an AsyncEngine, not Engine"),
    ],
)
def test_what_cannot_run_is_refused_where_it_is_installed(engine: Engine, make: Any, said: str) -> None:
    """Not at the first tick, in a log of another process."""
    with pytest.raises(ConfigurationError, match=said):
        make(engine)


WITHOUT: dict[str, str] = {
    "celery": "from unichannel.integrations.celery import install; install(None, None)",
    "apscheduler": "from unichannel.integrations.apscheduler import install; install(None, None)",
    "starlette": "from unichannel.integrations.fastapi import receiver; receiver(None)",
    "django": "from unichannel.integrations.django import engine; engine()",
}


@pytest.mark.parametrize("library", WITHOUT)
def test_what_is_missing_is_named_with_its_extra(library: str) -> None:
    asked = f"import sys; sys.modules[{library!r}] = None\n{WITHOUT[library]}"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    extra = "fastapi" if library == "starlette" else library
    said = f'MissingExtra: this needs {library}, which is not installed. Install it: pip install "unichannel[{extra}]".'
    assert said in done.stderr


def test_no_library_is_imported_before_it_is_used() -> None:
    ours = "celery apscheduler fastapi django loop pace"
    theirs = {"apscheduler", "celery", "django", "fastapi", "kombu", "starlette"}
    asked = "\n".join(f"import unichannel.integrations.{name}" for name in ours.split())
    asked += f"\nimport sys; print({theirs} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
