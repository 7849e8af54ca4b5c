"""Trains a network, and evaluates it."""

from __future__ import annotations

import io
import json
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from sfdalab.extract.store import write_array, write_file
from sfdalab.finetune import heads, measures
from sfdalab.finetune.data import Evaluation, Samples, Training, count_classes, mixed, read, transform
from sfdalab.finetune.request import Request
from sfdalab.networks import load, logits_of

TELL_EVERY = 20  # seconds between lines of progress, at most

Tell = Callable[[dict[str, Any]], None]


class Trainer:
    """One training: its network, data and optimizer, and how far it is."""

    def __init__(self, request: Request) -> None:
        s = self.settings = request.settings
        self.request = request
        self.device = torch.device(request.device)
        torch.set_num_threads(max(request.threads, 1))
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False
        torch.manual_seed(mixed(request.seed, 0))
        table = request.dataset
        classes = table.classes or count_classes(table.images)
        self.samples = read(table.images, table.root, request.train, classes)
        self.test = read(table.images, table.root, [request.test], classes)
        self.network = load(request.network, weights=request.weights)
        classifier = heads.replace_classifier(self.network, classes)
        self.trained = heads.choose(self.network, classifier, s.layers)
        self.network.module.to(self.device)
        self.amp = s.precision == "amp" or (s.precision == "" and self.device.type == "cuda")
        self.scaler = torch.cuda.amp.GradScaler(enabled=self.amp and self.device.type == "cuda")
        self.optimizer = self._optimizer()
        self.step = 0

    def _optimizer(self) -> torch.optim.Optimizer:
        s, weights = self.settings, heads.parameters(self.trained)
        if s.optimizer == "adamw":
            return torch.optim.AdamW(weights, lr=s.learning_rate, weight_decay=s.weight_decay)
        return torch.optim.SGD(
            weights, lr=s.learning_rate, momentum=s.momentum, nesterov=s.nesterov, weight_decay=s.weight_decay
        )

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        s = self.settings
        if s.schedule == "constant":
            return s.learning_rate
        return 0.5 * s.learning_rate * (1 + math.cos(math.pi * step / s.steps))

    def train(self, tell: Tell, keep_on: Callable[[], bool], save_every: float) -> None:
        """Train from where it is to the end, or until keep_on is false; with checkpoints every so many seconds."""
        s = self.settings
        make = transform(s, self.network.transform, training=True)
        stream = Training(self.samples, make, self.request.seed)
        workers = self.request.threads if self.device.type == "cuda" else 0
        positions = range(self.step * s.batch, s.steps * s.batch)
        loader = DataLoader(stream, s.batch, sampler=positions, num_workers=workers)
        saved = told = time.monotonic()
        heads.training_mode(self.network, self.trained)
        for images, indices in loader:
            loss = self._advance(images.to(self.device), indices)
            self.step += 1
            now = time.monotonic()
            if self.step == s.steps or now - told > TELL_EVERY or self.step % max(s.steps // 100, 1) == 0:
                value = float(loss)
                if not math.isfinite(value):
                    raise ValueError(f"the loss is {value} at step {self.step}")
                tell({"step": self.step, "steps": s.steps, "loss": value})
                told = now
            going = keep_on()
            if self.step == s.steps or now - saved > save_every or not going:
                self.save()
                saved = now
            if not going:
                return

    def _advance(self, images: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
        """Take one step, and return its loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(self.step)
        torch.manual_seed(mixed(self.request.seed, 3, self.step))  # of dropout
        self.optimizer.zero_grad(set_to_none=True)
        with self._autocast():
            logits = logits_of(self.network.module(images))
            loss = self._loss(logits, self.samples, indices.numpy())
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss.detach()

    def _autocast(self) -> Any:
        half = torch.float16 if self.device.type == "cuda" else torch.bfloat16
        return torch.autocast(self.device.type, dtype=half, enabled=self.amp)

    def _loss(self, logits: torch.Tensor, samples: Samples, indices: Any) -> torch.Tensor:
        if self.request.measure == "map-11-point":
            wanted = torch.from_numpy(samples.present[indices]).float().to(self.device)
            return nn.functional.binary_cross_entropy_with_logits(logits.float(), wanted)
        return nn.functional.cross_entropy(logits.float(), torch.from_numpy(samples.labels[indices]).to(self.device))

    def evaluate(self, tell: Tell) -> dict[str, Any]:
        """Evaluate the split test, write its logits where that is asked, and return the result."""
        make = transform(self.settings, self.network.transform, training=False)
        workers = self.request.threads if self.device.type == "cuda" else 0
        self.network.module.eval()
        found = []
        told = time.monotonic()
        with torch.no_grad(), self._autocast():
            for images in DataLoader(Evaluation(self.test, make), self.settings.batch, num_workers=workers):
                found.append(logits_of(self.network.module(images.to(self.device))).float().cpu())
                if time.monotonic() - told > TELL_EVERY:
                    tell({"step": self.step, "steps": self.settings.steps})
                    told = time.monotonic()
        logits = torch.cat(found)
        everything = np.arange(len(self.test))
        loss = float(self._loss(logits.to(self.device), self.test, everything))
        values = logits.numpy()
        if not (np.isfinite(values).all() and math.isfinite(loss)):
            raise ValueError("the logits of the trained network are not finite: training has diverged")
        if self.request.logits:
            write_array(Path(self.request.logits), values)
        versions = {"torch": torch.__version__, "python": sys.version.split()[0]}
        if self.device.type == "cuda":
            versions["cuda"] = str(torch.version.cuda)
        return {"accuracy": self._accuracy(values), "samples": len(self.test), "loss": loss, "versions": versions}

    def _accuracy(self, logits: Any) -> float:
        if self.request.measure == "map-11-point":
            return measures.map_11_point(logits, self.test.present, self.test.difficult)
        if self.request.measure == "mean-per-class":
            return measures.mean_per_class(logits, self.test.labels)
        return measures.top_1(logits, self.test.labels)

    def save(self) -> None:
        """Write a checkpoint, which is either whole or not there."""
        if not self.request.checkpoint:
            return
        state = {
            "identity": self.request.identity,
            "step": self.step,
            "network": self.network.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
        }
        data = io.BytesIO()
        torch.save(state, data)
        Path(self.request.checkpoint).mkdir(parents=True, exist_ok=True)
        write_file(Path(self.request.checkpoint) / "checkpoint.pt", data.getvalue())

    def resume(self) -> None:
        """Go on from the checkpoint, where there is one."""
        path = Path(self.request.checkpoint) / "checkpoint.pt"
        if not self.request.checkpoint or not path.exists():
            return
        newer = {"weights_only": False} if torch.__version__ >= "2" else {}
        try:
            state = torch.load(path, map_location=self.device, **newer)
        except Exception as error:  # whatever torch raises for damaged files
            print(f"{path} cannot be read ({error}): training begins anew", file=sys.stderr)
            return
        if state["identity"] != self.request.identity:
            raise ValueError(f"{path} is of another training: give another folder")
        self.network.module.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.step = state["step"]
        print(f"going on from step {self.step}", file=sys.stderr)


class Stopped(Exception):
    """A training was asked to stop, and keeps a checkpoint."""


def run(
    request: Request, tell: Tell, keep_on: Callable[[], bool] = lambda: True, save_every: float = 60
) -> dict[str, Any]:
    """Do what is requested, from where it was left, and return the result. Stopped when keep_on is false."""
    result = _finished(request)
    if result is not None:
        return result
    trainer = Trainer(request)
    trainer.resume()
    trainer.train(tell, keep_on, save_every)
    if trainer.step < request.settings.steps:
        raise Stopped(f"stopped at step {trainer.step}, of which a checkpoint is kept")
    result = trainer.evaluate(tell)
    if request.checkpoint:
        text = json.dumps({"identity": request.identity, "result": result})
        write_file(Path(request.checkpoint) / "result.json", text.encode())
    return result


def _finished(request: Request) -> dict[str, Any] | None:
    """The result of a training that was finished before; None where there is none, or logits are missing."""
    path = Path(request.checkpoint) / "result.json"
    if not request.checkpoint or not path.exists() or (request.logits and not os.path.exists(request.logits)):
        return None
    known: dict[str, Any] = json.loads(path.read_text())
    return known["result"] if known["identity"] == request.identity else None
