"""What happens on a node of the cluster: the process of one run is started there as on any machine, and waited for."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import ray

from lsdc.errors import ClusterError, LsdcError
from lsdc.runs import RunFolder
from lsdc.training.device import Gpu, Slot, visible_gpus
from lsdc.training.starting import StartedRun, start_run_process

PATIENCE_SECONDS = 10.0
RETRY_SECONDS = 0.5
# For the worker to ask why nothing was started.
LINGERING_SECONDS = 60.0


class RunOnNode:
    """An actor that nobody owns: it and the run outlive the worker, and its share of the node is taken until the run ends.

    Args:
        folder: Of the run.
        module: The process of a run, as for `python -m`.
        environment: The variables of the program, as the worker has them.
        on_gpu: Whether a GPU was given to it.
    """

    def __init__(self, folder: str, module: str, environment: Mapping[str, str], *, on_gpu: bool) -> None:
        os.environ.update(environment)
        self._refusal: LsdcError | None = None
        self._ended = threading.Event()
        try:
            started = _start(RunFolder(Path(folder)), module, on_gpu=on_gpu)
        except LsdcError as error:
            self._refusal, started = error, None
        if started is None:
            self._ended.set()
        threading.Thread(target=self._leave, args=(started,), daemon=True).start()

    def wait(self) -> LsdcError | None:
        """Wait until the run's process has ended; returns why none was started, if that has a reason."""
        self._ended.wait()
        return self._refusal

    def _leave(self, started: StartedRun | None) -> None:
        """Wait for the process, see that its last word is said, and give the node's share back by ending this actor."""
        if started is None:
            time.sleep(LINGERING_SECONDS)
        else:
            code = started.process.wait()
            while not started.has_last_word(code):
                time.sleep(RETRY_SECONDS)
        ray.kill(ray.get_runtime_context().current_actor)


def _start(run: RunFolder, module: str, *, on_gpu: bool) -> StartedRun | None:
    check_shared(run)
    slot = Slot(index=0, gpu=_given_gpu() if on_gpu else None)
    try:
        return start_run_process(run, slot, module=module, node=ray.get_runtime_context().get_node_id())
    except OSError as error:
        raise ClusterError(
            f"The node {socket.gethostname()} cannot write to {run.path}: {error}.",
            "Every node writes to the artifacts folder.",
            "Give it the right to, or take it out of the cluster.",
        ) from error


def check_shared(run: RunFolder, *, patience_s: float = PATIENCE_SECONDS) -> None:
    """Refuse a node that does not see the run: no other folder has its name, so this tells any other artifacts folder too.

    Raises:
        ClusterError: If it does not after `patience_s`: a folder that was just made is seen a little later on other hosts.
    """
    deadline = time.monotonic() + patience_s
    while run.status_version() is None:
        if time.monotonic() >= deadline:
            raise ClusterError(
                f"The node {socket.gethostname()} does not see {run.path}.",
                "Every node has the artifacts folder at the same path, on a shared file system.",
                "Mount it there, or take the node out of the cluster.",
            )
        time.sleep(RETRY_SECONDS)


def _given_gpu() -> Gpu:
    # Ray has set CUDA_VISIBLE_DEVICES to what it gave to this actor.
    gpus = visible_gpus()
    if not gpus:
        raise ClusterError(
            f"The node {socket.gethostname()} offers a GPU to the cluster, but its driver shows none.",
            "A GPU of the cluster is an NVIDIA GPU whose driver works.",
            "Start its Ray with --num-gpus=0, or mend the driver.",
        )
    return gpus[0]
