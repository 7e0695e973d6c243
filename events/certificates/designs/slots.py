"""What somebody puts into the slots of a design, as plain values: what a form or a program says, before it is checked."""

from dataclasses import dataclass, field

from events.certificates.models import CertificateTemplate
from events.paper.fonts import clean
from network.models import Centre

#: Words that can be said in each language: slot and how many characters it holds.
WORDING = {"signatory_role": 100, "closing": 160}
#: How many characters the other slots hold.
LIMITS = {"name": 80, "logo_text": 160, "signatory": 80, "signatory_role": 100}


@dataclass(frozen=True)
class Slots:
    """A template's content. Pictures are paths that ``pictures.make`` returned."""

    name: str
    design: str = CertificateTemplate.Design.LINE.value
    logo: str = ""
    logo_text: str = ""
    signature: str = ""
    signatory: str = ""
    signatory_role: str = ""
    wording: dict[str, dict[str, str]] = field(default_factory=dict)

    @staticmethod
    def of(template: CertificateTemplate) -> "Slots":
        """What a template has in its slots."""
        return Slots(
            name=template.name,
            design=template.design,
            logo=template.logo.name or "",
            logo_text=template.logo_text,
            signature=template.signature.name or "",
            signatory=template.signatory,
            signatory_role=template.signatory_role,
            wording=template.wording,
        )

    def cleaned(self) -> "Slots":
        """As it will be printed: on one line, composed, without invisible characters; nothing said is no entry."""
        said = {language: {slot: clean(text) for slot, text in words.items()} for language, words in self.wording.items()}
        full = {language: {slot: text for slot, text in words.items() if text} for language, words in said.items()}
        return Slots(
            name=clean(self.name),
            design=self.design,
            logo=self.logo,
            logo_text=clean(self.logo_text) if self.logo else "",
            signature=self.signature,
            signatory=clean(self.signatory),
            signatory_role=clean(self.signatory_role),
            wording={language: words for language, words in full.items() if words},
        )

    def template(self, centre: Centre | None = None) -> CertificateTemplate:
        """A template with this content that is not stored."""
        return CertificateTemplate(centre=centre, **vars(self))
