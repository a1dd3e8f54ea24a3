"""What a run's process says of itself while it works."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from lsdc import settings
from lsdc.runs import RunFolder, RunState, RunStatus
from lsdc.training.device import DeviceMemory

# A page reads the status about once a second; writing it more often only wears the disk.
MIN_SECONDS_BETWEEN_STEPS = 0.5


class StopRequestedError(Exception):
    """Somebody asked the run to stop."""


class RunProgress:
    """Writes status.json, at each change and at least every `settings.heartbeat_seconds()`, from any thread."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._writing = threading.Lock()
        self._over = threading.Event()
        # Its place in the queue and its slot stay as they are.
        self._status = run.written_status().model_copy(
            update={"pid": os.getpid(), "host": socket.gethostname(), "started": time.time()}
        )
        self._last_step = 0.0
        self._memory = DeviceMemory()

    def __enter__(self) -> Self:
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()

    @property
    def status(self) -> RunStatus:
        """What was said last."""
        return self._status

    def say(self, **changes: Any) -> None:
        """Replace some fields of the status and write it."""
        with self._writing:
            in_use, total = self._memory.read()
            memory = {"memory_bytes": in_use, "memory_total_bytes": total}
            self._status = self._status.model_copy(update=memory | changes)
            self._run.write_status(self._status)

    def step(self, **changes: Any) -> None:
        """Like `say`, but what comes too soon after the last step is passed over."""
        now = time.monotonic()
        if now - self._last_step >= MIN_SECONDS_BETWEEN_STEPS:
            self._last_step = now
            self.say(**changes)

    def end(self, state: RunState, message: str) -> None:
        """Say the last word."""
        self._over.set()
        self.say(state=state, message=message, eta_seconds=None, ended=time.time())

    def _beat(self) -> None:
        while not self._over.wait(settings.heartbeat_seconds()):
            with suppress(OSError):  # a disk that is full now may have room at the next beat
                self.say()
