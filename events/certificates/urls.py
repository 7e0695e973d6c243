"""Addresses of the certificates wing."""

from django.urls import URLPattern, path

from events.certificates.holding import pages as holding
from events.certificates.verifying import pages

urlpatterns: list[URLPattern] = [
    path("verify/", pages.verify_start, name="verify_start"),
    path("verify/<str:number>", pages.verify, name="verify"),
    path("my/certificates/<str:number>.pdf", holding.download, name="certificate_file"),
]
