"""Addresses of the desk's pages about registrations."""

from django.urls import URLPattern, path

from network.later import Pages

desk_add = Pages("events.registrations.desk.add")
desk_export = Pages("events.registrations.desk.export")
desk_import = Pages("events.registrations.desk.imports")
desk_questions = Pages("events.registrations.desk.questions")
desk = Pages("events.registrations.desk.registrations")
desk_requests = Pages("events.registrations.desk.requests")
desk_rows = Pages("events.registrations.desk.rows")
desk_terms = Pages("events.registrations.desk.terms")

urlpatterns: list[URLPattern] = [
    path("events/<slug:slug>/registrations/", desk.registrations, name="desk_registrations"),
    path("events/<slug:slug>/registrations/decide/", desk.decide, name="desk_registrations_decide"),
    path("events/<slug:slug>/registrations/undo/", desk.undo, name="desk_registrations_undo"),
    path("events/<slug:slug>/registrations/pulse/", desk.pulse, name="desk_registrations_pulse"),
    path("events/<slug:slug>/registrations/add/", desk_add.add, name="desk_registrations_add"),
    path("events/<slug:slug>/registrations/export.csv", desk_export.export, name="desk_registrations_export"),
    path(
        "events/<slug:slug>/registrations/export.xlsx",
        desk_export.export,
        {"format": "xlsx"},
        name="desk_registrations_export_xlsx",
    ),
    path("events/<slug:slug>/registrations/import/", desk_import.upload, name="desk_import"),
    path("events/<slug:slug>/registrations/import/empty.<str:format>", desk_import.empty, name="desk_import_empty"),
    path("events/<slug:slug>/registrations/import/<int:key>/", desk_import.show, name="desk_import_list"),
    path("events/<slug:slug>/registrations/import/<int:key>/confirm/", desk_import.confirm, name="desk_import_confirm"),
    path("events/<slug:slug>/registrations/import/<int:key>/discard/", desk_import.discard, name="desk_import_discard"),
    path("events/<slug:slug>/registrations/import/<int:key>/results.csv", desk_import.results, name="desk_import_results"),
    path("events/<slug:slug>/registrations/<int:key>/", desk_rows.registration, name="desk_registration"),
    path("events/<slug:slug>/registrations/<int:key>/decline/", desk_rows.decline, name="desk_registration_decline"),
    path("events/<slug:slug>/registrations/<int:key>/cancel/", desk_rows.cancel, name="desk_registration_cancel"),
    path("events/<slug:slug>/registrations/<int:key>/turn/", desk_rows.turn, name="desk_registration_turn"),
    path("events/<slug:slug>/registrations/<int:key>/pass-on/", desk_rows.pass_on, name="desk_registration_pass_on"),
    path("events/<slug:slug>/terms/", desk_terms.edit, name="desk_terms"),
    path("requests/", desk_requests.requests, name="desk_requests"),
    path("requests/decide/", desk_requests.decide, name="desk_requests_decide"),
    path("events/<slug:slug>/questions/", desk_questions.overview, name="desk_questions"),
    path("events/<slug:slug>/questions/new/", desk_questions.add, name="desk_question_new"),
    path("events/<slug:slug>/questions/preview/", desk_questions.preview, name="desk_questions_preview"),
    path("events/<slug:slug>/questions/<slug:key>/edit/", desk_questions.edit, name="desk_question"),
]
