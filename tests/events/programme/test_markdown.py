"""Descriptions come from people and are shown to everybody."""

import time

import pytest

from events.programme.markdown import html, plain


def test_headings_start_below_those_of_the_page():
    assert html("# Programme\n\n#### Small") == "<h3>Programme</h3>\n<h6>Small</h6>\n"


def test_links_are_safe_and_pictures_are_not_fetched():
    assert html("[Call](https://demo.example) ![The hall](https://elsewhere.example/x.png)") == (
        '<p><a href="https://demo.example" rel="noopener noreferrer">Call</a> The hall</p>\n'
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>\n"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>\n"),
        ("[a](data:text/html,x)", "<p>[a](data:text/html,x)</p>\n"),
        ("[a](vbscript:x)", "<p>[a](vbscript:x)</p>\n"),
        ("[a](file:///etc/passwd)", "<p>[a](file:///etc/passwd)</p>\n"),
        ('![x" onerror="alert(1)](y)', '<p>x" onerror="alert(1)</p>\n'),
        ('[a](https://x.example "t\\" onclick=\\"alert(1)")',
         '<p><a href="https://x.example" title="t&quot; onclick=&quot;alert(1)" rel="noopener noreferrer">a</a></p>\n'),
        ("<style>*{display:none}</style>", "<p>&lt;style&gt;*{display:none}&lt;/style&gt;</p>\n"),
    ],
)  # fmt: skip
def test_hostile_input_shows_as_text(text, shown):
    assert html(text) == shown


def cost(text):
    """How long the processor is busy with it."""
    started = time.process_time()
    html(text)
    plain(text)
    return time.process_time() - started


@pytest.mark.parametrize("text", ["[" * 50_000, "![[" * 16_000, "*a **a " * 7_000, "> " * 25_000, "a\n" * 25_000, "`" * 50_000])
def test_hostile_length_does_not_stop_the_house(text):
    """It may take some ten times as long as an honest text of that length; what grows with its square, thousands."""
    html.cache_clear()
    plain.cache_clear()
    assert cost(text) < 80 * cost("A word and *another* [one](https://demo.example). " * 1_000)


def test_plain_text_reads_well():
    text = (
        "# Programme\n\nBring *your* case,\nplease. See [the call](https://demo.example) or <https://demo.example/faq>.\n\n"
        "- Morning\n  - Theory\n- Afternoon\n\n3. three\n4. four\n\nGoodbye\\\nand thanks"
    )
    assert plain(text) == (
        "Programme\n\nBring your case, please. See the call (https://demo.example) or https://demo.example/faq.\n\n"
        "– Morning\n  – Theory\n– Afternoon\n\n3. three\n4. four\n\nGoodbye\nand thanks"
    )
