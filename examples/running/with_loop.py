"""A process of its own that waits: the loop, until Ctrl-C or SIGTERM.

``python examples/running/shop.py && python examples/running/with_loop.py``
"""

from __future__ import annotations

from shop import make_engine

from unichannel.integrations.loop import run_forever

if __name__ == "__main__":
    with make_engine() as engine:
        run_forever(engine)
