"""What is said of a file before anything of it is read: by its length, its ends, and by counting what it has many of.

It costs milliseconds, where pyHanko costs half a second for a certificate and as long as it may for a file that was made to
keep it busy. Counting octets decides nothing about genuine seals: it only refuses what no certificate of ours is like.
"""

from typing import Literal

LARGEST_FILE = 10 * 2**20
MOST_SIGNATURES = 10
#: A certificate has about 20 objects, and some more for each time stamp; what a time stamp adds ends with a mark of its own.
MOST_OBJECTS = 5_000
MOST_ENDS = 2 * MOST_SIGNATURES + 2

#: Odd: damaged, or made to keep us busy. Unsealed: there is nothing to judge. Sealed: worth a look.
Kind = Literal["odd", "unsealed", "sealed"]


def kind_of(pdf: bytes) -> Kind:
    """What a file looks like from outside."""
    if len(pdf) > LARGEST_FILE or not pdf.startswith(b"%PDF-"):
        return "odd"
    if not 1 <= pdf.count(b"startxref") <= MOST_ENDS or b"%%EOF" not in pdf:
        return "odd"
    if pdf.count(b" obj") > MOST_OBJECTS or pdf.count(b"endstream") > MOST_OBJECTS:
        return "odd"
    # Which octets a signature covers is said where it stands, by their places in the file: never in a packed part of it.
    signatures = pdf.count(b"/ByteRange")
    if signatures > MOST_SIGNATURES:
        return "odd"
    return "sealed" if signatures else "unsealed"
