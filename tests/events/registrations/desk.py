"""What the stories at the desk share: addresses, and what a page says."""

from django.urls import reverse

from events.registrations.models import Registration


def at(name, slug="full", **more):
    """The address of a page of the desk."""
    return reverse(f"desk_{name}", kwargs={"slug": slug, **more})


def states():
    """The state of everybody's last registration, by first name."""
    rows = Registration.objects.select_related("person").order_by("pk")
    return {row.person.name.split()[0]: str(row.state) for row in rows}


def said(response):
    """The messages above the page."""
    return [str(message) for message in response.context["messages"]]


def names(response):
    """Who is in the list, in its order."""
    return [row.registration.person.name for row in response.context["rows"]]


def tick(*rows):
    """The ticks of a form, as the page made them."""
    return [f"{row.pk}:{row.state}" for row in rows]
