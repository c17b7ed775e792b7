"""asyncio: the loop beside whatever else the program awaits, until Ctrl-C or SIGTERM.

``python examples/running/shop.py && python examples/running/with_asyncio.py``
"""

from __future__ import annotations

import asyncio

from shop import make_async_engine

from unichannel.integrations.loop import run_forever_async


async def main() -> None:
    async with make_async_engine() as engine:
        await run_forever_async(engine)


if __name__ == "__main__":
    asyncio.run(main())
