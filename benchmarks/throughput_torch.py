"""The contenders of `throughput.py` that know nothing of this program: the report's network in plain PyTorch.

Started by it as a process that waits for its turns. One reads and decodes a DICOM file per sample, as a notebook does;
the other has its arrays in memory.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from typing import Any

import pydicom
import torch
from throughput_peers import Peer
from torch import nn
from torch.utils.data import DataLoader, Dataset
from turns import Turns

CLASSES = 3


class ReportNetwork(nn.Module):
    """The network of the source report: 4,302,819 parameters at 128 px."""

    def __init__(self, px: int) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        for channels, filters in ((1, 32), (32, 64), (64, 128)):
            blocks += [
                nn.Conv2d(channels, filters, 3, padding=1),
                nn.ReLU(),
                nn.BatchNorm2d(filters, eps=1e-3),
                nn.MaxPool2d(2),
            ]
        self.image_branch = nn.Sequential(*blocks, nn.Flatten())
        self.coordinate_branch = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.head = nn.Sequential(
            nn.Linear(128 * (px // 8) ** 2 + 32, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, CLASSES)
        )

    def forward(self, image: torch.Tensor, coords: torch.Tensor) -> torch.Tensor:
        """Logits (batch, 3) of images (batch, 1, px, px) and coords (batch, 2)."""
        return self.head(torch.cat([self.image_branch(image), self.coordinate_branch(coords)], dim=1))


class DecodedSlices(Dataset[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]):
    """Reads, decodes, rescales and shrinks a file for every sample.

    Args:
        paths: DICOM files; they are used again when there are fewer than samples.
        count: Samples.
        px: Side of the images.
    """

    def __init__(self, paths: list[str], count: int, px: int) -> None:
        self._paths, self._count, self._px = paths, count, px

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        pixels = torch.from_numpy(pydicom.dcmread(self._paths[index % len(self._paths)]).pixel_array.astype("float32"))
        pixels = (pixels - pixels.min()) / (pixels.max() - pixels.min())
        image = nn.functional.interpolate(pixels[None, None], size=(self._px, self._px), mode="bilinear")[0]
        return image, torch.tensor([0.5, 0.5]), torch.tensor(index % CLASSES)


def main() -> None:
    """Train for a round whenever it is this process' turn."""
    task: dict[str, Any] = json.loads(sys.argv[1])
    turns = Turns()
    torch.manual_seed(0)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = ReportNetwork(task["px"]).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    batches = _notebook_batches(task) if task["peer"] == Peer.NOTEBOOK else _arrays(task)
    while True:
        turns.wait()
        began = time.perf_counter()
        _train_epoch(network, optimizer, batches, device, mixed=task["precision"] == "mixed")
        turns.answer({"step": (time.perf_counter() - began) / task["steps"]})


def _train_epoch(
    network: nn.Module, optimizer: torch.optim.Optimizer, batches: Iterable[Any], device: torch.device, *, mixed: bool
) -> None:
    total = torch.zeros((), device=device)
    for batch in batches:
        image, coords, label = (tensor.to(device) for tensor in batch)
        optimizer.zero_grad()
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=mixed):
            loss = nn.functional.cross_entropy(network(image, coords), label)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    total.item()  # waits for the device


def _notebook_batches(task: dict[str, Any]) -> Iterable[Any]:
    data = DecodedSlices(task["images"], task["steps"] * task["batch"], task["px"])
    return DataLoader(data, batch_size=task["batch"], shuffle=True)


def _arrays(task: dict[str, Any]) -> Iterable[Any]:
    count, px, batch = task["steps"] * task["batch"], task["px"], task["batch"]
    tensors = torch.rand(count, 1, px, px), torch.rand(count, 2), torch.randint(CLASSES, (count,))
    return [tuple(tensor[start : start + batch] for tensor in tensors) for start in range(0, count, batch)]


if __name__ == "__main__":
    main()
