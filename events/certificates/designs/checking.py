"""Whether what stands in a template's slots can be printed, fits, and keeps the file to both standards."""

from dataclasses import replace

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from events.certificates.content import pictures
from events.certificates.content.wording import put_into_words
from events.certificates.designs.sample import sample_facts
from events.certificates.designs.slots import LIMITS, WORDING, Slots
from events.certificates.models import CertificateTemplate
from events.paper import fonts
from network.errors import Invalid
from network.models import Centre

Messages = dict[str, list[str]]


def path_of(slot: str, language: str) -> str:
    """What an error about words in a language is filed under."""
    return f"wording.{language}.{slot}"


def check(slots: Slots, centre: Centre | None) -> None:
    """Raise Invalid with everything that is wrong: first what can be said of single slots, then of whole pages."""
    errors = _slots(slots) | gone_pictures(slots)
    if errors:
        raise Invalid(errors)
    if faults := _pages(slots.template(centre)):
        raise Invalid({"": faults})


def gone_pictures(slots: Slots) -> Messages:
    """The pictures that are not in the store, and what to do: a form that was open for days may have lost one."""
    paths = {name: str(getattr(slots, name)) for name in ("logo", "signature")}
    gone = [name for name, path in paths.items() if path and not pictures.is_kept(path)]
    return {name: [_("This picture is not kept any more. Choose it again, then save.")] for name in gone}


def _slots(slots: Slots) -> Messages:
    errors: Messages = {}

    def complain(path: str, message: str) -> None:
        errors.setdefault(path, []).append(message)

    if not slots.name:
        complain("name", _("Give the template a name, so that you know it again."))
    if slots.design not in CertificateTemplate.Design.values:
        complain("design", _("Choose one of the designs."))
    if slots.logo and not slots.logo_text:
        complain(
            "logo_text", _("Say in words what the logo shows, such as the name of your centre. Who cannot see it hears this.")
        )
    if slots.signature and not slots.signatory:
        complain("signatory", _("Say whose signature it is."))
    known = dict(settings.LANGUAGES)
    texts = [(name, getattr(slots, name), most) for name, most in LIMITS.items()]
    for language, words in slots.wording.items():
        if language not in known:
            complain("wording", _("Certificates are not written in “%(code)s”.") % {"code": language[:20]})
            continue
        for slot, text in words.items():
            if slot not in WORDING:
                complain("wording", _("No design has a slot “%(name)s”.") % {"name": slot[:40]})
                continue
            texts.append((path_of(slot, language), text, WORDING[slot]))
    for path, text, most in texts:
        if len(text) > most:
            complain(path, _("Use at most %(most)d characters; there are %(n)d.") % {"most": most, "n": len(text)})
        elif path != "name":
            try:
                fonts.require_printable(text)
            except fonts.CannotPrint as problem:
                complain(path, str(problem.message))
    return errors


def _pages(template: CertificateTemplate) -> list[str]:
    """Print it in all languages, with little and with the longest texts, and look at the files."""
    # WeasyPrint costs a second and 40 MB: only who prints pays.
    from events.certificates.printing import render  # noqa: PLC0415
    from events.certificates.printing.sheet import Sheet  # noqa: PLC0415
    from events.paper import pdf, structure  # noqa: PLC0415

    found: list[str] = []
    for language, name in settings.LANGUAGES:
        longest = sample_facts(template, language=language, full=True)
        with pdf.printing, override(language):
            words = put_into_words(longest)
            tightest = replace(render.sizes(longest, words), tightness=render.TIGHTEST, facts_overleaf=True)
            document = render.typeset(longest, words, tightest)
            if not render.fits(document, pages=len(document.pages)):
                text = _(
                    "In %(language)s there is too much on the page beside a long name and title. Shorten the closing words."
                )
                found.append(text % {"language": name})
        printed = render.render(Sheet(sample_facts(template, language=language)))
        found += [
            _("The file would not keep to the standards of archives and of accessibility: %(fault)s") % {"fault": fault}
            for fault in structure.faults(printed.pdf)
        ]
    return list(dict.fromkeys(found))
