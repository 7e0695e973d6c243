"""Which place of a status list comes next: in an order that tells nobody who came before whom, or how many there are."""

from hashlib import blake2b

from events.certificates.models import StatusList

SIZE = 131_072  # entries: the least that W3C Bitstring Status List 1.0 §6.1 allows, so that nobody stands out
#: Half of a list is given away, so that even a full one says of no place that somebody has it.
ROOM = SIZE // 2

_HALF_BITS = 9  # two halves of nine bits make eighteen, the least even number that holds all 2¹⁷ places
_MASK = (1 << _HALF_BITS) - 1
_ROUNDS = 4


def index_of(status_list: StatusList, position: int) -> int:
    """The index of the place that is given away as number ``position``: a permutation that the list's seed decides.

    A Feistel network permutes 2¹⁸ numbers; walking on until one is below 2¹⁷ makes it a permutation of these.
    """
    seed = status_list.seed.encode()
    index = position
    while True:
        left, right = index >> _HALF_BITS, index & _MASK
        for turn in range(_ROUNDS):
            mixed = blake2b(bytes([turn, right >> 8, right & 0xFF]), key=seed, digest_size=2).digest()
            left, right = right, left ^ (int.from_bytes(mixed, "big") & _MASK)
        index = left << _HALF_BITS | right
        if index < SIZE:
            return index
