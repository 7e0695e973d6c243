"""Addresses of the certificates wing."""

from django.urls import URLPattern, path, re_path

from network.later import Pages

public = Pages("events.certificates.credentials.pages")
credentials = Pages("events.certificates.holding.credentials")
holding = Pages("events.certificates.holding.pages")
pages = Pages("events.certificates.verifying.pages")

urlpatterns: list[URLPattern] = [
    path("verify/", pages.verify_start, name="verify_start"),
    path("verify/file/", pages.verify_file, name="verify_file"),
    path("verify/<str:number>", pages.verify, name="verify"),
    path("my/certificates/", holding.certificates, name="my_certificates"),
    path("my/certificates/<str:number>/disclosure/", holding.disclosure, name="certificate_disclosure"),
    path("my/certificates/<str:number>.pdf", holding.download, name="certificate_file"),
    path(".well-known/did.json", public.did_document, name="did_document"),
    path("credentials/status/<int:number>", public.status, name="credential_status"),
    path("credentials/badges/<slug:language>/<slug:kind>.png", public.badge, name="credential_badge"),
    re_path(
        r"^credentials/(?P<number>[0-9A-Za-z-]{1,30})\.(?P<form>json|jwt|png|elm\.json)$",
        credentials.download,
        name="credential_file",
    ),
    path("credentials/<str:number>", credentials.credential, name="credential"),
]
