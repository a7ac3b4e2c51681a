"""From the world's faults to the sentence a person reads: what happened, what is safe, what to do."""

from __future__ import annotations

import errno
from pathlib import Path

from app.i18n import has_words, tr
from core.errors import KnownError
from core.forms.findings import Finding
from core.problems import Problem


def sentence(error: BaseException) -> str:
    """One clear sentence for any exception; a defect of ours gets the one that says so, never a trace."""
    if not isinstance(error, KnownError):
        return tr("error.defect", kind=type(error).__name__)
    key = f"error.{error.code}"
    if not has_words(key):
        return tr("error.other", code=error.code)
    return tr(key, **error.values)


def problem_sentence(problem: Problem) -> str:
    """The words for a finding about an answer."""
    key = f"problem.{problem.code}"
    if not has_words(key):
        return tr("problem.other", code=problem.code)
    return tr(key, **problem.values)


def finding_sentence(finding: Finding) -> str:
    """The words for what is wrong in a form's workbook, led by sheet, row and column."""
    key = f"finding.{finding.code}"
    words = tr(key, **finding.values) if has_words(key) else tr("finding.pyxform", detail=finding.code)
    sheet = tr("finding.sheet", sheet=finding.sheet) if finding.sheet else ""
    row = tr("finding.row", row=finding.row) if finding.row is not None else ""
    column = tr("finding.column", column=finding.column) if finding.column else ""
    place = " ".join(part for part in (sheet, row, column) if part)
    return tr("finding.place", place=place, words=words) if place else words


def known_os_error(error: OSError, path: Path) -> KnownError:
    """What to raise `from` an error of the system about `path`."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return KnownError("disk_full")
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return KnownError("no_permission", file=path.name)
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return KnownError("file_missing", file=path.name)
    return KnownError("file_trouble", file=path.name, reason=errno.errorcode.get(error.errno or 0, "?"))
