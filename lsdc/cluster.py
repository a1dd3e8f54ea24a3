"""The connection to a Ray cluster. Ray is an extra, so it is imported here only when a cluster is in use."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from lsdc.errors import ClusterError

# What this program starts on a cluster is apart from what others do.
NAMESPACE = "lsdc"
REACH_SECONDS = 3.0
# Of the actors that cut crops. They reserve no core: those that they work on are reserved by runs that wait for these
# crops, and would never be given to them. A node that goes down costs what it was cutting, which is cut again.
CUTTING = {"num_cpus": 0, "scheduling_strategy": "SPREAD", "max_restarts": -1, "max_task_retries": -1}
# Of a chunk, at whose end cores wait for the last of them.
CALLS_PER_CORE = 16


def connect(address: str) -> None:
    """Connect this process to a cluster, one of whose nodes this machine must be.

    Args:
        address: `host:port` of its head node.

    Raises:
        ClusterError: If nobody answers there, or this machine is no node of it.
    """
    _check_reachable(address)
    # Ray would send statistics of use home.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    try:
        with _own_signals():
            ray.init(address=address, namespace=NAMESPACE, log_to_driver=False, configure_logging=False)
    except (ray.exceptions.RayError, ConnectionError, RuntimeError, ValueError, SystemExit) as error:
        # Ray ends the process where it finds no node of the cluster on this machine.
        reason = str(error).partition("\n")[0]
        raise ClusterError(
            f"This machine cannot connect to the Ray cluster at {address}: {reason}.",
            "This machine is a node of the cluster, with the same versions of Python and Ray, and its token if it asks for one.",
            f"Start Ray on it: ray start --address={address} --num-cpus=0 --num-gpus=0",
        ) from error


def compute_on_cluster(address: str, calls: Iterable[Any]) -> Iterator[Any]:
    """Compute on all nodes of a cluster, and give the results in the order of the calls. Errors as `connect`.

    To be closed by whoever leaves it early, which ends the connection.

    Args:
        address: `host:port` of its head node.
        calls: As `joblib.delayed` makes them.
    """
    connect(address)
    import joblib
    import ray
    from ray.util.joblib import register_ray

    register_ray()  # type: ignore[no-untyped-call]  # Ray's own gap
    resources = ray.cluster_resources()  # type: ignore[no-untyped-call]  # Ray's own gap
    cores = max(1, int(resources.get("CPU", 0)))
    remaining = iter(calls)
    try:
        with (
            joblib.parallel_config(backend="ray", n_jobs=cores, ray_remote_args=CUTTING),
            joblib.Parallel() as parallel,
        ):
            # Ray's pool gives no results one by one, and a process that leaves it while it computes crashes.
            while chunk := list(islice(remaining, CALLS_PER_CORE * cores)):
                yield from parallel(chunk)
    finally:
        ray.shutdown()


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep what SIGTERM does here: Ray would replace it."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)


def _check_reachable(address: str) -> None:
    """Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=REACH_SECONDS).close()
    except OSError as error:
        raise ClusterError(
            f"The Ray cluster at {address} cannot be reached: {error.strerror or error}.",
            "Expected a head node that runs there, and a network between it and this machine.",
            "Start it (docs/cluster.md), or correct its address.",
        ) from error
