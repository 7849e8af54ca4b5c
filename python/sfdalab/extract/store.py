"""The files of features: what they are called, how they are written, and what is kept of a run that is killed.

They are those of the command ``sfdalab extract``, byte for byte where the content is the same.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK = 256  # samples in a block: what a killed run may have to compute again


@dataclass
class Block:
    """What a network computed for BLOCK samples, or fewer at the end."""

    features: npt.NDArray[np.float32]
    outputs: npt.NDArray[np.float32] | None
    labels: list[int]  # of the rows
    hashes: list[str]  # of the samples
    bad: list[dict[str, Any]] = field(default_factory=list)  # samples that are left out


class Blocks:
    """The blocks of one extraction, in a hidden folder until it is finished."""

    def __init__(self, folder: Path | None, model: str, identity: str) -> None:
        self._folder = folder / f".{model}_{identity[:16]}.blocks" if folder else None
        self._identity = identity

    def write(self, index: int, block: Block) -> None:
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        about = {"identity": self._identity, "labels": block.labels, "hashes": block.hashes, "bad": block.bad}
        arrays: dict[str, npt.NDArray[Any]] = {
            "features": block.features,
            "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
        }
        if block.outputs is not None:
            arrays["outputs"] = block.outputs
        data = io.BytesIO()
        np.savez(data, **arrays)
        write_file(self._folder / f"{index:06d}.npz", hashlib.sha256(data.getvalue()).digest() + data.getvalue())

    def read(self, index: int) -> Block | None:
        """A block; None where there is none, or it is damaged or of another extraction."""
        try:
            data = (self._folder / f"{index:06d}.npz").read_bytes() if self._folder else b""
        except OSError:
            return None
        if len(data) < 32 or hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        with np.load(io.BytesIO(data[32:])) as arrays:
            about = json.loads(arrays["about"].tobytes())
            if about["identity"] != self._identity:
                return None
            outputs = arrays["outputs"] if "outputs" in arrays.files else None
            return Block(arrays["features"], outputs, about["labels"], about["hashes"], about["bad"])

    def remove(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def write_file(path: Path, data: bytes) -> None:
    """Write a file that is either whole or not there."""
    handle, scratch = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(scratch, 0o644)
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise


def write_array(path: Path, values: npt.NDArray[Any]) -> str:
    """Write an .npy file and return the SHA-256 of its bytes."""
    data = io.BytesIO()
    np.save(data, np.ascontiguousarray(values))
    write_file(path, data.getvalue())
    return hashlib.sha256(data.getvalue()).hexdigest()


def write_samples(folder: Path, dataset: str, rows: Iterable[tuple[str, str, str]], labels: list[int]) -> None:
    """Write the list of samples and the labels. Where they are there already, they must be the same."""
    text = "".join(",".join(map(_quoted, row)) + "\n" for row in [("path", "class", "split"), *rows])
    _write_same(folder / f"{dataset}_samples.csv", text.encode())
    data = io.BytesIO()
    np.save(data, np.array(labels, np.int64))
    _write_same(folder / f"{dataset}_label.npy", data.getvalue())


def _write_same(path: Path, data: bytes) -> None:
    if not path.exists():
        write_file(path, data)
    elif path.read_bytes() != data:
        raise ValueError(
            f"{path} lists other samples than the images of now, and the features beside it belong to those: "
            "write to another folder, or empty this one"
        )


def _quoted(text: str) -> str:
    """A field of CSV, quoted where the program quotes it."""
    if text == "\\." or text[:1] in (" ", "\t") or any(c in text for c in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def read_provenance(folder: Path, model: str, dataset: str) -> dict[str, Any] | None:
    """What finished features were made of; None where there are none."""
    try:
        made: dict[str, Any] = json.loads((folder / f"{model}_{dataset}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return made if all((folder / f["name"]).exists() for f in made.get("files", [])) else None
