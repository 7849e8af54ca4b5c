"""What the program is asked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

PROTOCOL = 1
MEASURES = ("top-1", "mean-per-class", "map-11-point")


@dataclass
class Settings:
    """How a network is trained. The defaults are those of the protocol sfda but for what it sweeps."""

    learning_rate: float = 0.01
    weight_decay: float = 0.0  # as the optimizer takes it
    steps: int = 5000
    batch: int = 64
    optimizer: str = "sgd"  # or adamw
    momentum: float = 0.9
    nesterov: bool = True
    schedule: str = "cosine"  # to 0 at the last step; or constant
    layers: str = "all"  # what is trained; or last-block, with the classifier, or linear, the classifier alone
    augment: str = "crop-flip"  # random resized crops and flips; or none
    resize: int = 224  # pixels of the shorter side, in evaluation
    crop: int = 224  # pixels of the input
    interpolation: str = "bilinear"  # or bicubic
    precision: str = ""  # float32 or amp (mixed); amp on CUDA and float32 on a CPU when empty

    def __post_init__(self) -> None:
        choices = {
            "optimizer": ("sgd", "adamw"),
            "schedule": ("cosine", "constant"),
            "layers": ("all", "last-block", "linear"),
            "augment": ("crop-flip", "none"),
            "interpolation": ("bilinear", "bicubic"),
            "precision": ("", "float32", "amp"),
        }
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise ValueError(f"settings.{name} {getattr(self, name)!r}: there are {', '.join(filter(None, known))}")
        for name in ("steps", "batch", "resize", "crop"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"settings.{name} {value!r}: must be a whole number from 1")
        for name in ("learning_rate", "weight_decay", "momentum"):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < float("inf"):
                raise ValueError(f"settings.{name} {value!r}: must be a number from 0")
        if self.optimizer == "sgd" and self.nesterov and self.momentum == 0:
            raise ValueError("settings.nesterov needs a momentum above 0")


@dataclass
class Dataset:
    """Where the images of a dataset are, and which class each has."""

    name: str
    root: str
    images: str  # CSV of path, class and split
    classes: int = 0  # 0: one more than the largest class


@dataclass
class Request:
    """One line of standard input. Paths are absolute."""

    network: str
    dataset: Dataset
    train: list[str]
    test: str
    settings: Settings
    measure: str = "top-1"
    seed: int = 0
    device: str = "cpu"
    threads: int = 1
    checkpoint: str = ""
    logits: str = ""
    protocol: int = PROTOCOL
    weights: str = field(default="pretrained", init=False)  # of the command line

    @property
    def identity(self) -> str:
        """The SHA-256 of what determines the result: of the images their list, wherever it lies."""
        with open(self.dataset.images, "rb") as file:
            images = hashlib.sha256(file.read()).hexdigest()
        what = {k: v for k, v in asdict(self).items() if k not in ("checkpoint", "logits", "threads", "dataset")}
        what |= {"dataset": self.dataset.name, "classes": self.dataset.classes}
        return hashlib.sha256(json.dumps([what, images], sort_keys=True).encode()).hexdigest()


def parse(text: str, weights: str = "pretrained") -> Request:
    """Read a request. ValueError says what is wrong with it."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise ValueError(f"the request is no JSON: {error}") from None
    if not isinstance(given, dict) or given.get("protocol") != PROTOCOL:
        raise ValueError(f"the request must be a JSON object of protocol {PROTOCOL}")
    given["dataset"] = _object(Dataset, given.get("dataset"), "dataset")
    given["settings"] = _object(Settings, given.get("settings"), "settings")
    request: Request = _object(Request, given, "the request")
    request.weights = weights
    if request.measure not in MEASURES:
        raise ValueError(f"measure {request.measure!r}: there are {', '.join(MEASURES)}")
    return request


def _object(kind: Any, given: Any, name: str) -> Any:
    """A dataclass of what JSON gives for it. ValueError where a field is unknown or missing."""
    if not isinstance(given, dict):
        raise ValueError(f"{name} must be a JSON object")
    known = [f.name for f in fields(kind) if f.init]
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"{name}.{unknown[0]} is not known: there are {', '.join(known)}")
    try:
        return kind(**given)
    except TypeError as error:
        raise ValueError(f"{name}: {str(error).split('__init__() ')[-1]}") from None
