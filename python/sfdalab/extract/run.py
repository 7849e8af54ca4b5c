"""Extracts features by networks."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import count, islice, takewhile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from sfdalab.extract.sources import Description, Images, Item, Loaded, Source, say
from sfdalab.extract.store import BLOCK, Block, Blocks, read_provenance, write_array, write_file, write_samples
from sfdalab.extract.taps import Taps
from sfdalab.networks import Network, load, named


@dataclass
class Extraction:
    """Features of some networks for the same samples.

    features and outputs hold an array for each model, N×D and N×Z float32; labels are N,
    samples their rows of path, class and split. failed says why a model has no features.
    """

    features: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    outputs: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    labels: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    samples: list[tuple[str, str, str]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, model: str, features: Any, outputs: Any, labels: Any, samples: list[tuple[str, str, str]]) -> None:
        """Add what one network gave. All must have seen the same samples."""
        if self.features and (samples != self.samples or not np.array_equal(labels, self.labels)):
            raise ValueError("it was given other samples than the network before: the data changes its order")
        self.features[model], self.labels, self.samples = features, labels, samples
        if outputs is not None:
            self.outputs[model] = outputs


class ExtractionError(RuntimeError):
    """Some networks failed. extraction holds what the others gave."""

    def __init__(self, extraction: Extraction) -> None:
        super().__init__("\n".join(f"{name}: {reason}" for name, reason in extraction.failed.items()))
        self.extraction = extraction


@dataclass(frozen=True)
class Settings:
    """How features are taken."""

    layers: tuple[str, ...] = ()
    pool: str = ""
    join: str = "concat"
    device: str = "cpu"
    batch: int = 32
    amp: bool = False
    skip_bad: bool = False


def extract(
    models: Any,
    data: Any = None,
    *,
    folder: str | os.PathLike[str] | None = None,
    images: str | os.PathLike[str] | None = None,
    dataset: str | None = None,
    root: str | os.PathLike[str] | None = None,
    split: str | None = None,
    name: str | None = None,
    transform: str | None = None,
    layers: str | Sequence[str] = (),
    pool: str = "",
    join: str = "concat",
    device: str | None = None,
    batch: int = 32,
    amp: bool = False,
    weights: str = "pretrained",
    skip_bad: bool = False,
    workers: int = 0,
) -> Extraction:
    """Compute the features of images by PyTorch networks.

    models is one network or several: names as ``sfdalab.networks.load`` reads them,
    modules, or a mapping of names to either. Images come from one of

        data           a Dataset or DataLoader of PyTorch that gives images, which are ready
                       for the networks, and labels, in the same order each time
        images         a folder with a folder for each class, or a .csv, .parquet or .tar file
        dataset, root  a dataset that ``sfdalab datasets`` lists, and its folder

    of which split takes a part, as "train+test", all when it is "all". Except with data,
    the program reads and transforms them: by transform ("sfda", "torchvision", "logme" or
    a file), or, where it is None, as the library says for a network, else by "sfda".

    Features are what the classifier takes, or outputs of layers: see ``taps.Taps``. The
    network computes in evaluation mode, without gradients, in half precision where amp is
    true (bfloat16 on a CPU), on device ("cuda" where there is one), in batches of the same
    size, the last of which is filled up: an image's features do not depend on the others.

    With a folder, files and their names are those of the command ``sfdalab extract``. What
    is there is not computed again, and what was killed goes on where it stopped.
    ExtractionError where a network fails; the others are finished nevertheless.
    """
    if batch < 1 or BLOCK % batch:
        raise ValueError(f"batch {batch}: must divide {BLOCK}")
    source = _source(data, images, dataset, root, split, name, workers)
    chosen = (layers,) if isinstance(layers, str) else tuple(layers)
    settings = Settings(
        chosen, pool, join, device or ("cuda" if torch.cuda.is_available() else "cpu"), batch, amp, skip_bad
    )
    done = Extraction()
    for model_name, model in named(models).items():
        try:
            network = load(model, model_name, weights)
            task = _Task(network, source, settings, transform or network.transform, Path(folder) if folder else None)
            task.run(done)
        except (ValueError, TypeError, RuntimeError, AttributeError, ImportError, OSError) as error:
            done.failed[model_name] = str(error)
    if done.failed:
        raise ExtractionError(done)
    return done


def _source(
    data: Any, images: Any, dataset: str | None, root: Any, split: str | None, name: str | None, workers: int
) -> Source:
    if sum(given is not None for given in (data, images, dataset)) != 1:
        raise ValueError("one of data, images and dataset says where images come from")
    if data is not None:
        return Loaded(data, name, workers)
    arguments = ["--images", os.fspath(images)] if images is not None else ["--dataset", str(dataset)]
    for flag, value in (("--root", root), ("--split", None if split == "all" else split), ("--name", name)):
        if value is not None:
            arguments += [flag, os.fspath(value)]
    return Images(arguments, workers)


class _Task:
    """The work of one network."""

    def __init__(
        self, network: Network, source: Source, settings: Settings, transform: Any, folder: Path | None
    ) -> None:
        self.network, self.source, self.settings = network, source, settings
        self.transform, self.folder = transform, folder

    def run(self, done: Extraction) -> None:
        """Extract, and add what is extracted to what is done."""
        s, started = self.settings, time.monotonic()
        with Taps(self.network, s.device, s.layers, s.pool, s.join, s.amp) as taps:
            inputs = {
                "network": self.network.sha256(),
                "layer": taps.taken,
                "logits": "output",
                "pool": s.pool,
                "precision": "amp" if s.amp else "float32",
                "runtime": f"torch {torch.__version__}",
                "device": s.device,
                "batch": s.batch,
                "block": BLOCK,
            }
            if self.folder:
                self.folder.mkdir(parents=True, exist_ok=True)
                if self._finished(inputs, done):
                    return
            key = _identity({**inputs, "transform": self.transform, "source": self.source.key})
            blocks = Blocks(self.folder, self.network.name, key)
            computed = self._compute(taps, blocks)
        about = self.source.describe()
        inputs |= _inputs_of(about, [h for block in computed for h in block.hashes])
        rows = self._left(about, [b for block in computed for b in block.bad])
        labels = [label for block in computed for label in block.labels]
        features = np.concatenate([block.features for block in computed if block.labels])
        logits = [block.outputs for block in computed if block.labels and block.outputs is not None]
        outputs = np.concatenate(logits) if logits else None
        if self.folder:
            write_samples(self.folder, about.dataset, rows, labels)
            self._write(features, outputs, inputs, about, [b for block in computed for b in block.bad], started)
            blocks.remove()
        done.add(self.network.name, features, outputs, np.array(labels, np.int64), rows)
        size = f"{features.shape[0]}×{features.shape[1]}"
        say(f"{self.network.name}: features {size} of {taps.taken}; images: {about.transform}")

    def _compute(self, taps: Taps, blocks: Blocks) -> list[Block]:
        """All blocks; those that are stored and of the same samples are not computed again."""
        stored = list(takewhile(lambda b: b is not None, map(blocks.read, count())))
        items = self.source.read(self.transform, BLOCK * len(stored))
        result: list[Block] = []
        while chunk := list(islice(items, BLOCK)):
            index = len(result)
            block = stored[index] if index < len(stored) else None
            if block is None or block.hashes != [item.sha256 for item in chunk]:
                if any(item.pixels is None and not item.error for item in chunk):  # left out for what is not so
                    blocks.remove()
                    return self._compute(taps, blocks)
                block = self._block(taps, chunk, index * BLOCK)
                blocks.write(index, block)
            result.append(block)
        if not any(block.labels for block in result):
            raise ValueError("there are no images" if not result else "none of the images can be decoded")
        return result

    def _block(self, taps: Taps, chunk: list[Item], first: int) -> Block:
        """Compute a block in batches that are filled up with black."""
        bad = [{"sample": first + i, "reason": item.error} for i, item in enumerate(chunk) if item.error]
        good = [item for item in chunk if item.pixels is not None]
        features, outputs = [], []
        for i in range(0, len(good), self.settings.batch):
            images = torch.stack([item.pixels for item in good[i : i + self.settings.batch] if item.pixels is not None])
            rows = len(images)
            filled = torch.zeros((self.settings.batch, *images.shape[1:]))
            filled[:rows] = images
            f, o = taps.compute(filled)
            features.append(f[:rows])
            if o is not None:
                outputs.append(o[:rows])
        return Block(
            np.concatenate(features) if features else np.zeros((0, 0), np.float32),
            np.concatenate(outputs) if outputs else None,
            [item.label for item in good],
            [item.sha256 for item in chunk],
            bad,
        )

    def _left(self, about: Description, bad: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
        """The samples without those that cannot be decoded, which must be allowed."""
        for b in bad:
            b["path"] = about.rows[b["sample"]][0]
        if bad and not self.settings.skip_bad:
            more = f", and {len(bad) - 1} more images cannot be decoded" if len(bad) > 1 else ""
            raise ValueError(
                f"{bad[0]['path']}: {bad[0]['reason']}{more}: mend or remove them, or leave them out by skip_bad"
            )
        out = {b["sample"] for b in bad}
        return [row for i, row in enumerate(about.rows) if i not in out]

    def _finished(self, inputs: dict[str, Any], done: Extraction) -> bool:
        """Whether the features are there already, which then are what is done. Others are an error."""
        assert self.folder
        name = self.network.name
        if not any(f.startswith(f"{name}_") and f.endswith(".json") for f in os.listdir(self.folder)):
            return False
        hashes = [item.sha256 for item in self.source.read(self.transform, sys.maxsize)]
        about = self.source.describe()
        made = read_provenance(self.folder, name, about.dataset)
        if made is None:
            return False
        inputs = {**inputs, **_inputs_of(about, hashes)}
        if made["identity"] != _identity(inputs):
            differ = [key for key in inputs if made["inputs"].get(key) != inputs[key]]
            raise ValueError(
                f"{self.folder / name}_{about.dataset}.json has features that were made with other "
                f"{', '.join(differ)}: write to another folder, or remove them"
            )
        rows = self._left(about, made.get("left_out", []))
        arrays = [np.load(self.folder / f["name"]) for f in made["files"]]
        labels = np.load(self.folder / f"{about.dataset}_label.npy")
        done.add(name, arrays[0], arrays[1] if len(arrays) > 1 else None, labels, rows)
        say(f"{name}: the features are there already")
        return True

    def _write(
        self, features: Any, outputs: Any, inputs: dict[str, Any], about: Description, bad: Any, started: float
    ) -> None:
        """Write arrays, and last the provenance, which marks them as finished."""
        assert self.folder
        stem = f"{self.network.name}_{about.dataset}"
        files = []
        for kind, values in (("feature", features), ("output", outputs)):
            if values is not None:
                file = f"{stem}_{kind}.npy"
                files.append({"name": file, "sha256": write_array(self.folder / file, values)})
        made = {
            "identity": _identity(inputs),
            "inputs": inputs,
            "model": self.network.name,
            "network": self.network.source,
            "dataset": about.dataset,
            "split": about.split,
            "rows": features.shape[0],
            "columns": features.shape[1],
            "outputs": 0 if outputs is None else outputs.shape[1],
            "left_out": bad,
            "files": files,
            "library": f"torch {torch.__version__}",
            "seconds": time.monotonic() - started,
            "made": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        text = json.dumps({k: v for k, v in made.items() if v not in ("", [])}, indent=2, ensure_ascii=False)
        write_file(self.folder / f"{stem}.json", text.encode() + b"\n")


def _inputs_of(about: Description, hashes: list[str]) -> dict[str, Any]:
    """What determines features besides network and settings."""
    return {"transform": about.transform, "decoder": about.decoder, "resizer": about.resizer, "images": hashes}


def _identity(inputs: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
