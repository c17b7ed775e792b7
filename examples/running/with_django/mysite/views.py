"""The host's own transaction carries what it tells: a parcel that is rolled back is not announced."""

from __future__ import annotations

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from mysite.models import Parcel
from unichannel import Profile
from unichannel.integrations.django import engine


def ship(name: str, to: str) -> None:
    """Write a parcel down and tell of it, both or neither."""
    ours = engine()
    ours.publish()  # before the transaction: the first call writes the definitions, and SQLite has one writer
    with transaction.atomic():
        ours.identify(Profile(to, email=f"{to}@example.com", phone="+33612345678"), connection=connection)
        ours.track(to, "order.shipped", {"parcel": name}, id=f"shipped-{name}", connection=connection)
        Parcel.objects.create(name=name, to=to)


def shipped(request: HttpRequest, name: str) -> HttpResponse:
    """A parcel has left the house."""
    ship(name, request.GET.get("to", "ada"))
    return HttpResponse(status=202)
