"""The settings of the example: one SQLite file for Django and unichannel."""

from __future__ import annotations

import os

SECRET_KEY = "for the example only"  # noqa: S105
INSTALLED_APPS = ["mysite", "unichannel.integrations.django"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("SHOP_DB", "sqlite:///shop.db").removeprefix("sqlite:///"),
        "OPTIONS": {"transaction_mode": "IMMEDIATE"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "mysite.urls"
USE_TZ = True
UNICHANNEL_ENGINE = "mysite.engine:make_engine"
