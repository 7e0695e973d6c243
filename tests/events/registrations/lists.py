"""Lists of people, and what is done with them: for the stories of the import."""

import io

import openpyxl
import pytest
from django.urls import reverse

from events.registrations.lists import imports as import_actions
from events.registrations.models import Registration
from network.errors import Invalid

HEAD = "Name,E-mail,Organisation,Country"
TWO = f"{HEAD}\nNora New,nora@demo.example,City of Graz,AT\nNick New,nick@demo.example,City of Graz,AT\n"


def at(name, run=None, **more):
    return reverse(f"desk_{name}", kwargs={"slug": "market-dialogue", **({"key": run.pk} if run else {}), **more})


def read(event, content, by, name="people.csv"):
    data = content.encode() if isinstance(content, str) else content
    return import_actions.read_list(event=event, file=io.BytesIO(data), filename=name, size=len(data), by=by)


def workbook(rows, *, change=None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def confirm(run, by, **how):
    return import_actions.confirm(registration_import=run, by=by, **how)


def work(run):
    """What the worker does."""
    import_actions.carry_out(run.pk)
    run.refresh_from_db()
    return run


def said(run):
    return [row["said"] for row in run.rows]


def wrong(run):
    """The faults by line."""
    return {row["line"]: [f"{where}: {what}" for where, what in row["wrong"]] for row in run.rows if row["wrong"]}


def states():
    return {row.person.name: str(row.state) for row in Registration.objects.select_related("person").order_by("pk")}


def why(call, *args):
    with pytest.raises(Invalid) as caught:
        call(*args)
    assert list(caught.value.errors) == ["file"]
    return str(caught.value.errors["file"][0])
