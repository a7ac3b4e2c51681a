"""The order that a seed decides, the same in every program that runs the form.

The numbers come from Park and Miller's generator (Communications of the ACM 31, 1988), the order from the
inside-out shuffle of Durstenfeld, as the ODK XForms specification asks of `randomize`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TypeVar

from core.forms.atoms import Atom, atom_text, to_number

_MODULUS = 2_147_483_647
_MULTIPLIER = 16_807
T = TypeVar("T")


def seed_of(atom: Atom) -> int:
    """A number's whole part; of another text the first eight bytes of its SHA-256."""
    number = to_number(atom)
    if math.isfinite(number):
        return int(number)
    text = atom_text(atom)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True) if text else 0


def shuffled(items: Sequence[T], seed: int) -> list[T]:
    """The items in the order of that seed."""
    state = int(math.fmod(seed, _MODULUS))
    if state <= 0:
        state += _MODULUS - 1
    order: list[T] = []
    for at, item in enumerate(items):
        state = state * _MULTIPLIER % _MODULUS
        place = int((state - 1) / (_MODULUS - 1) * (at + 1))
        order.append(item)
        order[at], order[place] = order[place], item
    return order
