"""Tables of the calendars wing: entries, feeds, addresses, invitations, other people's calendars."""

from events.calendars.models.addresses import CalendarWishes, PersonalAddress
from events.calendars.models.embedding import EmbeddingSite
from events.calendars.models.entries import Entry, EntryText, Revision
from events.calendars.models.feeds import Feed, Selection
from events.calendars.models.invitations import Invitation
from events.calendars.models.replies import Mailbox, Reply
from events.calendars.models.sources import Source, SourceText

__all__ = [
    "CalendarWishes",
    "EmbeddingSite",
    "Entry",
    "EntryText",
    "Feed",
    "Invitation",
    "Mailbox",
    "PersonalAddress",
    "Reply",
    "Revision",
    "Selection",
    "Source",
    "SourceText",
]
