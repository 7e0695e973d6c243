"""Messages on the secretariat's desk; in the demonstration, every mail to read."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from events.calendars.invitations.messages import Part
from events.calendars.invitations.telling import present
from events.mail import actions, queries
from events.mail.letters import letter_of
from events.mail.models import Message
from events.programme.desk import page_of, person_of
from network.rules import may

State = Message.State


@login_required
@require_safe
def desk_messages(request: HttpRequest) -> HttpResponse:
    """``/desk/messages/``: what was sent to whom, what was given up first. Texts are not shown: they are for their readers."""
    if not may(request.user, "events.read_messages"):
        raise PermissionDenied
    state, search = request.GET.get("state", ""), request.GET.get("q", "").strip()
    counts = queries.summary()
    tabs = [("", _("All"), sum(counts.values())), *((one.value, one.label, counts[one.value]) for one in State)]
    found = queries.for_desk(state=state if state in State.values else "", search=search)
    context = {"page": page_of(request, found), "tabs": tabs, "state": state, "search": search}
    return render(request, "pages/mail/messages.html", context)


@login_required
@require_POST
def desk_try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a message that was given up once more."""
    if not may(request.user, "events.read_messages"):
        raise PermissionDenied
    message = actions.try_again(message=get_object_or_404(Message, pk=pk), by=person_of(request))
    if message.shown_state == State.QUEUED:
        messages.success(request, _("The message to {reader} is on its way again.").format(reader=message.recipient))
    elif message.shown_state == State.FAILED:
        messages.warning(request, _("This message held a code that is no longer valid. Its reader can ask for a new one."))
    return redirect("desk_messages")


# --- Only in the demonstration: urls.py leaves these out when DEBUG is off --------------------------------------------


@require_safe
def demo_mails(request: HttpRequest) -> HttpResponse:
    """``/demo/mails/``: the mails of the demonstration, the newest first; with ``?to=`` those to one address."""
    reader = request.GET.get("to", "").strip()
    found = Message.objects.select_related("person").order_by("-pk")
    if reader:
        found = found.filter(recipient__iexact=reader)
    return render(request, "pages/mail/demo_list.html", {"page": page_of(request, found), "reader": reader})


@require_safe
def demo_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail as text."""
    message = _written(get_object_or_404(Message.objects.select_related("person"), pk=pk))
    return render(request, "pages/mail/demo_mail.html", {"message": message, "enclosed": _enclosed(message)})


@require_safe
def demo_mail_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML of a mail as a mail program shows it: with its own style, and nothing from anywhere."""
    response = HttpResponse(_written(get_object_or_404(Message, pk=pk)).html)
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


@require_safe
def demo_mail_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """What a mail carries for the calendar, to be opened in a calendar program. As it is now: it is not stored."""
    part = _enclosed(get_object_or_404(Message.objects.select_related("person"), pk=pk))
    if part is None:
        raise Http404
    headers = {"Content-Disposition": 'inline; filename="invite.ics"'}
    return HttpResponse(part.body, content_type=f"text/calendar; method={part.method}; charset=utf-8", headers=headers)


def _enclosed(message: Message) -> Part | None:
    """What the mail carries. Until a worker has composed it, nothing is noted that it could carry."""
    if message.person is None or not message.facts.get("again"):
        return None
    return present(person=message.person, entry=message.facts["entry"], language=message.language)


def _written(message: Message) -> Message:
    """With its letter: one that no worker has composed yet is composed for this page, as it would leave now."""
    if message.facts and not message.text and (letter := letter_of(message)):
        message.subject, message.text, message.html = letter.subject, letter.text, letter.html
    return message
