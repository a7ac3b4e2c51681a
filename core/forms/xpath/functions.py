"""The functions for choices, truth, text and places among nodes (ODK XForms specification, as JavaRosa)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import re
import secrets
import string as characters
import uuid

from core.forms.atoms import Result, atoms_of, to_boolean, to_number, to_string, unpack
from core.forms.budget import LONGEST_TEXT
from core.forms.instance import Node
from core.forms.xpath.expressions import Evaluate, Scope, function
from core.forms.xpath.java_patterns import matches
from core.forms.xpath.shuffling import seed_of, shuffled

_XML_SPACE = " \t\r\n"


# Choices and conditions


@function("if", 3, lazy=True)
def if_(scope: Scope, condition: Evaluate, then: Evaluate, otherwise: Evaluate) -> Result:
    return unpack(then(scope) if to_boolean(condition(scope)) else otherwise(scope))


@function("coalesce", 2)
def coalesce(scope: Scope, first: Result, second: Result) -> Result:
    """The first argument, unless it is empty or no number."""
    atom = unpack(first)
    nothing = atom == "" or (isinstance(atom, float) and math.isnan(atom))
    return unpack(second) if nothing else atom


@function("once", 1, lazy=True)
def once(scope: Scope, argument: Evaluate) -> Result:
    """The value already there, else the argument."""
    there = scope.node.atom()
    return argument(scope) if there == "" else there


@function("selected", 2)
@function("is-selected", 2)
def selected(scope: Scope, answer: Result, name: Result) -> Result:
    return f" {to_string(name).strip()} " in f" {to_string(answer)} "


@function("selected-at", 2)
def selected_at(scope: Scope, answer: Result, index: Result) -> Result:
    """The name at that place, from 0; "" beyond the last."""
    names, at = to_string(answer).split(), _or_zero(to_number(index))
    place = math.trunc(at) if math.isfinite(at) else -1
    return names[place] if 0 <= place < len(names) else ""


@function("count-selected", 1)
def count_selected(scope: Scope, answer: Result) -> Result:
    return float(len(to_string(answer).split()))


@function("choice-name", 2)
def choice_name(scope: Scope, answer: Result, question: Result) -> Result:
    """`jr:choice-name(value, 'path')`: the label that question shows for the value."""
    return scope.world.choice_label(scope.current, to_string(question).strip(), to_string(answer))


@function("checklist", 2, None)
def checklist(scope: Scope, least: Result, most: Result, *arguments: Result) -> Result:
    """Whether between `least` and `most` of the arguments are true; -1 sets no limit."""
    ticked = sum(to_boolean(atom) for atom in atoms_of(arguments))
    low, high = _or_zero(to_number(least)), _or_zero(to_number(most))
    return (low < 0 or ticked >= low) and (high < 0 or ticked <= high)


@function("weighted-checklist", 4, None)
def weighted_checklist(scope: Scope, least: Result, most: Result, *pairs: Result) -> Result:
    """Whether the weights that follow the truths add up to between `least` and `most`, both always limits."""
    if len(pairs) % 2:
        return False
    if len(pairs) == 2:
        truths, weights = atoms_of(pairs[:1]), atoms_of(pairs[1:])
    else:
        truths, weights = [unpack(one) for one in pairs[::2]], [unpack(one) for one in pairs[1::2]]
    weight = sum(
        to_number(weight) for truth, weight in zip(truths, weights, strict=False) if to_boolean(truth)
    )
    return to_number(least) <= weight <= to_number(most)


@function("randomize", 1, 2)
def randomize(scope: Scope, nodes: Result, seed: Result | None = None) -> Result:
    """The nodes in an order that the seed decides; without one in any."""
    if not isinstance(nodes, list):
        return []
    return shuffled(nodes, secrets.randbits(48) if seed is None else seed_of(unpack(seed)))


# Truth


@function("not", 1)
def not_(scope: Scope, argument: Result) -> Result:
    return not to_boolean(argument)


@function("true", 0)
def true(scope: Scope) -> Result:
    return True


@function("false", 0)
def false(scope: Scope) -> Result:
    return False


@function("boolean", 1)
def boolean(scope: Scope, argument: Result) -> Result:
    return to_boolean(argument)


@function("boolean-from-string", 1)
def boolean_from_string(scope: Scope, argument: Result) -> Result:
    return to_string(argument).lower() in ("true", "1")


# Text


@function("string", 0, 1)
def string(scope: Scope, argument: Result | None = None) -> Result:
    return to_string([scope.node] if argument is None else argument)


@function("concat", 0, None)
def concat(scope: Scope, *arguments: Result) -> Result:
    return scope.world.budget.made("".join(to_string(atom) for atom in atoms_of(arguments)))


@function("join", 1, None)
def join(scope: Scope, separator: Result, *arguments: Result) -> Result:
    return scope.world.budget.made(to_string(separator).join(map(to_string, atoms_of(arguments))))


@function("string-length", 0, 1)
def string_length(scope: Scope, argument: Result | None = None) -> Result:
    """Counted in UTF-16, where a rare character counts twice."""
    text = to_string([scope.node] if argument is None else argument)
    return float(len(_utf16(text)) // 2)


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


@function("normalize-space", 0, 1)
def normalize_space(scope: Scope, argument: Result | None = None) -> Result:
    text = to_string([scope.node] if argument is None else argument)
    return " ".join(part for part in re.split(f"[{_XML_SPACE}]+", text) if part)


@function("translate", 3)
def translate(scope: Scope, text: Result, of: Result, to: Result) -> Result:
    before, after = to_string(of), to_string(to)
    table: dict[int, str | None] = {}
    for at, character in enumerate(before):
        table.setdefault(ord(character), after[at] if at < len(after) else None)
    return to_string(text).translate(table)


@function("contains", 2)
def contains(scope: Scope, text: Result, part: Result) -> Result:
    return to_string(part) in to_string(text)


@function("starts-with", 2)
def starts_with(scope: Scope, text: Result, start: Result) -> Result:
    return to_string(text).startswith(to_string(start))


@function("ends-with", 2)
def ends_with(scope: Scope, text: Result, end: Result) -> Result:
    return to_string(text).endswith(to_string(end))


@function("substring-before", 2)
def substring_before(scope: Scope, text: Result, part: Result) -> Result:
    whole, at = to_string(text), to_string(text).find(to_string(part))
    return whole[: max(0, at)]


@function("substring-after", 2)
def substring_after(scope: Scope, text: Result, part: Result) -> Result:
    whole, mark = to_string(text), to_string(part)
    return whole[whole.find(mark) + len(mark) :] if mark in whole else ""


@function("substr", 2, 3)
def substr(scope: Scope, text: Result, start: Result, end: Result | None = None) -> Result:
    """Counts from 0, in UTF-16; negative places count from the end; `end` itself is left out."""
    whole = _utf16(to_string(text))
    first, last = (_or_zero(to_number(start)), math.inf if end is None else _or_zero(to_number(end)))
    length = len(whole) // 2
    begin = _place(first, length)
    part = whole[2 * begin : 2 * max(begin, _place(last, length))]
    return part.decode("utf-16-le", "replace")


def _or_zero(number: float) -> float:
    return 0.0 if math.isnan(number) else number


def _place(number: float, length: int) -> int:
    number = math.trunc(number) if math.isfinite(number) else number
    return int(min(length, max(0, number + length if number < 0 else number)))


@function("regex", 2)
def regex(scope: Scope, text: Result, pattern: Result) -> Result:
    """Whether the whole text matches the Java pattern; nothing matches a pattern that is none."""
    return matches(to_string(pattern), to_string(text))


@function("uuid", 0, 1)
def uuid_(scope: Scope, length: Result | None = None) -> Result:
    """A UUID of version 4, or that many characters by chance."""
    if length is None:
        return str(uuid.uuid4())
    wanted = int(min(_or_zero(to_number(length)), LONGEST_TEXT))
    scope.world.budget.spend(8 * max(0, wanted))
    return "".join(secrets.choice(_CHANCE) for _ in range(wanted))


_CHANCE = characters.ascii_uppercase + characters.digits
_ALGORITHMS = frozenset({"MD5", "SHA1", "SHA256", "SHA384", "SHA512"})


@function("digest", 2, 3)
def digest(scope: Scope, text: Result, algorithm: Result, encoding: Result = "base64") -> Result:
    """The hash of the text's UTF-8 in base64 or hexadecimal digits; "" for an unknown algorithm."""
    name, written = to_string(algorithm).upper().replace("-", ""), to_string(encoding).lower()
    if name not in _ALGORITHMS or written not in ("base64", "hex"):
        return ""
    told = hashlib.new(name.lower(), to_string(text).encode(), usedforsecurity=False)
    return told.hexdigest() if written == "hex" else base64.b64encode(told.digest()).decode()


