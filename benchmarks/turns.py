"""Processes that compute by turns: each has the machine to itself, so rounds of several can alternate.

The parent writes a line to start a round; the child answers with one line of JSON when the round is over.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_FOLDER = Path(__file__).resolve().parent


class ContenderFailedError(Exception):
    """A contender's process ended before its round was over."""


class Contender:
    """A process that waits for its turns.

    Args:
        script: A script beside this one, whose only argument is a task as JSON.
        task: What it is to do.
        environment: Variables that it needs beside those of this process.
        log: Where it prints.
    """

    def __init__(self, script: str, task: Mapping[str, Any], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, str(_FOLDER / script), json.dumps(task)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **environment},
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def round(self) -> dict[str, Any]:
        """Let it compute, and return what it measured.

        Raises:
            ContenderFailedError: If it ends instead.
        """
        try:
            self._process.stdin.write("go\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise ContenderFailedError(self._log.read_text(errors="replace")[-4000:])
        return json.loads(answer)


class Turns:
    """A contender's side. Whatever else the process prints goes to its log."""

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)

    def wait(self) -> None:
        """Wait until it is this process' turn."""
        if not sys.stdin.readline():
            raise SystemExit

    def answer(self, measured: Mapping[str, Any]) -> None:
        """Say that the round is over, and what was measured."""
        print(json.dumps(measured), file=self._answers, flush=True)
