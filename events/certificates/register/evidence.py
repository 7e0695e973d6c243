"""The certificates in the evidence pack of an event: the register in the reader's language, and each valid file as issued."""

from collections.abc import Iterator, Sequence

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.attendance.evidence.parts import Column, Figure, Grid, Part, sources, table
from events.attendance.evidence.tables.wording import at, local, named, yes_or_no
from events.certificates.content.standing import STANDINGS, standing_of
from events.certificates.issuing import files
from events.certificates.models import Certificate
from events.certificates.queries import Line, register_of
from events.certificates.register.archive import of_event
from events.certificates.register.filters import STANDING_NAMES
from events.programme.models import Event
from network.sheets import Cell
from network.vocabulary import LANGUAGE_NAMES
from network.zips import safe_name

FOLDER = "07-certificates"


def certificates(event: Event) -> Iterator[Part]:
    """The register with all certificates, the revoked ones too, and the files of those that hold."""
    issued = list(of_event(event).select_related("issued_by", "replaces"))
    lines = register_of(event)
    grid = register(event, issued, lines)
    yield table(
        f"{FOLDER}/register.csv",
        _("Every certificate that was issued: number, holder, date, seal and hash; for revoked ones when and why."),
        grid,
        figures=_figures(grid),
        remarks=[*_remarks(lines)],
    )
    for certificate in issued:
        if certificate.revoked_at is None:
            yield _file(certificate)


def register(event: Event, issued: Sequence[Certificate], lines: Sequence[Line]) -> Grid:
    """The register, in its order. ``lines`` know which certificates no longer agree with what is recorded today."""
    columns = [
        Column("register_number", _("Register number"), _("The centre’s own number, which runs without gaps.")),
        Column("number", _("Number"), _("The number on the certificate, by which anybody can check it.")),
        Column("kind", _("Kind"), _("What the certificate is of.")),
        Column("name", _("Holder"), _("The name that is printed.")),
        Column("registration", _("Registration"), _("The registration that it stands on, as in the other tables.")),
        Column("event", _("Event"), _("The title that is printed.")),
        Column("ended", _("Event ended"), _("The last day of the event, as printed.")),
        Column("minutes", _("Minutes certified"), _("The attendance that is printed, in minutes.")),
        Column("minutes_of", _("Minutes of the event"), _("Of how many.")),
        Column("issued_at", at(event, _("Issued at")), _("When it was issued.")),
        Column("issued_by", _("Issued by"), _("Who had it issued.")),
        Column("valid_until", _("Valid until"), _("The last day on which it is valid; empty: for ever.")),
        Column("state", _("State"), _("How it stands on the day on which the pack was made.")),
        Column("revoked_at", at(event, _("Revoked at")), _("When it was revoked.")),
        Column("reason", _("Reason"), _("Why it was revoked.")),
        Column("replaces", _("Replaces"), _("The number of the certificate that it takes the place of.")),
        Column("replaced_by", _("Replaced by"), _("The number of the certificate that took its place.")),
        Column("differs", _("Differs today"), _("Whether name, attendance or assessment have changed since it was issued.")),
        Column("language", _("Language"), _("The language of the certificate.")),
        Column("seal", _("Seal"), _("The level of its electronic seal (PAdES); empty: it is not sealed.")),
        Column("sha256", "SHA-256", _("The hash of the file, noted when it was issued.")),
        Column("file", _("File"), _("The file beside this table; empty: it was revoked and is not in the pack.")),
        Column("check", _("Where to check it"), _("The public page that says whether it is valid.")),
    ]
    outdated = {line.certificate.pk for line in lines if line.certificate is not None and line.outdated}
    return Grid(columns, [_cells(event, one, differs=one.pk in outdated) for one in issued])


def _cells(event: Event, certificate: Certificate, *, differs: bool) -> list[Cell]:
    replaced_by = getattr(certificate, "replaced_by", None)
    attended = certificate.facts.get("attendance") or {}
    return [
        certificate.register_number,
        certificate.number,
        certificate.get_kind_display(),
        certificate.facts["holder"]["name"],
        certificate.registration_id,
        certificate.facts["event"]["title"],
        certificate.facts["event"]["ends"][:10],
        attended.get("minutes_attended"),
        attended.get("minutes"),
        local(event, certificate.issued_at),
        named(certificate.issued_by),
        certificate.valid_until.isoformat() if certificate.valid_until else "",
        str(STANDING_NAMES[standing_of(certificate)]),
        local(event, certificate.revoked_at),
        certificate.revocation_reason,
        certificate.replaces.number if certificate.replaces else "",
        replaced_by.number if replaced_by else "",
        yes_or_no(differs),
        str(LANGUAGE_NAMES.get(certificate.language, certificate.language)),
        certificate.seal_level,
        certificate.sha256,
        "" if certificate.revoked_at else _name(certificate),
        f"{settings.SITE_URL}{certificate.get_absolute_url()}",
    ]


def _figures(grid: Grid) -> list[Figure]:
    found = [grid.rows_counted(_("Certificates that were issued"))]
    for standing in STANDINGS:
        name = str(STANDING_NAMES[standing])
        found.append(grid.rows_counted(_("Certificates: {state}").format(state=name), state=name))
    valid = str(STANDING_NAMES["valid"])
    for kind in grid.values("kind", state=valid):
        label = _("Valid certificates by kind: {kind}").format(kind=kind)
        found.append(grid.rows_counted(label, state=valid, kind=kind))
    return [
        *found,
        grid.total(_("Minutes that valid certificates certify together"), "minutes", state=valid),
        grid.rows_counted(_("Certificates that differ from what is recorded today"), differs=_("yes")),
    ]


def _remarks(lines: Sequence[Line]) -> Iterator[str]:
    """Where certificates and attendance do not agree."""
    differ = sum(line.outdated for line in lines)
    due = sum(line.state == "due" for line in lines)
    unprintable = sum(line.state == "cannot-print" for line in lines)
    if differ:
        yield ngettext(
            "%(n)d certificate says something else than is recorded today: see the column “Differs today”.",
            "%(n)d certificates say something else than is recorded today: see the column “Differs today”.",
            differ,
        ) % {"n": differ}
    if due:
        yield ngettext(
            "%(n)d person has earned a certificate that is not issued yet.",
            "%(n)d people have earned a certificate that is not issued yet.",
            due,
        ) % {"n": due}
    if unprintable:
        yield ngettext(
            "%(n)d certificate is earned and cannot be printed: its texts have letters that no font has.",
            "%(n)d certificates are earned and cannot be printed: their texts have letters that no font has.",
            unprintable,
        ) % {"n": unprintable}


def _file(certificate: Certificate) -> Part:
    return Part(
        f"{FOLDER}/{_name(certificate)}",
        _("A certificate as it was issued."),
        lambda: files.read(certificate),
        at=certificate.issued_at,
        sha256=certificate.sha256,
        is_packed=True,
    )


def _name(certificate: Certificate) -> str:
    """What its file is called in the pack, and in the register beside it."""
    name = safe_name(certificate.facts["holder"]["name"], otherwise="certificate")
    return f"{certificate.centre.code.lower()}-{certificate.year}-{certificate.serial}-{name}.pdf"


sources.append(certificates)
