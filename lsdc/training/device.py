"""What a run computes on, told without importing Keras: the driver is asked through NVML."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import psutil
import pynvml

from lsdc import settings
from lsdc.config import Backend, DeviceChoice
from lsdc.errors import ClusterError, DeviceError

# Read by CUDA itself, and so by every framework: which GPUs a process sees.
VISIBLE_GPUS = "CUDA_VISIBLE_DEVICES"
NO_GPU = "-1"
# TensorFlow and JAX would take a whole GPU at once: slots could not share one, and nobody would see what a run needs.
ON_DEMAND = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """A GPU that this process may use.

    Args:
        uuid: Names it for CUDA, whose own numbers depend on the order in which it counts.
    """

    name: str
    uuid: str


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A place where one run computes.

    Args:
        index: From 0.
        gpu: Its GPU; None where there is none.
    """

    index: int
    gpu: Gpu | None

    def environment(self, choice: DeviceChoice) -> dict[str, str]:
        """What makes a process see the GPU of this slot and no other, and take of its memory what it needs and no more."""
        if self.gpu is None or choice is DeviceChoice.CPU:
            return {VISIBLE_GPUS: NO_GPU}
        return {VISIBLE_GPUS: self.gpu.uuid, **ON_DEMAND}


class DeviceMemory:
    """Reads the memory in use by a run, again and again, in the run's process."""

    def __init__(self) -> None:
        self._process = psutil.Process()

    def read(self) -> tuple[int, int] | tuple[None, None]:
        """Bytes in use and bytes there are: of the first visible GPU, or else of the process and its machine.

        Some virtual GPUs do not tell, which must not end a run.
        """
        with _visible_handles() as handles:
            if handles:
                try:
                    memory = pynvml.nvmlDeviceGetMemoryInfo(handles[0])
                except pynvml.NVMLError:
                    return None, None
                return int(memory.used), int(memory.total)
        return self._process.memory_info().rss, psutil.virtual_memory().total


def visible_gpus() -> tuple[Gpu, ...]:
    """The NVIDIA GPUs that this process may use; empty without a driver."""
    with _visible_handles() as handles:
        return tuple(
            Gpu(name=str(pynvml.nvmlDeviceGetName(handle)), uuid=str(pynvml.nvmlDeviceGetUUID(handle)))
            for handle in handles
        )


def slots() -> tuple[Slot, ...]:
    """One slot for each GPU, or one where there is none; if the settings name a number, so many, in turn on the GPUs.

    Raises:
        ConfigError: If what they name is no number.
    """
    gpus = visible_gpus()
    count = settings.configured_slots() or len(gpus) or 1
    return tuple(Slot(index=index, gpu=gpus[index % len(gpus)] if gpus else None) for index in range(count))


def describe_device(choice: DeviceChoice) -> str:
    """The device that a run with this choice will use, such as `CPU, 2 cores`.

    Raises:
        DeviceError: If a GPU is asked for and the machine has none.
    """
    gpus = visible_gpus()
    if choice is DeviceChoice.GPU and not gpus:
        raise no_gpu("The driver offers no NVIDIA GPU on this machine.")
    if choice is DeviceChoice.CPU or not gpus:
        # It knows the limits of containers; the worker, which must start quickly, needs none of it.
        import joblib

        return f"CPU, {joblib.cpu_count()} cores"
    return f"GPU, {gpus[0].name}"


def describe_place(choice: DeviceChoice) -> str:
    """Where a run with this choice will compute: a device of this machine, or a cluster.

    Raises:
        DeviceError: As `describe_device`.
        ClusterError: If the settings name a cluster, and Ray is not installed.
        ConfigError: If they name it wrongly.
    """
    address = settings.ray_address()
    if address is None:
        return describe_device(choice)
    check_ray()
    return f"Ray cluster, {address}"


def check_ray() -> None:
    """Refuse to compute on a cluster if Ray is not installed; it is not imported to find out.

    Raises:
        ClusterError: If it is not.
    """
    if find_spec("ray") is None:
        raise ClusterError(
            f"{settings.RAY_VARIABLE} names a cluster, but Ray is not installed on this machine.",
            "Runs are given to a cluster by Ray.",
            f"pip install -r requirements-ray.txt, or unset {settings.RAY_VARIABLE}: then runs compute on this machine.",
        )


def check_backend(backend: Backend) -> None:
    """Refuse a backend that is not installed.

    Raises:
        DeviceError: If it is not.
    """
    if not is_installed(backend):
        wanted = {
            Backend.TENSORFLOW: "requirements.txt",
            Backend.JAX: 'jax, such as by pip install "jax[cpu]"',
            Backend.TORCH: "requirements-torch.txt",
        }[backend]
        raise DeviceError(
            f"The backend {backend} is not installed on this machine.",
            "The hyperparameter backend names what Keras computes with.",
            f"Choose another one, or install {wanted}.",
        )


def is_installed(backend: Backend) -> bool:
    """Whether a backend can be imported here; nothing is imported to find out."""
    return find_spec(backend.value) is not None


def no_gpu(happened: str) -> DeviceError:
    """The error for a run that asks for a GPU where there is none."""
    return DeviceError(
        happened,
        "The hyperparameter device is “gpu”, which a run never replaces by the CPU.",
        "Choose “auto” or “cpu”, or install the packages of requirements-gpu.txt on a machine with an NVIDIA GPU.",
    )


@contextmanager
def _visible_handles() -> Iterator[list[Any]]:
    """NVML's handles of the GPUs that this process may use, while the block lasts."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        yield []
        return
    try:
        yield _handles(os.environ.get(VISIBLE_GPUS))
    finally:
        with suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def _handles(visible: str | None) -> list[Any]:
    if visible is None:
        names = [str(index) for index in range(pynvml.nvmlDeviceGetCount())]
    else:
        names = [name.strip() for name in visible.split(",") if name.strip()]
    handles = []
    for name in names:
        try:
            by_number = name.isdecimal()
            handles.append(
                pynvml.nvmlDeviceGetHandleByIndex(int(name)) if by_number else pynvml.nvmlDeviceGetHandleByUUID(name)
            )
        except pynvml.NVMLError:
            # As CUDA reads the list: up to the first that there is not.
            break
    return handles
