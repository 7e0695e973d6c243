"""Addresses of the desk's pages about attendance."""

from django.urls import URLPattern, path, re_path

from network.later import Pages

desk = Pages("events.attendance.desk")
checking = Pages("events.attendance.checking.desk")
evaluation = Pages("events.attendance.evaluation.desk")
evidence = Pages("events.attendance.evidence.desk")
reports = Pages("events.attendance.reports.desk")
terms = Pages("events.attendance.terms.desk")

urlpatterns: list[URLPattern] = [
    path("events/<slug:slug>/attendance/", desk.attendance, name="desk_attendance"),
    path("events/<slug:slug>/attendance/hours/", terms.hours, name="desk_hours"),
    path("events/<slug:slug>/attendance/hours/<int:registration>/", terms.hours_of, name="desk_hours_of"),
    path("events/<slug:slug>/attendance/hours/<int:registration>/report/", terms.report, name="desk_hours_report"),
    path("events/<slug:slug>/attendance/hours/<int:registration>/file/", terms.report_file, name="desk_hours_report_file"),
    path("events/<slug:slug>/attendance/terms/", terms.terms, name="desk_attendance_terms"),
    path("events/<slug:slug>/evaluation/", evaluation.evaluation, name="desk_evaluation"),
    path("events/<slug:slug>/evaluation/preview/", evaluation.preview, name="desk_evaluation_preview"),
    path("events/<slug:slug>/evaluation/new/", evaluation.question, name="desk_evaluation_question_new"),
    path("events/<slug:slug>/evaluation/<int:pk>/", evaluation.question, name="desk_evaluation_question"),
    re_path(r"^events/(?P<slug>[-\w]+)/evaluation/summary\.(?P<format>pdf|csv)$", evaluation.file, name="desk_evaluation_file"),
    path("events/<slug:slug>/attendance/sign/", desk.sign, name="desk_sign"),
    path("events/<slug:slug>/attendance/<int:session>/scan/", checking.scan, name="desk_scan"),
    path("events/<slug:slug>/attendance/<int:session>/scan/worker.js", checking.worker, name="desk_scan_worker"),
    path("events/<slug:slug>/attendance/<int:session>/screen/", checking.screen, name="desk_screen"),
    path("events/<slug:slug>/attendance/<int:session>/door/", checking.open_or_close, name="desk_door"),
    path("events/<slug:slug>/attendance/sheets/<int:session>.pdf", evidence.sheet_of_session, name="desk_sheet"),
    path("events/<slug:slug>/attendance/sheets/day/<str:day>.pdf", evidence.sheet_of_day, name="desk_sheet_of_day"),
    path("events/<slug:slug>/evidence/", evidence.evidence, name="desk_evidence"),
    path("events/<slug:slug>/evidence/pack.zip", evidence.pack, name="desk_evidence_pack"),
    path("events/<slug:slug>/evidence/<int:key>/", evidence.download, name="desk_evidence_file"),
    path("events/<slug:slug>/evidence/<int:key>/withdraw/", evidence.withdraw, name="desk_evidence_withdraw"),
    path("events/<slug:slug>/evidence/<int:key>/signed/", evidence.signed, name="desk_evidence_signed"),
    path("events/<slug:slug>/attendance/webinar/", reports.upload, name="desk_reports"),
    path("events/<slug:slug>/attendance/webinar/<int:key>/", reports.show, name="desk_report"),
    path("events/<slug:slug>/attendance/webinar/<int:key>/zone/", reports.zone, name="desk_report_zone"),
    path("events/<slug:slug>/attendance/webinar/<int:key>/drop/", reports.drop, name="desk_report_drop"),
    path("events/<slug:slug>/attendance/webinar/<int:key>/take-back/", reports.take_back, name="desk_report_take_back"),
    path("events/<slug:slug>/attendance/<int:session>/all/", desk.mark_all, name="desk_mark_all"),
    path("events/<slug:slug>/attendance/<int:session>/<int:registration>/", desk.mark, name="desk_mark"),
]
