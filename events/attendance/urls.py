"""Addresses of the attendance wing for participants."""

from django.urls import URLPattern, path

from network.later import Pages

checking = Pages("events.attendance.checking.pages")
evaluation = Pages("events.attendance.evaluation.pages")
terms = Pages("events.attendance.terms.pages")

urlpatterns: list[URLPattern] = [
    path("t/<code>/", checking.ticket, name="ticket"),  # in the QR code of a ticket: short
    path("check-in/", checking.check_in, name="check_in"),
    path("registrations/<token>/ticket/", checking.own_ticket, name="registration_ticket"),
    path("registrations/<token>/check-in/", checking.check_in_here, name="registration_check_in"),
    path("registrations/<token>/evaluation/", evaluation.evaluation, name="registration_evaluation"),
    path("registrations/<token>/report/", terms.report, name="registration_report"),
    path("registrations/<token>/report/file/", terms.report_file, name="registration_report_file"),
]
