"""Addresses made from titles in the network's scripts."""

import pytest

from events.programme.slugs import free_slug, slug_of
from tests import factories


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Market dialogue in practice", "market-dialogue-in-practice"),
        ("Δημόσιες συμβάσεις & καινοτομία", "dimosies-symvaseis-and-kainotomia"),
        ("Ο δημόσιος τομέας αγοράζει: πού;", "o-dimosios-tomeas-agorazei-pou"),
        ("Обществени поръчки за иновации", "obshtestveni-porachki-za-inovatsii"),
        ("Öffentliche Beschaffung: Größe zählt", "offentliche-beschaffung-grosse-zahlt"),
        ("L’achat d’innovation", "lachat-dinnovation"),
        ("Łódź, Đakovo & Þórshöfn", "lodz-dakovo-and-thorshofn"),
        ("Київ і Їжак", "kiyiv-i-yizhak"),
        ("!!!", ""),
    ],
)
def test_every_script_of_the_network_becomes_ascii(title, slug):
    assert slug_of(title) == slug


def test_long_titles_end_at_a_word():
    assert slug_of("word " * 30) == "-".join(["word"] * 13)


@pytest.mark.django_db
def test_the_second_of_a_name_gets_a_number(training):
    factories.EventFactory(slug="market-dialogue-2", organising_centre=training.organising_centre)
    assert free_slug("Market dialogue", kind="training") == "market-dialogue-3"
    assert free_slug("Market dialogue", kind="training", keep=training) == "market-dialogue"
    assert free_slug("日本", kind="training") == "training"
