"""Addresses of the desk's pages about certificates."""

from django.urls import URLPattern, path

from network.later import Pages

designs = Pages("events.certificates.designs.desk")
grounds = Pages("events.certificates.grounds.desk")
centre = Pages("events.certificates.register.centre")
desk = Pages("events.certificates.register.desk")
revoking = Pages("events.certificates.register.revoking")

urlpatterns: list[URLPattern] = [
    path("certificate-templates/", designs.templates, name="desk_certificate_templates"),
    path("certificate-templates/new/", designs.new, name="desk_certificate_template_new"),
    path("certificate-templates/preview/", designs.live, name="desk_certificate_template_preview"),
    path("certificate-templates/<int:pk>/", designs.change, name="desk_certificate_template"),
    path("certificate-templates/<int:pk>/preview/", designs.live, name="desk_certificate_template_change_preview"),
    path("certificate-templates/<int:pk>/sample.pdf", designs.sample, name="desk_certificate_template_sample"),
    path("certificate-templates/<int:pk>/retire/", designs.retire, name="desk_certificate_template_retire"),
    path("certificates/", centre.register, name="desk_register"),
    path("certificates/register.csv", centre.download, {"format": "csv"}, name="desk_register_csv"),
    path("certificates/register.zip", centre.download, {"format": "zip"}, name="desk_register_zip"),
    path("certificates/issue/", centre.issue_everywhere, name="desk_issue_everywhere"),
    path("certificates/send/", centre.send_again, name="desk_send_again"),
    path("certificates/revocations/", revoking.choose, name="desk_revocation_new"),
    path("certificates/revocations/<int:pk>/", revoking.revocation, name="desk_revocation"),
    path("events/<slug:slug>/certificates/", desk.certificates, name="desk_certificates"),
    path("events/<slug:slug>/certificates/terms/", designs.terms, name="desk_certificate_terms"),
    path("events/<slug:slug>/certificates/all/", desk.issue_all, name="desk_issue_all"),
    path("events/<slug:slug>/certificates/assessments/", grounds.assessments, name="desk_assessments"),
    path("events/<slug:slug>/certificates/recognitions/", grounds.recognitions, name="desk_recognitions"),
    path("events/<slug:slug>/certificates/recognitions/<int:pk>/", grounds.recognition, name="desk_recognition"),
    path(
        "events/<slug:slug>/certificates/recognitions/<int:pk>/remove/",
        grounds.remove_recognition,
        name="desk_recognition_remove",
    ),
    path("events/<slug:slug>/certificates/archive.zip", desk.archive, name="desk_certificates_archive"),
    path("events/<slug:slug>/certificates/<int:registration>/issue/", desk.issue, name="desk_issue"),
    path(
        "events/<slug:slug>/certificates/recognitions/<int:recognition>/issue/",
        desk.issue_recognition,
        name="desk_issue_recognition",
    ),
    path("events/<slug:slug>/certificates/<str:number>/revoke/", desk.revoke, name="desk_revoke"),
    path("events/<slug:slug>/certificates/<str:number>/reissue/", desk.reissue, name="desk_reissue"),
]
