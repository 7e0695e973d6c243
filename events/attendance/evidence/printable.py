"""Texts of people and events as they can be printed: what no font has becomes a question mark, for a list has to be printed."""

from events.paper import fonts


def printable(text: str) -> str:
    """The text on one line, with a question mark for each character that the font lacks."""
    known = fonts.advances(fonts.SANS)
    return "".join(character if ord(character) in known else "?" for character in fonts.clean(text))
