"""APScheduler: a job beside the others that the program has.

``python examples/running/shop.py && python examples/running/with_apscheduler.py``
"""

from __future__ import annotations

import signal

from apscheduler.schedulers.background import BackgroundScheduler
from shop import make_engine

from unichannel.integrations.apscheduler import install

if __name__ == "__main__":
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before any thread begins, so that they come to sigwait
    with make_engine() as engine:
        scheduler = BackgroundScheduler()
        install(scheduler, engine, every=1.0)
        scheduler.start()
        signal.sigwait(ends)
        scheduler.shutdown(wait=True)  # the pass that is under way ends first
