"""The code to sign in goes through the queue."""

from django.core import mail

from events.mail.delivery import deliver
from events.mail.models import Message


def test_a_code_is_queued_in_the_language_of_the_page_and_signs_in(client, ana):
    client.post("/accounts/login/", {"email": ana.email}, headers={"Accept-Language": "de"})
    message = Message.objects.get()
    assert (message.kind, message.recipient, message.language) == ("sign-in-code", ana.email, "de")
    deliver(message_id=message.pk)
    body = mail.outbox[0].body
    code = body.split("\n\n")[1]
    answer = client.post("/accounts/login/code/", {"code": code})
    assert answer.status_code == 302
    assert client.get("/my/").status_code == 200
    message.refresh_from_db()
    assert (message.state, message.text) == ("sent", "")
