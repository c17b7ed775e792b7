"""One address."""

from __future__ import annotations

from django.urls import path

from mysite.views import shipped

urlpatterns = [path("parcels/<name>/shipped", shipped)]
