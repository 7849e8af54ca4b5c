"""The samples of a dataset, for training and for evaluation."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch.utils.data import Dataset
from torchvision import transforms

from sfdalab.finetune.request import Settings
from sfdalab.networks import IMAGENET


@dataclass
class Samples:
    """Images with their classes: labels N, or of several labels present and difficult N×C."""

    paths: list[str]
    labels: npt.NDArray[np.int64]  # the first class of each
    present: npt.NDArray[np.bool_]
    difficult: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.paths)


def read(table: str, root: str, splits: Sequence[str], classes: int) -> Samples:
    """Read the samples of some splits from a table of path, class and split, in its order.

    class is a whole number from 0, or several apart by blanks, with ? behind a difficult one.
    """
    with open(table, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] in splits]
    if not rows:
        raise ValueError(f"{table} has no images of split {' or '.join(splits)}")
    present = np.zeros((len(rows), classes), bool)
    difficult = np.zeros((len(rows), classes), bool)
    labels = np.zeros(len(rows), np.int64)
    for i, row in enumerate(rows):
        for k, text in enumerate(row["class"].split()):
            c = int(text.rstrip("?"))
            if not 0 <= c < classes:
                raise ValueError(f"{table}: {row['path']} is of class {c}, and there are {classes}")
            labels[i] = c if k == 0 else labels[i]
            (difficult if text.endswith("?") else present)[i, c] = True
    return Samples([os.path.join(root, row["path"]) for row in rows], labels, present, difficult & ~present)


def count_classes(table: str) -> int:
    """One more than the largest class of a table."""
    with open(table, newline="", encoding="utf-8") as file:
        return 1 + max(int(c.rstrip("?")) for row in csv.DictReader(file) for c in row["class"].split())


def mixed(*numbers: int) -> int:
    """A seed made of several numbers, so that different ones give unrelated seeds."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


def transform(settings: Settings, network: dict[str, Any] | None, training: bool) -> Any:
    """What turns an image into an input, with the mean and deviation that the network was made for."""
    how = transforms.InterpolationMode(settings.interpolation)
    known = network or {}
    mean = known.get("mean") or known.get("image_mean") or IMAGENET["mean"]
    std = known.get("std") or known.get("image_std") or IMAGENET["std"]
    if training and settings.augment == "crop-flip":
        steps = [transforms.RandomResizedCrop(settings.crop, interpolation=how), transforms.RandomHorizontalFlip()]
    else:
        steps = [transforms.Resize(settings.resize, interpolation=how), transforms.CenterCrop(settings.crop)]
    return transforms.Compose([*steps, transforms.ToTensor(), transforms.Normalize(mean, std)])


def image(path: str, make: Any) -> torch.Tensor:
    """An image as what make turns it into, 3×H×W."""
    try:
        with Image.open(path) as opened:
            pixels: torch.Tensor = make(opened.convert("RGB"))
            return pixels
    except OSError as error:
        raise ValueError(f"{path} cannot be read as an image: {error}") from None


class Evaluation(Dataset[Any]):  # type: ignore[misc]
    """Samples in their order."""

    def __init__(self, samples: Samples, make: Any) -> None:
        self._samples, self._make = samples, make

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, i: int) -> torch.Tensor:
        return image(self._samples.paths[i], self._make)


class Training(Dataset[Any]):  # type: ignore[misc]
    """What is trained on, by its position in the whole training: one random order of the samples after another.

    A position determines the sample and its random crop, whatever was read before it and
    by which worker, so that a training that goes on sees what it would have seen.
    """

    def __init__(self, samples: Samples, make: Any, seed: int) -> None:
        self._samples, self._make, self._seed = samples, make, seed
        self._epoch, self._order = -1, np.zeros(0, np.int64)

    def __getitem__(self, position: int) -> tuple[torch.Tensor, int]:
        epoch, place = divmod(position, len(self._samples))
        if epoch != self._epoch:
            order = np.random.Generator(np.random.PCG64(mixed(self._seed, 1, epoch))).permutation(len(self._samples))
            self._epoch, self._order = epoch, order
        i = int(self._order[place])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(mixed(self._seed, 2, position))
            return image(self._samples.paths[i], self._make), i
