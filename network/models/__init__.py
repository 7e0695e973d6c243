"""Who takes part: the tables of the ground floor."""

from network.models.centres import Centre, JoinRequest, Organisation
from network.models.people import AccessToken, Person, Role
from network.models.reference import Competence, FundingProfile, Sector
from network.models.requests import IdempotentRequest

__all__ = [
    "AccessToken",
    "Centre",
    "Competence",
    "FundingProfile",
    "IdempotentRequest",
    "JoinRequest",
    "Organisation",
    "Person",
    "Role",
    "Sector",
]
