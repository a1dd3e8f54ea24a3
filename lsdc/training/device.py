"""What a run will compute on, told before it starts and without importing Keras: the driver is asked through NVML."""

from __future__ import annotations

from contextlib import suppress
from importlib.util import find_spec

import joblib
import pynvml

from lsdc.config import Backend, DeviceChoice
from lsdc.errors import DeviceError


def gpu_names() -> tuple[str, ...]:
    """Names of the NVIDIA GPUs that the driver offers; empty without a driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        return tuple(str(pynvml.nvmlDeviceGetName(handle)) for handle in handles)
    except pynvml.NVMLError:
        return ()
    finally:
        with suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def describe_device(choice: DeviceChoice) -> str:
    """The device that a run with this choice will use, such as `CPU, 2 cores`.

    Raises:
        DeviceError: If a GPU is asked for and the machine has none.
    """
    names = gpu_names()
    if choice is DeviceChoice.GPU and not names:
        raise no_gpu("The driver offers no NVIDIA GPU on this machine.")
    if choice is DeviceChoice.CPU or not names:
        return f"CPU, {joblib.cpu_count()} cores"
    return f"GPU, {names[0]}"


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
