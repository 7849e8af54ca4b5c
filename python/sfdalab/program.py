"""Finds and runs the program ``sfdalab``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any


class ProgramError(RuntimeError):
    """What the program said when it failed.

    status is its exit status: 1, something failed; 2, wrong usage. rows is what it had
    printed until then: one model that fails does not cost the others their scores.
    """

    def __init__(self, message: str, status: int, rows: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.rows = rows or []


def find_program() -> str:
    """The path of the program: that of the environment variable SFDALAB_PROGRAM, that of
    this package, or what PATH finds. FileNotFoundError where there is none."""
    named = os.environ.get("SFDALAB_PROGRAM")
    if named:
        if not os.path.isfile(named):
            raise FileNotFoundError(f"SFDALAB_PROGRAM names {named}, which is no file")
        return named
    name = "sfdalab.exe" if sys.platform == "win32" else "sfdalab"
    package = Path(__file__).resolve().parent
    folders = [
        Path(sysconfig.get_path("scripts")),
        Path(sysconfig.get_path("scripts", f"{os.name}_user")),
        package.parent / "bin",  # of pip install --target
    ]
    for folder in folders:
        if (folder / name).is_file():
            return str(folder / name)
    found = shutil.which(name)
    if not found:
        raise FileNotFoundError(
            f"the program {name} is neither in {folders[0]} nor in PATH: install sfdalab again, or put it there"
        )
    return found


def call(arguments: Iterable[str | os.PathLike[str]], folder: str = "") -> list[dict[str, Any]]:
    """Run the program and return what it prints, one JSON object a line.

    What it says to a reader (notes, warnings) goes on to sys.stderr as it comes, so that
    notebooks show it. ProgramError where it fails, with its own words. Files in folder,
    which the reader does not know, are called by their names alone.
    """
    process = start(arguments)
    assert process.stdout
    assert process.stderr
    listener = Listener(process.stderr, folder)
    with process:
        rows = [json.loads(line) for line in process.stdout]
        status = process.wait()
        said = listener.finish()
    if status != 0:
        raise ProgramError(said or f"the program ended with status {status}", status, rows)
    return rows


def start(arguments: Iterable[str | os.PathLike[str]]) -> subprocess.Popen[bytes]:
    """Start the program with pipes for its output."""
    command = [find_program(), *(os.fspath(a) for a in arguments)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Listener:
    """Passes on what a program says, and keeps what it says of its failure.

    A program that fails says so in its last lines, the first of which begins with
    "sfdalab: ". They are not passed on: they become the text of an exception.
    """

    PREFIX = "sfdalab: "

    def __init__(self, stderr: IO[bytes], folder: str = "") -> None:
        self._failure: list[str] = []
        self._hidden = os.path.join(folder, "") if folder else ""
        self._thread = threading.Thread(target=self._listen, args=(stderr,), daemon=True)
        self._thread.start()

    def _listen(self, stderr: IO[bytes]) -> None:
        for line in stderr:
            text = line.decode("utf-8", "replace")
            if self._hidden:
                text = text.replace(self._hidden, "")
            if self._failure or text.startswith(self.PREFIX):
                self._failure.append(text)
            else:
                sys.stderr.write(text)
                sys.stderr.flush()

    def finish(self) -> str:
        """Wait for the last line, and return what was said of a failure, "" if nothing."""
        self._thread.join()
        return "".join(self._failure)[len(self.PREFIX) :].strip()
