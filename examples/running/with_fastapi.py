"""FastAPI: the loop lives as long as the app, and wakes at once when the app itself tracks something.

``uvicorn --app-dir examples/running with_fastapi:app``, then
``curl -X POST localhost:8000/parcels/P1/shipped``
"""

from __future__ import annotations

from fastapi import FastAPI
from shop import make_async_engine

from unichannel import Profile
from unichannel.integrations.fastapi import lifespan, receiver

engine = make_async_engine()
app = FastAPI(lifespan=lifespan(engine))
app.mount("/hooks", receiver(engine, url="https://shop.example/hooks"))
app.mount("/u", receiver(engine, "tracking", url="https://shop.example/u"))


@app.post("/parcels/{parcel}/shipped", status_code=202)
async def shipped(parcel: str, to: str = "ada") -> None:
    """A parcel has left the house."""
    await engine.identify(Profile(to, email=f"{to}@example.com", phone="+33612345678"))
    await engine.track(to, "order.shipped", {"parcel": parcel}, id=f"shipped-{parcel}")