@function("base64-decode", 1)
def base64_decode(scope: Scope, text: Result) -> Result:
    """The text behind base64; "" for what is none."""
    try:
        compact = "".join(to_string(text).split())
        if len(compact) % 4:
            return ""
        return base64.b64decode(compact, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


# Places and the form


@function("version", 0)
def version(scope: Scope) -> Result:
    """The version of the form, "" for none."""
    return scope.world.form_version()


@function("itext", 1)
def itext(scope: Scope, text_id: Result) -> Result:
    """`jr:itext('id')`: that text of the form in the language that is shown; "" for none."""
    return scope.world.itext(to_string(text_id))


@function("position", 0, 1)
def position(scope: Scope, node: Result | None = None) -> Result:
    """The place of the current item, or of a repeat row among its rows (`position(..)`), from 1."""
    if node is None:
        return float(scope.position)
    if not isinstance(node, list) or not node:
        return 0.0
    first: Node = node[0]
    return float(first.place + 1)


@function("pulldata", 4)
def pulldata(scope: Scope, instance: Result, column: Result, key_column: Result, key: Result) -> Result:
    """One cell of a CSV list: of the first row whose key column equals the key; "" if none does.

    Collect alone has it (JavaRosa asks its host), and takes the name with and without its ending.
    """
    root = scope.world.secondary(to_string(instance).removesuffix(".csv"))
    if root is None:
        return ""
    for item in root.children_where("item", to_string(key_column), to_string(key)):
        for cell in item.children.get(to_string(column), ()):
            return cell.text
    return ""


@function("indexed-repeat", 3, 7)
def indexed_repeat(scope: Scope, *arguments: Result) -> Result:
    raise NotImplementedError("the compiler turns indexed-repeat into a path")


@function("instance", 1)
def instance(scope: Scope, instance_id: Result) -> Result:
    root = scope.world.secondary(to_string(instance_id))
    return [] if root is None else [root]


@function("current", 0)
def current(scope: Scope) -> Result:
    return [scope.current]
