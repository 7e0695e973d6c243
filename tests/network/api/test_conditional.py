"""ETags: RFC 9110 to the letter, with quotes, weak tags and lists."""

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from network.api.conditional import answer, etag, expected_revision, is_unchanged
from network.errors import Invalid, Stale


def ask(method="get", **headers):
    names = {"match": "If-Match", "none": "If-None-Match"}
    factory = APIRequestFactory()
    return Request(getattr(factory, method)("/", headers={names[key]: value for key, value in headers.items()}))


def test_a_tag_is_quoted_and_may_name_a_variant():
    assert (etag(7), etag(7, "ab")) == ('"7"', '"7.ab"')


@pytest.mark.parametrize("header", ['"7"', '"3", "7"', '"7.ab12"', 'W/"3","7"'])
def test_if_match_with_the_current_revision_expects_it(header):
    assert expected_revision(ask(match=header), current=7) == 7


@pytest.mark.parametrize("header", ["*", " * "])
def test_if_match_star_changes_whatever_is_there(header):
    assert expected_revision(ask(match=header), current=7) is None


def test_without_if_match_nothing_is_expected():
    assert expected_revision(ask(), current=7) is None


@pytest.mark.parametrize("header", ['"6"', 'W/"7"', '"70"', '"7x"', '"6", "8"', '""'])
def test_if_match_with_another_tag_or_a_weak_one_fails(header):
    with pytest.raises(Stale):
        expected_revision(ask(match=header), current=7)


@pytest.mark.parametrize("header", ["7", '"7', '7"', "'7'", '"7" "8"', ""])
def test_if_match_that_is_no_list_of_tags_is_said_so(header):
    with pytest.raises(Invalid) as caught:
        expected_revision(ask(match=header), current=7)
    assert list(caught.value.errors) == ["If-Match"]


@pytest.mark.parametrize(
    ("header", "same"),
    [('"7"', True), ('W/"7"', True), ('"1", "7"', True), ("*", True), ('"8"', False), ("7", False), ("", False)],
)
def test_if_none_match_compares_weakly(header, same):
    assert is_unchanged(ask(none=header), '"7"') is same


def test_what_the_client_has_is_not_made_again():
    response = answer(ask(none='"7"'), '"7"', lambda: pytest.fail("made for nothing"))
    assert (response.status_code, response.data, response["ETag"]) == (304, None, '"7"')
    fresh = answer(ask(none='"6"'), '"7"', lambda: {"a": 1})
    assert (fresh.status_code, fresh.data, fresh["ETag"]) == (200, {"a": 1}, '"7"')


def test_a_change_is_answered_in_full():
    assert answer(ask("post", none='"7"'), '"7"', {"a": 1}, status=201).status_code == 201
