"""The addresses of invitations, and what they tell programs that only read files."""

import re

import pytest
from django.db import IntegrityError
from django.utils import timezone

from events.calendars.invitations import addresses
from events.calendars.models import Entry, Invitation
from tests import factories
from tests.events.calendars.reading import published

TOKEN = "abcdefghijklmnopqrstuvwxy7"


@pytest.fixture(autouse=True)
def _a_mailbox(settings):
    settings.REPLIES_DOMAIN = "Replies.example"


def invitation(**fields):
    registration = fields.pop("registration", None) or factories.RegistrationFactory(event=published(), state="confirmed")
    entry = Entry.objects.filter(event=registration.event).first()
    facts = {"token": TOKEN, "attendee": registration.person.email, "method": "REQUEST", "sequence": 0, "stamp": timezone.now()}
    return Invitation.objects.create(registration=registration, entry=entry, **{**facts, **fields})


def test_a_token_has_128_bits_and_needs_no_capital_letters():
    tokens = {addresses.new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(re.fullmatch("[a-z2-7]{26}", token) for token in tokens)


@pytest.mark.parametrize(
    "address",
    [
        f"rsvp-{TOKEN}@replies.example",
        f"RSVP-{TOKEN.upper()}@REPLIES.EXAMPLE",
        f"mailto:rsvp-{TOKEN}@replies.example",
        f" MAILTO:rsvp-{TOKEN}@replies.example ",
    ],
)
def test_an_address_of_ours_names_its_token(address):
    assert addresses.token_in(address) == TOKEN


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        TOKEN,
        f"rsvp-{TOKEN}",
        f"rsvp-{TOKEN}@elsewhere.example",
        f"rsvp-{TOKEN}@replies.example.evil.example",
        f"rsvp+{TOKEN}@replies.example",
        f"rsvp-{TOKEN}x@replies.example",
        f"rsvp-{TOKEN[:-1]}@replies.example",
        f"rsvp-{TOKEN[:-1]}1@replies.example",  # not of base32
        f"rsvp-{TOKEN}\n@replies.example",
        f"someone@rsvp-{TOKEN}@replies.example",
        "calendar@demo.example",
    ],
)
def test_any_other_address_names_none(address):
    assert addresses.token_in(address) is None


def test_without_a_mailbox_no_address_is_ours(settings):
    settings.REPLIES_DOMAIN = ""
    assert addresses.token_in(f"rsvp-{TOKEN}@") is None
    assert addresses.token_in(f"rsvp-{TOKEN}@replies.example") is None


@pytest.mark.django_db
def test_the_organisers_address_is_read_back(settings):
    made = invitation()
    address = addresses.organiser_address(made)
    assert (address, addresses.token_in(address)) == (f"rsvp-{TOKEN}@Replies.example", TOKEN)
    settings.REPLIES_DOMAIN = ""
    assert addresses.organiser_address(made) == "calendar@demo.example"


@pytest.mark.django_db
def test_a_person_has_one_conversation_about_an_entry():
    made = invitation()
    again = factories.RegistrationFactory(event=made.registration.event, person=made.person, state="cancelled")
    with pytest.raises(IntegrityError):
        invitation(registration=again, token="z" * 26)
