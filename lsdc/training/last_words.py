"""Why a run died, in words: from the error that ended it, or from how its process ended."""

from __future__ import annotations

import errno
import os
import signal

from lsdc.errors import LsdcError

# Libraries put their own words around these, but keep the system's sentence.
FULL_DISK = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
# TensorFlow's and PyTorch's errors by name, since this module loads neither; JAX says it in the message.
OUT_OF_MEMORY_TYPES = ("MemoryError", "ResourceExhaustedError", "OutOfMemoryError")
OUT_OF_MEMORY_WORDS = ("RESOURCE_EXHAUSTED", os.strerror(errno.ENOMEM), "can't allocate memory", "out of memory")

_SIGNALS = {
    signal.SIGKILL: "killed (SIGKILL), perhaps by the system for lack of memory",
    signal.SIGABRT: "given up by one of its libraries (SIGABRT), as happens when memory runs out",
    signal.SIGBUS: "ended by the system (SIGBUS), as happens when a disk is full",
    signal.SIGSEGV: "ended by a crash in one of its libraries (SIGSEGV)",
}


def explain_error(error: Exception) -> str:
    """A sentence or two on the error that ended a run."""
    if isinstance(error, LsdcError):
        return str(error)
    said = f"{type(error).__name__}: {error}"
    if any(words in said for words in FULL_DISK):
        return f"The disk is full, or a limit on the size of files was reached. Free some space, then resume the run. {said}"
    if _is_out_of_memory(error, said):
        return f"The memory ran out. Take a smaller batch, image or network, or end other programs. {_first_line(said)}"
    return f"{_first_line(said)}. The log has the details."


def explain_exit(code: int) -> str:
    """A sentence or two on a process that ended without its last word.

    Args:
        code: As `Popen.returncode`: negative for a signal.

    Examples:
        >>> explain_exit(-11)
        "The run's process was ended by a crash in one of its libraries (SIGSEGV). Its log may say more."
    """
    if code == os.EX_IOERR:
        return (
            "The run's process could not write to its folder: the disk was full. Free some space, then resume the run."
        )
    if code >= 0:
        return f"The run's process ended with exit code {code} before its last word. Its log says why."
    try:
        how = _SIGNALS.get(signal.Signals(-code)) or f"ended by {signal.Signals(-code).name}"
    except ValueError:  # a real-time signal has no name
        how = f"ended by signal {-code}"
    return f"The run's process was {how}. Its log may say more."


def _is_out_of_memory(error: Exception, said: str) -> bool:
    return type(error).__name__ in OUT_OF_MEMORY_TYPES or any(words in said for words in OUT_OF_MEMORY_WORDS)


def _first_line(said: str) -> str:
    # A framework's error goes on for pages, with the graph; the log keeps it.
    return said.strip().splitlines()[0]
