"""Many at once: no number is used twice, none is left out, nobody gets two."""

import threading

import pytest
from django.db import connection, connections

from events.certificates.issuing import actions
from events.certificates.models import Certificate
from events.registrations.models import Registration
from network.models import Person
from tests import factories

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*calls):
    """Run all at the same moment, each with its own connection; exceptions come back as results."""
    start, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index, call):
        try:
            start.wait()
            results[index] = call()
        except Exception as error:  # noqa: BLE001 - looked at by the test
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index, call)) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def issuing(registration, by):
    """Each asks with rows of its own, as separate requests do."""
    return lambda: actions.issue(registration=Registration.objects.get(pk=registration.pk), by=Person.objects.get(pk=by.pk))


def test_register_numbers_have_no_gap_and_no_twin(came, olga):
    people = [factories.PersonFactory() for _ in range(5)]
    results = at_once(*(issuing(came(person), olga) for person in people))
    assert sorted(certificate.serial for certificate in results) == list(range(1, 6))
    for certificate in Certificate.objects.all():
        assert certificate.facts["register"]["serial"] == certificate.serial


def test_one_person_gets_one(came, ana, olga):
    registration = came(ana)
    results = at_once(*(issuing(registration, olga) for _ in range(5)))
    assert len({certificate.number for certificate in results}) == 1
    assert Certificate.objects.count() == 1


def test_one_is_replaced_once(anas, olga):
    def replace():
        return actions.reissue(
            certificate=Certificate.objects.get(pk=anas.pk), reason="Name", by=Person.objects.get(pk=olga.pk)
        )

    results = at_once(*[replace] * 4)
    assert sorted(type(result).__name__ for result in results) == ["AlreadyReplaced"] * 3 + ["Certificate"]
    assert sorted(Certificate.objects.values_list("serial", flat=True)) == [1, 2]
    assert connection.vendor == "postgresql"
