"""Hands arrays to the program: as .npy files in a folder that lives as long as a call."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Union

import numpy as np
import numpy.typing as npt

# An array, anything that numpy.asarray takes, a tensor of PyTorch, or the path of a file
# in any format that the program reads.
Array = Union[npt.ArrayLike, "os.PathLike[str]", str, Any]


def to_numpy(values: Any) -> npt.NDArray[Any]:
    """Values as a NumPy array; tensors of PyTorch from any device."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        if str(values.dtype) == "torch.bfloat16":
            values = values.float()
        values = values.numpy()
    return np.asarray(values)


class Folder:
    """Turns arrays into paths that the program can read."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def path(self, values: Array, name: str) -> str:
        """The path of values, which get a file of that name unless they are a path already."""
        if isinstance(values, (str, os.PathLike)):
            return os.path.abspath(values)
        array = to_numpy(values)
        if array.dtype == object:
            raise TypeError("an array of objects is neither numbers nor text: its rows may differ in length")
        path = self._path / f"{name}.npy"
        np.save(path, array, allow_pickle=False)
        return str(path)
