"""Facts to print, without a database."""

import hashlib
import io
from math import sin
from typing import Any

from django.utils import timezone

from events.certificates.content.facts import EMPTY_LOOK
from events.certificates.issuing import files
from events.certificates.models import Certificate
from events.certificates.numbers import new_number
from events.certificates.printing.sheet import Sheet
from events.registrations.models import Registration


def facts(**changes: Any) -> dict[str, Any]:
    """A certificate of two days with everything on it; ``changes`` replace its parts, ``event=…`` only what is named."""
    sample: dict[str, Any] = {
        "version": 2,
        "kind": "attendance",
        "number": "7Q2K-0F5M-XW3R-9TBA-C",
        "register": {"centre": "AT-TEST", "year": 2027, "serial": 14},
        "verify": "https://calendar.example/verify/7Q2K-0F5M-XW3R-9TBA-C",
        "language": "en",
        "issued_at": "2027-05-02T10:11:12+02:00",
        "holder": {"name": "Ana Procurer"},
        "event": {
            "slug": "market-dialogue",
            "title": "Market dialogue in practice",
            "kind": "training",
            "format": "hybrid",
            "city": "Vienna",
            "country": "AT",
            "languages": ["en", "de"],
            "interpretation": ["fr"],
            "timezone": "Europe/Vienna",
            "starts": "2027-04-28T09:00+02:00",
            "ends": "2027-04-29T16:00+02:00",
        },
        "organiser": {"code": "AT-TEST", "name": "Testing house for innovation procurement", "country": "AT"},
        "co_organisers": [{"code": "EL-TEST", "name": "Κέντρο Δοκιμών", "country": "EL"}],
        "competences": [
            {"code": "C6", "name": "Innovation procurement", "level": 3},
            {"code": "C11", "name": "Market analysis and engagement", "level": 2},
        ],
        "outcomes": [
            "Plan a market consultation under Article 40 of Directive 2014/24/EU",
            "Write down its results so that all tenderers are treated alike",
            "Turn what was heard into functional requirements",
        ],
        "assessed": None,
        "recognition": None,
        "valid_until": None,
        "look": {**EMPTY_LOOK},
        "quality_assurance": "organiser",
        "attendance": {"minutes": 780, "minutes_attended": 690, "sessions": 4, "sessions_attended": 4, "needed_share": 80},
        "funding": {
            "emblem_text": "Co-funded by the European Union",
            "programme": "Horizon Europe",
            "grant_number": "101000000",
            "disclaimer": "Views and opinions expressed are those of the authors only and do not necessarily reflect those of "
            "the European Union or the granting authority. Neither can be held responsible for them.",
        },
    }
    event = {**sample["event"], **changes.pop("event", {})}
    return {**sample, **changes, "event": event}


LONG_NAME = (
    "Maria Magdalena Aleksandra Wilhelmina von Hohenstein-Wolfenbüttel zu Löwenberg-Wertheim und Rochefort-Sobieska y Castro"
)[:120]
LONG_TITLE = (
    "From the first market dialogue to the signed contract: a practical course on the procurement of innovation in "
    "hospitals, public works and urban transport"
)

#: A logo as a drawing program writes it.
LOGO = b"""<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:e="http://editor.example" viewBox="0 0 220 60" e:version="1">
<title>Logo</title><metadata><e:note>mine</e:note></metadata><style>.blue { fill: #1b5591; }</style>
<circle class="blue" cx="30" cy="30" r="28"/><path d="M18 40 L30 14 L42 40 Z" style="fill:#fff"/>
<path class="blue" d="M75 20h120v6H75zM75 34h90v6H75z"/></svg>"""


def autograph() -> bytes:
    """A signature as a scanner sees it: a line of ink on paper that is not quite white."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (900, 300), (251, 250, 247))
    line = [(40 + step * 4, 150 + 90 * sin(step / 9)) for step in range(205)]
    ImageDraw.Draw(picture).line(line, fill=(25, 35, 110), width=9, joint="curve")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def stored(registration: Registration) -> Certificate:
    """A certificate in the register whose file is no real PDF: for stories that print nothing."""
    pdf = b"%PDF-1.7 sample"
    digest = hashlib.sha256(pdf).hexdigest()
    path = files.keep(pdf, digest)
    return Certificate.objects.create(
        number=new_number(),
        registration=registration,
        event=registration.event,
        person=registration.person,
        centre=registration.event.organising_centre,
        year=2027,
        serial=14,
        language="en",
        facts=facts(),
        template="sample",
        software={},
        file=path,
        sha256=digest,
        issued_at=timezone.now(),
    )


def printed(certificate: dict[str, Any], credential: bytes = b"") -> bytes:
    """The certificate with these facts as the single lane prints it."""
    from events.certificates.printing.render import render

    return render(Sheet(certificate, credential)).pdf
