"""``manage.py unichannel_migrate``: a step of the deploy, beside ``migrate``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from unichannel.errors import UnichannelError
from unichannel.integrations.django import engine


class Command(BaseCommand):  # type: ignore[misc]
    """Bring the tables of unichannel up to date and publish the journeys."""

    help = "Bring the tables of unichannel up to date and publish the journeys."

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate and publish."""
        try:
            engine().migrate()
            engine().publish()
        except UnichannelError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The schema is up to date, the journeys are published.")
