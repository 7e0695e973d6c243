"""Names that come from the data files, listed so that makemessages finds them for translation."""

from django.utils.translation import gettext_noop as _

SECTORS = [
    _("Health care"),
    _("Public works"),
    _("ICT"),
    _("Public transport"),
    _("Energy"),
    _("Cross-sector"),
]

COMPETENCES = [
    _("Planning"),
    _("Lifecycle"),
    _("Legislation"),
    _("e-Procurement and other IT tools"),
    _("Sustainable procurement"),
    _("Innovation procurement"),
    _("Category specific"),
    _("Supplier management"),
    _("Negotiations"),
    _("Needs assessment"),
    _("Market analysis and market engagement"),
    _("Procurement strategy"),
    _("Technical specifications"),
    _("Tender documentation"),
    _("Tender evaluation"),
    _("Contract management"),
    _("Certification and payment"),
    _("Reporting and evaluation"),
    _("Conflict resolution / mediation"),
    _("Adaptability and modernisation"),
    _("Analytical and critical thinking"),
    _("Communication"),
    _("Ethics and compliance"),
    _("Collaboration"),
    _("Stakeholder relationship management"),
    _("Team management and leadership"),
    _("Organisational awareness"),
    _("Project management"),
    _("Performance orientation"),
    _("Risk management and internal control"),
]
