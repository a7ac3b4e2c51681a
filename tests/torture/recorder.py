"""What a real program does to its files: every call that changes one, in order, as strace saw it.

A call that this reader does not know ends the recording with an error: a gap would make every state false.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TRACED = (
    "openat,open,creat,close,dup,dup2,dup3,lseek,write,writev,pwrite64,pwritev,sendfile,copy_file_range,"
    "fallocate,ftruncate,truncate,fsync,fdatasync,rename,renameat,renameat2,link,linkat,symlink,symlinkat,"
    "unlink,unlinkat,mkdir,mkdirat,rmdir"
)
LONGEST_WRITE = 64 << 20
_LINE = re.compile(r"(\d+) +(.*)", re.DOTALL)
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)", re.DOTALL)
_CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+|\?)", re.DOTALL)
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


class UnknownCallError(Exception):
    """The program did something to a file that the model does not know."""


@dataclass(frozen=True)
class Call:
    """One call that succeeded. `texts` are its strings in order, `rest` the arguments with `$` for each.

    Calls stand in the order in which they ended; `began` counts those that had ended when this one began.
    """

    name: str
    rest: tuple[str, ...]
    texts: tuple[bytes, ...]
    result: int
    began: int


@cache
def why_not_traced() -> str:
    """Why programs cannot be traced here; empty if they can."""
    strace = shutil.which("strace")
    if strace is None:
        return "strace is not installed"
    tried = subprocess.run([strace, "-f", "-qq", "-o", "/dev/null", "true"], capture_output=True, text=True)
    return "" if tried.returncode == 0 else f"strace may not trace here: {tried.stderr.strip()[:200]}"


def record(
    script: Path,
    *arguments: str,
    cwd: Path,
    environment: Mapping[str, str],
    killed_at: tuple[str, int] | None = None,
) -> list[Call]:
    """The calls of `python script arguments…`, which must end well, or be killed as it enters its n-th call
    of that name (`killed_at`)."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace"
        strace = ["strace", "-f", "-qq", "-xx", "-s", str(LONGEST_WRITE), "-e", f"trace={TRACED}"]
        strace += ["-e", "signal=none", "-o", str(trace)]
        if killed_at is None:
            strace.insert(2, "--seccomp-bpf")
        else:
            strace += ["-e", f"inject={killed_at[0]}:signal=SIGKILL:when={killed_at[1]}"]
        done = subprocess.run(
            [*strace, sys.executable, str(script), *arguments],
            cwd=cwd, env=dict(environment), capture_output=True, text=True,
        )  # fmt: skip
        if (done.returncode == 0) != (killed_at is None):
            raise AssertionError(f"the recorded program ended with {done.returncode}: {done.stderr[-3000:]}")
        with trace.open(encoding="ascii", errors="strict") as lines:
            return list(read_calls(lines))


def read_calls(lines: Sequence[str] | Iterator[str]) -> Iterator[Call]:
    """The successful calls of a trace, the halves of interrupted lines joined."""
    begun: dict[str, tuple[str, int]] = {}
    ended = 0
    for line in lines:
        match = _LINE.match(line.rstrip("\n"))
        if match is None:
            raise UnknownCallError(line[:200])
        thread, text = match.groups()
        began = ended
        if text.startswith("+++"):
            begun.pop(thread, None)
            continue
        if text.endswith(_UNFINISHED):
            begun[thread] = (text.removesuffix(_UNFINISHED), ended)
            continue
        if resumed := _RESUMED.match(text):
            text, began = begun[thread][0] + resumed[1], begun.pop(thread)[1]
        if (call := _read_call(text, began)) is not None:
            ended += 1
            yield call


def _read_call(text: str, began: int) -> Call | None:
    match = _CALL.match(text)
    if match is None:
        raise UnknownCallError(text[:200])
    name, arguments, result = match.groups()
    if result == "?" or result.startswith("-"):
        return None
    found = list(_STRING.finditer(arguments))
    if any(string[2] for string in found):
        raise UnknownCallError(f"{name}: a string was cut short")
    texts = tuple(bytes.fromhex(string[1].replace("\\x", "")) for string in found)
    rest = tuple(part.strip() for part in _STRING.sub("$", arguments).split(","))
    return Call(name, rest, texts, int(result), began)
