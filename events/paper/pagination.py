"""What stands in the margins of pages, such as “Page 2 of 5”, is no content: a reader's program must pass it over.

WeasyPrint marks it as content that hangs in no tag. PDF/UA wants it marked as an artifact (ISO 14289-1 §7.1, ISO 32000-1
§14.8.2.2).
"""

from typing import Any

import pydyf


def set_aside(file: pydyf.PDF) -> None:
    """Mark content that hangs in no tag as pagination. Before the file is written."""
    root = file.objects[_number(file.catalog["StructTreeRoot"])]
    tagged = _below(file, root)
    numbers = file.objects[_number(root["ParentTree"])]["Nums"]
    pages = [one for one in file.objects if isinstance(one, dict) and one.get("Type") == "/Page"]
    for page in pages:
        place = numbers.index(page["StructParents"]) if "StructParents" in page else None
        if place is None:
            continue
        parents = numbers[place + 1]
        loose = {mark for mark, parent in enumerate(parents) if _number(parent) not in tagged}
        if not loose:
            continue
        content = file.objects[_number(page["Contents"])].stream
        for position, item in enumerate(content):
            if isinstance(item, dict) and item.get("MCID") in loose:
                content[position - 1], content[position] = "/Artifact", pydyf.Dictionary({"Type": "/Pagination"})
        for mark in loose:
            parents[mark] = "null"
        while parents and parents[-1] == "null":  # margins are drawn last
            parents.pop()
    for number, one in enumerate(file.objects):
        if isinstance(one, pydyf.Dictionary) and one.get("Type") == "/StructElem" and number not in tagged:
            one.free = "f"


def _below(file: pydyf.PDF, root: Any) -> set[int]:
    """The numbers of all elements that hang in the tree."""
    found: set[int] = set()
    waiting = [root]
    while waiting:
        for child in waiting.pop().get("K", ()):
            if isinstance(child, bytes) and (number := _number(child)) not in found:
                found.add(number)
                if isinstance(element := file.objects[number], dict):
                    waiting.append(element)
    return found


def _number(reference: bytes) -> int:
    return int(reference.split()[0])
