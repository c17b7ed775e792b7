"""Celery: beat ticks, workers look.

``python shop.py``, then in two terminals, in this folder, with a Redis at ``CELERY_BROKER``::

    celery --app with_celery worker
    celery --app with_celery beat
"""

from __future__ import annotations

import os

from celery import Celery
from shop import make_engine

from unichannel.integrations.celery import install

app = Celery("shop", broker=os.environ.get("CELERY_BROKER", "redis://localhost:6379/0"))
run_due = install(app, make_engine, every=1.0)
