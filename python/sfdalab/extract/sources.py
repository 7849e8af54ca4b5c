"""Where images come from: the program, which knows folders and datasets, or a loader of PyTorch."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch

from sfdalab.program import Listener, ProgramError, start


@dataclass
class Item:
    """One sample: its pixels, 3×H×W float32, or why there are none."""

    pixels: torch.Tensor | None
    label: int
    sha256: str  # of the file, or of the pixels where there is no file
    error: str = ""


@dataclass
class Description:
    """What is known of samples before or after they were read."""

    dataset: str
    split: str = ""
    rows: list[tuple[str, str, str]] = field(default_factory=list)  # path, class, split
    transform: str = ""
    decoder: int | None = None  # versions of the program's; None where something else made the pixels
    resizer: int | None = None


class Source(Protocol):
    """Samples, in an order that is the same each time."""

    key: str  # tells it from others, as far as that is known before it is read

    def read(self, transform: dict[str, Any] | str | None, skip: int) -> Iterator[Item]:
        """The samples, as inputs of a network. The first skip may come without pixels."""

    def describe(self) -> Description:
        """Of the samples, after all were read."""


class Images:
    """Images that the program reads, so that pixels, order, labels and splits are its own."""

    def __init__(self, arguments: list[str], workers: int = 0) -> None:
        self.key = json.dumps(arguments)
        self._arguments = [*arguments, "--workers", str(workers)]
        self._told = False
        self._description: Description | None = None

    def describe(self) -> Description:
        assert self._description
        return self._description

    def read(self, transform: dict[str, Any] | str | None, skip: int) -> Iterator[Item]:
        with tempfile.TemporaryDirectory(prefix="sfdalab-") as folder:
            yield from self._read(["--transform", _transform_file(transform, folder), "--skip", str(skip)], skip)

    def _read(self, more: list[str], skip: int) -> Iterator[Item]:
        """Read what ``sfdalab inputs`` writes: a line of JSON that lists the samples, and then for each
        that is not skipped a line of JSON and, unless that has an error, its pixels as float32.

        Where that ends early, the program has failed, and its status and last words say why.
        """
        process = start(["inputs", *self._arguments, *more])
        assert process.stdout
        assert process.stderr
        listener = Listener(process.stderr)
        try:
            first = process.stdout.readline()
            listing = json.loads(first) if first.endswith(b"\n") else None
            if listing is not None:
                self._describe(listing)
                shape = (3, listing["height"], listing["width"])
                for i, sample in enumerate(listing["samples"]):
                    if i < skip:
                        yield Item(None, sample["class"], sample["sha256"])
                        continue
                    line = process.stdout.readline()
                    if not line.endswith(b"\n"):
                        break
                    error = json.loads(line).get("error", "")
                    pixels = None
                    if not error:
                        size = 4 * shape[0] * shape[1] * shape[2]
                        data = process.stdout.read(size)
                        if len(data) < size:
                            break
                        pixels = torch.from_numpy(np.frombuffer(data, "<f4").reshape(shape).copy())
                    yield Item(pixels, sample["class"], sample["sha256"], error)
            status = process.wait()
            if status != 0:
                raise ProgramError(listener.finish() or f"the program ended with status {status}", status)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            listener.finish()
            process.stdout.close()
            process.stderr.close()

    def _describe(self, listing: dict[str, Any]) -> None:
        if not self._told:
            count = f"{listing['dataset']}: {len(listing['samples'])} images of {len(listing['classes'])} classes"
            say(count + (f", split {listing['split']}" if listing["split"] else ""))
            for note in listing["notes"] or []:
                say(note)
            self._told = True
        rows = [(s["path"], listing["classes"][s["class"]], s["split"]) for s in listing["samples"]]
        self._description = Description(
            listing["dataset"], listing["split"], rows, listing["transform"], listing["decoder"], listing["resizer"]
        )


class Loaded:
    """Samples of a Dataset or DataLoader of PyTorch, as pairs of image and label."""

    def __init__(self, loader: Any, name: str | None, workers: int = 0) -> None:
        from torch.utils.data import DataLoader, Dataset, RandomSampler

        if isinstance(loader, Dataset) or hasattr(loader, "__getitem__"):
            loader = DataLoader(loader, batch_size=64, num_workers=workers)
        if isinstance(getattr(loader, "sampler", None), RandomSampler):
            raise ValueError("the loader shuffles, so that no two networks would see the same order: shuffle=False")
        self._loader = loader
        self._dataset = getattr(loader, "dataset", loader)
        self._name = name or type(self._dataset).__name__.lower()
        self.key = self._name
        self._labels: list[int] = []

    def read(self, transform: dict[str, Any] | str | None, skip: int) -> Iterator[Item]:
        self._labels = []
        for batch in self._loader:
            images, labels = _pair(batch)
            for image, label in zip(images, labels):
                pixels = image.float().contiguous()
                self._labels.append(int(label))
                yield Item(pixels, int(label), hashlib.sha256(pixels.numpy().tobytes()).hexdigest())

    def describe(self) -> Description:
        classes = getattr(self._dataset, "classes", None)
        samples = getattr(self._dataset, "samples", None)
        root = getattr(self._dataset, "root", None)
        rows = []
        for i, label in enumerate(self._labels):
            path = str(i)
            if samples is not None and len(samples) == len(self._labels):
                path = os.path.relpath(samples[i][0], root).replace(os.sep, "/") if root else str(samples[i][0])
            rows.append((path, str(classes[label]) if classes is not None else str(label), ""))
        return Description(self._name, "", rows, "the loader's")


def _pair(batch: Any) -> tuple[Any, Any]:
    """Images and labels of a batch, as torchvision's and Hugging Face's datasets give them."""
    if isinstance(batch, dict):
        labels = [key for key in ("labels", "label") if key in batch]
        if "pixel_values" in batch and labels:
            return batch["pixel_values"], batch[labels[0]]
        raise ValueError(f"batches have {', '.join(batch)}: pixel_values and labels are needed")
    if isinstance(batch, (tuple, list)) and len(batch) >= 2:
        return batch[0], batch[1]
    raise ValueError("batches must hold images and labels")


def _transform_file(transform: dict[str, Any] | str | None, folder: str) -> str:
    """What --transform takes: a name, a file, or a description in a file."""
    if not isinstance(transform, dict):
        return transform or "sfda"
    hub = "image_mean" in transform or "input_size" in transform
    path = os.path.join(folder, "transform.json" if hub else "transform.yaml")
    with open(path, "w", encoding="utf-8") as file:
        if hub:
            json.dump(transform, file)
        else:
            file.writelines(f"{key}: {json.dumps(value)}\n" for key, value in transform.items())
    return path


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
