"""Pictures that somebody uploaded and never used are removed after a day, and never one that anything refers to."""

import threading
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.certificates.designs import actions, pictures, tidying
from events.certificates.designs.slots import Slots
from events.certificates.issuing import actions as issuing
from events.certificates.models import Certificate, CertificateTemplate, KeptPicture
from network.errors import Invalid
from tests.events.certificates.samples import LOGO, autograph

pytestmark = pytest.mark.django_db


@pytest.fixture
def logo():
    return pictures.keep_anew(LOGO)


@pytest.fixture
def signature():
    return pictures.keep_anew(autograph())


def a_day_passes():
    KeptPicture.objects.update(wanted_at=timezone.now() - timedelta(days=1, minutes=1))


def slots(**changes):
    return Slots(name="House style", logo_text="Testing house", signatory="Edda", **changes)


def test_one_that_was_only_tried_is_removed_after_a_day(logo, signature):
    assert tidying.remove_unused_pictures() == 0
    KeptPicture.objects.filter(path=logo).update(wanted_at=timezone.now() - timedelta(days=1, minutes=1))
    assert tidying.remove_unused_pictures() == 1
    assert [default_storage.exists(path) for path in (logo, signature)] == [False, True]
    assert KeptPicture.objects.get().path == signature
    assert tidying.remove_unused_pictures() == 0


def test_those_of_a_template_stay_also_when_it_is_retired(centre, olga, logo, signature):
    template = actions.add_template(centre=centre, slots=slots(logo=logo, signature=signature), by=olga)
    actions.retire_template(template=template, by=olga)
    a_day_passes()
    assert tidying.remove_unused_pictures() == 0
    assert [default_storage.exists(path) for path in (logo, signature)] == [True, True]


def test_one_that_a_template_had_stays_for_a_day_more(centre, olga, logo, signature):
    """A certificate that is being issued may show it, and is not in the register yet."""
    template = actions.add_template(centre=centre, slots=slots(logo=logo), by=olga)
    a_day_passes()
    actions.change_template(template=template, slots=slots(logo=signature), by=olga)
    assert tidying.remove_unused_pictures() == 0
    a_day_passes()
    assert tidying.remove_unused_pictures() == 1
    assert [default_storage.exists(path) for path in (logo, signature)] == [False, True]


def test_one_that_stands_on_a_certificate_stays_for_ever(course, came, ana, centre, olga, logo, signature):
    template = actions.add_template(centre=centre, slots=slots(logo=logo), by=olga)
    actions.set_terms(event=course, template=template, valid_months=None, by=olga)
    issuing.issue(registration=came(ana), by=olga)
    actions.change_template(template=template, slots=slots(), by=olga)
    a_day_passes()
    assert tidying.remove_unused_pictures() == 1
    assert [default_storage.exists(path) for path in (logo, signature)] == [True, False]
    assert KeptPicture.objects.get().is_frozen  # and is not looked for again
    assert tidying.remove_unused_pictures() == 0


def test_one_that_is_uploaded_again_is_new_again(logo):
    a_day_passes()
    assert pictures.keep_anew(LOGO) == logo
    assert tidying.remove_unused_pictures() == 0
    assert default_storage.exists(logo)


def test_a_form_that_was_open_for_days_asks_for_the_picture_again(centre, olga, logo):
    a_day_passes()
    assert tidying.remove_unused_pictures() == 1
    with pytest.raises(Invalid) as refused:
        actions.add_template(centre=centre, slots=slots(logo=logo), by=olga)
    assert refused.value.errors == {"logo": ["This picture is not kept any more. Choose it again, then save."]}
    assert CertificateTemplate.objects.count() == 0


def test_one_that_was_kept_before_there_was_a_list_is_known_when_it_is_saved(centre, olga, logo):
    KeptPicture.objects.all().delete()
    actions.add_template(centre=centre, slots=slots(logo=logo), by=olga)
    assert KeptPicture.objects.get().path == logo


def test_however_many_are_removed_certificates_are_looked_through_once_and_under_no_lock(logo, signature):
    """There may be a hundred thousand: that takes a second, and an embedded database has one lock for everything."""
    a_day_passes()
    with CaptureQueriesContext(connection) as queries:
        assert tidying.remove_unused_pictures() == 2
    statements = [one["sql"] for one in queries]
    scans = [at for at, sql in enumerate(statements) if f'FROM "{Certificate._meta.db_table}"' in sql]
    begun = [at for at, sql in enumerate(statements) if sql.startswith(("BEGIN", "SAVEPOINT"))]
    assert (len(scans), scans[0] < begun[0], len(begun)) == (1, True, 2)


def test_what_cannot_be_removed_is_tried_again(logo, monkeypatch):
    def fail(_path):
        raise OSError(30, "Read-only file system")

    a_day_passes()
    with monkeypatch.context() as patched:
        patched.setattr(default_storage, "delete", fail)
        assert tidying.remove_unused_pictures() == 0
    assert (KeptPicture.objects.count(), tidying.remove_unused_pictures()) == (1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_template_that_is_being_saved_keeps_its_picture(centre, olga, logo):
    """The chore comes while the template is saved and nothing refers to its picture yet: it waits, and sees that it is used."""
    a_day_passes()
    removed = []

    def tidy():
        removed.append(tidying._remove(logo))
        connection.close()

    chore = threading.Thread(target=tidy)
    with transaction.atomic():
        actions.add_template(centre=centre, slots=slots(logo=logo), by=olga)
        chore.start()
        chore.join(1.0)
        assert chore.is_alive()  # it waits for the row
    chore.join()
    assert (removed, default_storage.exists(logo)) == ([False], True)
