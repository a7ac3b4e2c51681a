"""The grammar of the ODK dialect: XPath 1.0 as elementpath parses it, with the functions that forms have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from elementpath.exceptions import ElementPathError
from elementpath.tdop import Parser as TdopParser
from elementpath.xpath1 import XPath1Parser

from core.forms.xpath.expressions import ExpressionError
from core.forms.xpath.function_table import FUNCTIONS

_JR_FUNCTION = re.compile(r"""('[^']*'|"[^"]*")|\bjr:(?=(?:choice-name|itext)\s*\()""")
"""The prefix of two functions, outside of texts: to the parser a name with a colon is no function's."""


class _OdkParser(XPath1Parser):
    """XPath 1.0 with the functions of the dialect and with paths that start at a function."""

    PATH_STEP_LABELS: ClassVar[tuple[str, ...]] = ("axis", "kind test", "function")
    PATH_STEP_SYMBOLS: ClassVar[set[str]] = XPath1Parser.PATH_STEP_SYMBOLS | {"("}

    def parse(self, source: str) -> Any:
        """The token tree. Unlike the base class, nothing is evaluated while parsing."""
        return TdopParser.parse(self, source)


def token_tree(source: str, namespaces: Mapping[str, str]) -> Any:
    """The root token of an expression. Raises ExpressionError saying what is wrong and where in the text."""
    plain = _JR_FUNCTION.sub(lambda match: match.group(1) or "", source)
    try:
        return _OdkParser(namespaces=dict(namespaces), strict=False).parse(plain)
    except (ElementPathError, RecursionError, ValueError) as e:  # ValueError: more than 4,300 digits
        raise ExpressionError(str(e)) from e


def _build_parser() -> None:
    for name, spec in FUNCTIONS.items():
        nargs: Any = spec.least if spec.least == spec.most else (spec.least, spec.most)
        token = _OdkParser.symbol_table.get(name)
        if token is None or token.label != "function":
            _OdkParser.function(name, nargs=nargs)
        else:
            _OdkParser.symbol_table[name] = type(token.__name__, (token,), {"nargs": nargs})
    for symbol in ("=", "!=", "<", "<=", ">", ">="):
        # XPath 1.0 lets comparisons chain, and an order bind closer than an equality; version 2 does neither.
        token = _OdkParser.symbol_table[symbol]
        power = 30 if symbol in ("=", "!=") else 32
        changed = {"lbp": power, "rbp": power, "led": _chained}
        _OdkParser.symbol_table[symbol] = type(token.__name__, (token,), changed)
    _OdkParser.build()


def _chained(token: Any, left: Any) -> Any:
    token[:] = left, token.parser.expression(rbp=token.rbp)
    return token


_build_parser()
