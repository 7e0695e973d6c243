"""Bodies of requests, shown in the API's documentation."""

from typing import Any

WORKSHOP: dict[str, Any] = {
    "kind": "training",
    "title": "Market dialogue in practice",
    "summary": "How to talk to suppliers before the call, and keep a level field.",
    "organising_centre": "at-ioeb",
    "format": "on-site",
    "timezone": "Europe/Vienna",
    "languages": ["en"],
    "starts": "2027-05-06T09:00",
    "ends": "2027-05-06T16:00",
    "venue": 1,
    "places": 20,
    "competences": [{"competence": "C8", "level": 2}],
    "sectors": ["health-care"],
}

COURSE: dict[str, Any] = {
    "kind": "training",
    "title": "Innovation partnerships, step by step",
    "summary": "Three mornings from the need to the contract.",
    "organising_centre": "de-koinno",
    "format": "online",
    "timezone": "Europe/Berlin",
    "languages": ["de"],
    "interpretation": ["en"],
    "starts": "2027-03-02T09:00",
    "ends": "2027-03-16T12:00",
    "join_link": "https://meet.demo.example/partnerships",
    "registration_closes": "2027-02-26T18:00+01:00",
    "sessions": [
        {
            "title": "The need",
            "starts": "2027-03-02T09:00",
            "ends": "2027-03-02T12:00",
            "speakers": [{"name": "Tina Trainer", "affiliation": "KOINNO", "part": "trainer"}],
        },
        {"title": "The procedure", "starts": "2027-03-09T09:00", "ends": "2027-03-09T12:00"},
        {"title": "The contract", "starts": "2027-03-16T09:00", "ends": "2027-03-16T12:00"},
    ],
}

CONFERENCE: dict[str, Any] = {
    "kind": "training",
    "title": "A day on innovation procurement",
    "summary": "One lecture for all, then a workshop of your choice.",
    "organising_centre": "at-ioeb",
    "format": "on-site",
    "timezone": "Europe/Vienna",
    "languages": ["en"],
    "starts": "2027-10-07T09:00",
    "ends": "2027-10-07T15:00",
    "venue": 1,
    "places": 60,
    "promotion": "offer",
    "offer_hours": 24,
    "changes_close": "2027-10-04T12:00",
    "reminder_days": 3,
    "sessions": [
        {"title": "What innovation procurement is", "starts": "2027-10-07T09:00", "ends": "2027-10-07T12:00"},
        {
            "title": "Workshop: the market dialogue",
            "starts": "2027-10-07T13:00",
            "ends": "2027-10-07T15:00",
            "is_chosen": True,
            "places": 20,
        },
        {"title": "Workshop: the contract", "starts": "2027-10-07T13:00", "ends": "2027-10-07T15:00", "is_chosen": True},
    ],
}

VISIT: dict[str, Any] = {
    "kind": "visit",
    "title": "How Tallinn buys artificial intelligence",
    "summary": "Two days with the teams behind three pilots.",
    "organising_centre": "at-ioeb",
    "format": "on-site",
    "timezone": "Europe/Tallinn",
    "languages": ["en"],
    "first_day": "2027-09-14",
    "last_day": "2027-09-15",
    "venue": 1,
    "visibility": "network",
    "needs_approval": True,
    "approver": "home-centre",
    "places": 12,
    "special_answers_days": 14,
}

CHANGES: dict[str, Any] = {"places": 30, "registration_closes": "2027-05-01T12:00"}
MOVE: dict[str, Any] = {"starts": "2027-05-13T09:00", "reason": "The hall is closed on 6 May."}
POSTPONE: dict[str, Any] = {"reason": "The trainer is ill. We will write when the new date is known."}
CANCEL: dict[str, Any] = {"reason": "Too few people could come."}
CLONE: dict[str, Any] = {"starts": "2028-05-04T09:00", "title": "Market dialogue in practice, second round"}
VENUE: dict[str, Any] = {
    "name": "Procurement house",
    "address": "Test street 1",
    "city": "Vienna",
    "country": "AT",
    "access": "Lift at the side entrance.",
}
