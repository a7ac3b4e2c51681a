"""JavaRosa in a process of its own, compiled with our harness against the jar that pyxform brings."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import IO
from zipfile import ZipFile

import pyxform

from tools.oracle.corpus import Script

JAR = Path(pyxform.__file__).parent / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"
ZONE = "Asia/Shanghai"
_UNTOLD = ("/cj_id", "/meta/instanceID", "/meta/deprecatedID")


class JavaRosa:
    """The engine in a process of its own, answering command by command."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        sources = map(str, Path(__file__).parent.glob("*.java"))
        subprocess.run(["javac", "-nowarn", "-cp", str(JAR), "-d", str(folder), *sources], check=True)
        command = ["java", f"-Duser.timezone={ZONE}", "-Duser.language=en", "-Dfile.encoding=UTF-8"]
        self._process = subprocess.Popen(
            [*command, "-cp", f"{JAR}:{folder}", "Oracle"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            bufsize=1,
        )

    def ask(self, *fields: str) -> list[str]:
        """The fields of its answer to one command."""
        stdin, stdout = _pipe(self._process.stdin), _pipe(self._process.stdout)
        stdin.write("\t".join(map(_escaped, fields)) + "\n")
        stdin.flush()
        return [_unescaped(part) for part in stdout.readline().rstrip("\n").split("\t")]

    def load(self, script: Script) -> list[str]:
        """Begins a new record of a form."""
        return self.ask("form", *self._files_of(script))

    def open(self, script: Script, instance: bytes) -> list[str]:
        """Takes up a saved record of a form."""
        saved = self._folder / "instance.xml"
        saved.write_bytes(instance)
        return self.ask("open", *self._files_of(script), str(saved))

    def _files_of(self, script: Script) -> tuple[str, str]:
        """Where the form lies, and the folder of its media."""
        xml = self._folder / "form.xml"
        xml.write_bytes(script.xml)
        media = Path(tempfile.mkdtemp(dir=self._folder))
        for name, data in script.media.items():
            (media / name).write_bytes(data)
        return str(xml), str(media)

    def state(self) -> dict[str, str]:
        """Path and text of every relevant question."""
        pairs = (part.partition("=") for part in self.ask("state"))
        return {path: text for path, _, text in pairs if not path.endswith(_UNTOLD)}

    def end(self) -> None:
        _pipe(self._process.stdin).close()
        self._process.wait(timeout=30)


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise ValueError("the process has no such stream")
    return stream


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _unescaped(text: str) -> str:
    parts = (
        part.replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r") for part in text.split("\\\\")
    )
    return "\\".join(parts)


def version() -> str:
    """The version of the engine inside the jar."""
    with ZipFile(JAR) as jar:
        properties = jar.read("META-INF/maven/org.getodk/javarosa/pom.properties").decode()
    return dict(line.split("=", 1) for line in properties.splitlines() if "=" in line)["version"]
