"""Sheets written as an .xlsx that Excel, WPS and LibreOffice open: text cells, headings that stay in view."""

from __future__ import annotations

import io
from typing import Any, Final

from core.forms.workbook.workbook import Workbook

_WIDTHS: Final = {"type": 26, "name": 20, "list_name": 20, "label": 34, "hint": 34}
_WIDTH = 18  # characters


def write_xlsx(workbook: Workbook) -> bytes:
    """The file with these sheets, column by column as they are. No cell is a formula."""
    from openpyxl import Workbook as Book  # noqa: PLC0415  # 0.3 s, and only authors need it
    from openpyxl.cell.cell import WriteOnlyCell  # noqa: PLC0415  # as above
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415  # as above
    from openpyxl.utils import get_column_letter  # noqa: PLC0415  # as above

    book = Book(write_only=True)
    looks = {True: (Font(bold=True), Alignment(vertical="top")), False: (Font(), Alignment(wrap_text=True))}
    for name, sheet in workbook.sheets.items():
        written = book.create_sheet(name)
        written.freeze_panes = "A2"
        for at, column in enumerate(sheet.columns, 1):
            width = _WIDTHS.get(column.partition("::")[0], _WIDTH)
            written.column_dimensions[get_column_letter(at)].width = width
        headings = {column: column for column in sheet.columns}
        for at, row in enumerate([headings, *(row.cells for row in sheet.rows)]):
            cells = [_fill(WriteOnlyCell(written), row.get(column)) for column in sheet.columns]
            for cell in cells:
                cell.font, cell.alignment = looks[at == 0]
            written.append(cells)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _fill(cell: Any, text: str | None) -> Any:
    """The cell as text, whatever it begins with."""
    if text:
        cell.value = text
        cell.data_type = "s"  # set after the value, which makes a formula of what begins with "="
    cell.number_format = "@"
    return cell
