"""A parcel."""

from __future__ import annotations

from django.db import models


class Parcel(models.Model):
    """A parcel, and to whom it goes."""

    name = models.CharField(max_length=50, unique=True)
    to = models.CharField(max_length=50)
