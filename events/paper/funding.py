"""Whether it is the European Union that funds: only beside its name may its emblem stand."""

import re

# The Union's name in its 24 official languages, in the cases that an acknowledgement puts it in.
NAMES = (
    "european union",
    r"europäischen? union",
    "union européenne",
    "unión europea",
    "unione europea",
    "união europeia",
    "europese unie",
    "europæiske union",
    "europeiska unionen",
    "euroopan unioni",
    "euroopa lii[td]",
    "eiropas savienīb",
    "europos sąjung",
    r"uni\w+ europejsk",
    r"evropsk\w+ uni",
    r"európsk\w+ úni",
    r"europsk\w+ unij",
    "európai unió",
    r"uniun\w+ european",
    r"европейски\w* съюз",
    r"ευρωπαϊκ\w+ ένωσ",
    "unjoni ewropea",
    r"aonta\w*,? eorpa",
)
EUROPEAN_UNION = re.compile("|".join(NAMES), re.IGNORECASE)


def is_european(emblem_text: str) -> bool:
    """Whether the acknowledgement names the European Union, as “Co-funded by the European Union” does."""
    return EUROPEAN_UNION.search(emblem_text) is not None
