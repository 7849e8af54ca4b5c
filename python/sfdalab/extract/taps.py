"""Takes features and logits of a network while it computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from sfdalab.networks import Network, logits_of

Floats = npt.NDArray[np.float32]
POOLS = ("", "mean", "max", "cls")


class Taps:
    """Computes features N×D and logits N×Z of batches of images N×3×H×W.

    Features are what the classifier takes. Where layers are named, they are the outputs
    of these, each made one row an image by pool ("mean" or "max" over all positions, or
    "cls", the first token), and joined: side by side ("concat") or as their "mean".
    """

    def __init__(
        self,
        network: Network,
        device: str,
        layers: Sequence[str] = (),
        pool: str = "",
        join: str = "concat",
        amp: bool = False,
    ) -> None:
        if pool not in POOLS:
            raise ValueError(f"pool {pool!r}: there are mean, max and cls")
        if join not in ("concat", "mean"):
            raise ValueError(f"join {join!r}: there are concat and mean")
        self.network, self.device, self.layers, self.pool, self.join, self.amp = (
            network,
            device,
            layers,
            pool,
            join,
            amp,
        )
        modules = dict(network.module.named_modules())
        missing = [name for name in layers if name not in modules]
        if missing:
            raise ValueError(f"{network.name} has no layer {missing[0]!r}: named_modules() lists them")
        self._seen: dict[str, torch.Tensor] = {}
        self._hooks = [modules[name].register_forward_hook(self._output(name)) for name in layers]
        self._head = modules[network.classifier] if network.classifier else None
        if self._head is not None and not layers:
            self._hooks.append(self._head.register_forward_hook(self._head_hook))
        self._modes = {module: module.training for module in modules.values()}
        network.module.eval().to(device)

    @property
    def taken(self) -> str:
        """What the features are, in words."""
        if self.layers:
            return (f" {self.join} " if len(self.layers) > 1 else "").join(self.layers)
        return f"input of {self.network.classifier}" if self._head is not None else "pooled features"

    def __enter__(self) -> Taps:
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()
        for module, training in self._modes.items():
            module.training = training

    def compute(self, images: torch.Tensor) -> tuple[Floats, Floats | None]:
        """Features and, where there is a classifier, logits."""
        self._seen.clear()
        kind = self.device.split(":")[0]
        half = torch.float16 if kind == "cuda" else torch.bfloat16
        with torch.no_grad(), torch.autocast(kind, dtype=half, enabled=self.amp):
            features, logits = self._forward(images.to(self.device))
        if not torch.isfinite(features).all():
            raise ValueError(
                f"{self.taken} has numbers that are not finite: half precision overflows, or weights are damaged"
            )
        return _floats(features), None if logits is None else _floats(logits)

    def _forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        module: Any = self.network.module
        if self._head is None and not self.layers and hasattr(module, "forward_head"):  # timm, several classifiers
            maps = module.forward_features(images)
            return self._row(module.forward_head(maps, pre_logits=True)), module.forward_head(maps)
        output = logits_of(module(images))
        logits = output if self.network.classifier or hasattr(module, "forward_head") else None
        if self.layers:
            rows = [self._row(self._seen[name]) for name in self.layers]
            if self.join == "concat":
                return torch.cat(rows, dim=1), logits
            if len({row.shape[1] for row in rows}) > 1:
                raise ValueError(
                    f"layers of {[row.shape[1] for row in rows]} columns have no mean: join them by concat"
                )
            return torch.stack(rows).mean(dim=0), logits
        if self._head is None:
            return self._row(output), None
        made = self._seen.get("output")
        if made is None or not torch.allclose(made.flatten(), output.flatten(), equal_nan=True):
            raise ValueError(
                f"its last linear layer, {self.network.classifier}, does not make its output: "
                "name the layers to take features from"
            )
        return self._row(self._seen["input"]), logits

    def _row(self, values: torch.Tensor) -> torch.Tensor:
        """One row an image: of N×D, N×D×1×1, and of N×C×H×W and N×T×D by the pool."""
        shape = tuple(values.shape)
        if values.ndim == 2 or (values.ndim > 2 and np.prod(shape[2:]) == 1):
            return values.reshape(shape[0], -1)
        if values.ndim not in (3, 4):
            raise ValueError(f"a layer of shape {shape} is neither N×D, N×C×H×W nor N×T×D")
        if not self.pool:
            raise ValueError(f"a layer of shape {shape} has many positions in each image: pool makes one row of them")
        if values.ndim == 4:
            if self.pool == "cls":
                raise ValueError(f"a layer of shape {shape} has no tokens: pool by mean or max")
            channels_last = shape[1] == shape[2] != shape[3]
            values = values.flatten(1, 2) if channels_last else values.flatten(2).transpose(1, 2)
        if self.pool == "cls":
            return values[:, 0]
        return values.float().mean(dim=1) if self.pool == "mean" else values.amax(dim=1)

    def _output(self, name: str) -> Any:
        """A hook that keeps what a layer returns."""

        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            self._seen[name] = logits_of(output) if not isinstance(output, torch.Tensor) else output

        return hook

    def _head_hook(self, module: nn.Module, inputs: Any, output: torch.Tensor) -> None:
        """Keeps what the classifier takes, the features, and what it returns."""
        self._seen["input"], self._seen["output"] = inputs[0], output


def _floats(values: torch.Tensor) -> Floats:
    array: Floats = values.float().cpu().numpy()
    return array
