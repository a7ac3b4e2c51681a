"""The table of all functions of the dialect, filled by the modules that hold them."""

from __future__ import annotations

from core.forms.xpath import date_functions, functions, number_functions, place_functions
from core.forms.xpath.expressions import FUNCTIONS

SOURCES = (functions, number_functions, date_functions, place_functions)

__all__ = ["FUNCTIONS", "SOURCES"]
