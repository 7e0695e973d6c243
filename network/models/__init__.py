"""Who takes part: the tables of the ground floor."""

from network.models.centres import Centre, JoinRequest, Organisation
from network.models.people import AccessToken, Person, Role
from network.models.reference import Competence, FundingProfile, Sector

__all__ = [
    "AccessToken",
    "Centre",
    "Competence",
    "FundingProfile",
    "JoinRequest",
    "Organisation",
    "Person",
    "Role",
    "Sector",
]
