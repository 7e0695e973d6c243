"""The tables of attendance: who was there, how it is known, what is needed besides, and what they thought of it."""

from events.attendance.models.evaluation import Evaluation, EvaluationQuestion, EvaluationSheet, EvaluationTurn
from events.attendance.models.evidence import EvidenceFile, ReportImport
from events.attendance.models.records import AttendanceRecord, Door, Scan
from events.attendance.models.terms import AttendanceTerms, HandedIn

__all__ = [
    "AttendanceRecord",
    "AttendanceTerms",
    "Door",
    "Evaluation",
    "EvaluationQuestion",
    "EvaluationSheet",
    "EvaluationTurn",
    "EvidenceFile",
    "HandedIn",
    "ReportImport",
    "Scan",
]
