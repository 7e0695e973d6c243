"""Certificate numbers can be typed, and are noticed when mistyped."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.certificates.numbers import ALPHABET, check_character, grouped, new_number, parse

bodies = st.text(alphabet=ALPHABET, min_size=16, max_size=16)


def complete(body):
    return body + check_character(body)


def test_a_number_has_eighty_random_bits_a_check_and_groups_for_the_eye():
    numbers = [new_number() for _ in range(200)]
    assert [len(number) for number in numbers] == [21] * 200
    assert [[len(group) for group in number.split("-")] for number in numbers] == [[4, 4, 4, 4, 1]] * 200
    assert len({number[:9] for number in numbers}) == 200  # 40 bits differ each time: no counter
    assert [parse(number) for number in numbers] == numbers


def test_the_check_character_is_the_documented_one():
    assert check_character("0" * 16) == "0"
    assert check_character("0" * 15 + "1") == "2"  # one times x
    assert check_character("0" * 14 + "10") == "4"  # one times x²
    assert check_character("0" * 11 + "10000") == "5"  # x⁵ = x² + 1


@given(bodies)
def test_every_single_wrong_character_is_noticed(body):
    number = complete(body)
    for position, right in enumerate(number):
        for wrong in ALPHABET:
            if wrong != right:
                assert parse(number[:position] + wrong + number[position + 1 :]) is None


@given(bodies)
def test_every_swap_of_two_characters_is_noticed(body):
    number = complete(body)
    for first, second in combinations(range(len(number)), 2):
        if number[first] != number[second]:
            swapped = list(number)
            swapped[first], swapped[second] = number[second], number[first]
            assert parse("".join(swapped)) is None


@pytest.mark.parametrize(
    "typed",
    [
        "{}",
        " {} ",
        "{lower}",
        "{compact}",
        "{spaced}",
        "{dashed}",
    ],
)
def test_case_spaces_and_hyphens_do_not_matter(typed):
    number = grouped(complete("7Q2K0F5MXW3R9TBA"))
    text = typed.format(
        number,
        lower=number.lower(),
        compact=number.replace("-", ""),
        spaced=number.replace("-", " "),
        dashed=number.replace("-", " – "),
    )
    assert parse(text) == number


def test_letters_that_look_like_digits_are_read_as_digits():
    number = complete("0011" * 4)
    assert parse(number.replace("0", "O").replace("1", "I")) == grouped(number)
    assert parse(number.replace("0", "o").replace("1", "l")) == grouped(number)


@pytest.mark.parametrize(
    "text", ["", "-", "7Q2K", "U" * 17, "7Q2K-0F5M-XW3R-9TBA-CC", "é" * 17, "0" * 18, " " * 10_000, "٣" * 17]
)
def test_what_cannot_be_a_number_is_none(text):
    assert parse(text) is None
