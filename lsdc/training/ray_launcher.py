"""Starts runs on the nodes of a Ray cluster that share the artifacts folder. Only imported where a cluster is in use.

What is true of a run is in its folder, as on one machine. Ray is asked for two things: where there is room, and whether
somebody looks after a run whose heart has stopped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray

from lsdc import settings
from lsdc.cluster import connect
from lsdc.errors import ClusterError, CorruptRunError, LsdcError
from lsdc.runs import RunFolder, RunStatus
from lsdc.runs.queue import hinder
from lsdc.training.launchers import log, put_back_lost
from lsdc.training.ray_node import RunOnNode
from lsdc.training.starting import RUN_MODULE

# Until something that was refused is tried again.
PAUSE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Share:
    """What each run is given of the cluster, and how many runs have room."""

    count: int
    num_gpus: float
    num_cpus: int


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A run that a node was asked to start, until its process has ended."""

    run: RunFolder
    actor: Any
    answer: ray.ObjectRef[Any]


class RayLauncher:
    """Starts runs on the nodes of a cluster, one on each GPU, or one on each node if there are no GPUs.

    Args:
        runs_root: The folder of all runs, which all nodes share.
        address: `host:port` of the cluster's head node.
        module: The process of a run, as for `python -m`.
    """

    def __init__(self, runs_root: Path, address: str, *, module: str = RUN_MODULE) -> None:
        self._runs_root, self._address, self._module = runs_root, address, module
        self._asked: dict[str, Asked] = {}
        self._share = Share(count=0, num_gpus=0, num_cpus=0)
        # Runs whose locks were seen from here.
        self._locked: set[str] = set()
        # Until when runs, by name, are not tried again, and under the empty name the cluster.
        self._pauses: dict[str, float] = {}
        self._unreachable: ClusterError | None = None

    def is_needed_by(self, run: RunFolder, status: RunStatus) -> bool:  # noqa: ARG002  # as every launcher's
        """Never: what a node gives back, the actor there sees to."""
        return False

    def look_after(self, unfinished: Mapping[str, RunStatus]) -> int:
        """Hear of runs that ended, put back those that were lost with their node, and count the free places."""
        self._connect()
        nodes = ray.nodes()  # type: ignore[no-untyped-call]  # Ray's own gap
        self._share = share_out([node["Resources"] for node in nodes if node["Alive"]], settings.configured_slots())
        self._hear()
        lost = [RunFolder(self._runs_root / name) for name, status in unfinished.items() if status.is_lost]
        if [run for run in lost if self._puts_back(run)]:
            # In the line they are before those that wait: the next turn finds them there.
            return 0
        computing = {name for name, status in unfinished.items() if status.node and not status.is_lost}
        for name in computing - self._locked:
            if unfinished[name].pid is not None:
                check_locked(RunFolder(self._runs_root / name))
                self._locked.add(name)
        return max(0, self._share.count - len(computing | self._asked.keys()))

    def start(self, run: RunFolder) -> bool:
        """Ask the cluster to start a run, where and as soon as it has room."""
        if run.run_id in self._asked or self._is_paused(run.run_id):
            return False
        actor: Any = (
            ray.remote(RunOnNode)
            .options(
                name=str(run.path),
                # Another worker may have asked already: then it is that one.
                get_if_exists=True,
                lifetime="detached",
                num_gpus=self._share.num_gpus,
                num_cpus=self._share.num_cpus,
                scheduling_strategy="SPREAD",
            )
            .remote(str(run.path), self._module, settings.own_environment(), on_gpu=bool(self._share.num_gpus))
        )
        self._asked[run.run_id] = Asked(run=run, actor=actor, answer=actor.wait.remote())
        log(f"{run.run_id} was given to the cluster")
        return True

    @property
    def is_busy(self) -> bool:
        """Whether a node was asked for a run that has not ended yet."""
        return bool(self._asked)

    def _connect(self) -> None:
        if ray.is_initialized():
            return
        if self._unreachable is not None and self._is_paused(""):
            raise self._unreachable
        try:
            connect(self._address)
        except ClusterError as error:
            self._unreachable = error
            self._pause("")
            raise

    def _hear(self) -> None:
        """Take the answers of nodes: the process of a run has ended, or could not be started."""
        for name, asked in list(self._asked.items()):
            if not ray.wait([asked.answer], timeout=0)[0]:
                continue
            del self._asked[name]
            refusal = _refusal(asked.answer)
            ray.kill(asked.actor)
            if refusal is None:
                log(f"{name} left its node")
                continue
            log(f"{name} cannot be started: {refusal}")
            with suppress(OSError, CorruptRunError):  # removed meanwhile, or a full disk
                hinder(asked.run, str(refusal))
            self._pause(name)

    def _puts_back(self, run: RunFolder) -> bool:
        # Ray finds a dead node within half a minute; its actors are gone then.
        return not _is_looked_after(run) and put_back_lost(run)

    def _pause(self, name: str) -> None:
        self._pauses[name] = time.monotonic() + PAUSE_SECONDS

    def _is_paused(self, name: str) -> bool:
        return time.monotonic() < self._pauses.get(name, 0.0)


def check_locked(run: RunFolder) -> None:
    """Refuse a file system on which the lock of a run that lives elsewhere is not seen: two could compute the same run.

    Raises:
        ClusterError: If so.
    """
    if run.is_locked():
        return
    status = run.status()
    if status.state.is_over:
        return
    raise ClusterError(
        f"The lock of {run.run_id}, which computes on {status.host}, is not seen on this machine.",
        "Locks on the artifacts folder reach all hosts.",
        "Mount it with locks, as docs/cluster.md says; runs that compute go on.",
    )


def share_out(nodes: Iterable[Mapping[str, float]], wanted: int | None) -> Share:
    """Divide a cluster among runs.

    Args:
        nodes: The resources of each node, as Ray counts them.
        wanted: How many runs compute at a time; None takes one for each GPU, or for each node if there are none.

    Raises:
        ClusterError: If no node offers a GPU or a core.
    """
    nodes = list(nodes)
    gpus = sum(int(node.get("GPU", 0)) for node in nodes)
    if gpus:
        count = wanted or gpus
        return Share(count=count, num_gpus=1 / math.ceil(count / gpus), num_cpus=0)
    cores = [int(node["CPU"]) for node in nodes if node.get("CPU", 0) >= 1]
    if not cores:
        raise ClusterError(
            "No node of the Ray cluster offers a GPU or a core.",
            "At least one node that runs compute on.",
            "Start Ray on one, with --num-gpus or --num-cpus.",
        )
    count = wanted or len(cores)
    # All cores of the smallest node, so that no node is given two runs while another has none.
    return Share(count=count, num_gpus=0, num_cpus=max(1, min(cores) // math.ceil(count / len(cores))))


def _refusal(answer: ray.ObjectRef[Any]) -> LsdcError | None:
    """Why a node did not start a run; None if it did, and the run's process has ended since or its node went down."""
    try:
        refusal: LsdcError | None = ray.get(answer)
    except ray.exceptions.RayActorError as error:
        if not error.actor_init_failed:
            return None
        return ClusterError(
            f"A node of the cluster cannot start runs: {str(error).strip().splitlines()[-1]}.",
            "Every node has this program at the same path, with the same packages.",
            "Install it there, or take the node out of the cluster.",
        )
    return refusal


def _is_looked_after(run: RunFolder) -> bool:
    """Whether its actor lives, which writes the last word of its process."""
    try:
        ray.get_actor(str(run.path))
    except ValueError:
        return False
    return True
