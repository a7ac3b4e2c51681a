"""From the world's faults to the sentence a person reads: what happened, what is safe, what to do."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from app.i18n import has_words, tr
from core.errors import KnownError
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


def known_os_error(error: OSError, *, path: Path, kept: str) -> KnownError:
    """The KnownError for what the system refused about `path`; `kept` names what is safe ("record", "photo").

    Use: `raise known_os_error(e, path=target, kept="record") from e`.
    """
    free_mb = _free_mb(path)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return KnownError("disk_full", kept=kept, free_mb=free_mb)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return KnownError("no_permission", file=path.name)
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return KnownError("file_missing", file=path.name)
    return KnownError("file_trouble", file=path.name, reason=errno.errorcode.get(error.errno or 0, "?"))


def _free_mb(path: Path) -> int:
    """Megabytes free where `path` is or would be; 0 when nobody knows."""
    for folder in (path, *path.parents):
        if folder.exists():
            try:
                return shutil.disk_usage(folder).free // 1_000_000
            except OSError:
                return 0
    return 0
