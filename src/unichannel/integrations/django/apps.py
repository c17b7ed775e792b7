"""The application that brings the commands; it has no models, its tables are unichannel's own."""

from __future__ import annotations

from django.apps import AppConfig


class UnichannelConfig(AppConfig):  # type: ignore[misc]
    """``unichannel.integrations.django`` in INSTALLED_APPS."""

    name = "unichannel.integrations.django"
    label = "unichannel"
    verbose_name = "unichannel"
