"""``python -m unichannel``: the command line."""

from unichannel.cli import main

main()
