"""Addresses of the desk's pages about certificates."""

from django.urls import URLPattern, path

from events.certificates.register import desk

urlpatterns: list[URLPattern] = [
    path("events/<slug:slug>/certificates/", desk.certificates, name="desk_certificates"),
    path("events/<slug:slug>/certificates/all/", desk.issue_all, name="desk_issue_all"),
    path("events/<slug:slug>/certificates/archive.zip", desk.archive, name="desk_certificates_archive"),
    path("events/<slug:slug>/certificates/<int:registration>/issue/", desk.issue, name="desk_issue"),
    path("events/<slug:slug>/certificates/<str:number>/revoke/", desk.revoke, name="desk_revoke"),
    path("events/<slug:slug>/certificates/<str:number>/reissue/", desk.reissue, name="desk_reissue"),
]
