"""``manage.py unichannel_run``: the loop as a process, or one pass for cron."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from unichannel.core.calendar.span import seconds
from unichannel.errors import UnavailableError, UnichannelError
from unichannel.integrations.django import engine
from unichannel.integrations.loop import run_forever


class Command(BaseCommand):  # type: ignore[misc]
    """Decide and deliver what is due, until SIGTERM or Ctrl-C; with --once a single time."""

    help = "Decide and deliver what is due, until SIGTERM or Ctrl-C; with --once a single time."

    def add_arguments(self, parser: Any) -> None:
        """The options."""
        parser.add_argument("--once", action="store_true", help="Do what is due now, and end: for cron.")
        parser.add_argument("--tick", type=float, default=1.0, help="The longest sleep, in seconds.")
        parser.add_argument("--seconds", type=float, default=50.0, help="With --once: begin nothing new after these.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        try:
            if not options["once"]:
                return run_forever(engine(), tick=seconds(options["tick"]))
            report = engine().run_due(seconds=options["seconds"])
        except UnichannelError as error:
            raise CommandError(str(error), returncode=75 if isinstance(error, UnavailableError) else 1) from error
        left = ", more is left" if report.more else ""
        self.stdout.write(f"{report.profiles} decided, {sum(report.outcomes.values())} delivered{left}")
        return None
