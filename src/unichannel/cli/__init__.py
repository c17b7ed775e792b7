"""The command ``unichannel`` (extra ``cli``)."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; exit code 2 where its libraries are not installed."""
    try:
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ImportError as error:
        sys.stderr.write(
            f"Error: the command line needs {error.name}, which is not installed. "
            'Install it: pip install "unichannel[cli]".\n'
        )
        raise SystemExit(2) from None
    from unichannel.cli.app import app

    app(prog_name="unichannel")
