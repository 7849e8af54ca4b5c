"""Loads networks by name: torchvision's, timm's, Hugging Face's, and one's own."""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


@dataclass
class Network:
    """A network that takes images, N×3×H×W."""

    name: str  # that files are called by
    source: str  # where it comes from
    module: nn.Module
    classifier: str | None  # name of the module that takes the features and gives the logits
    transform: dict[str, Any] | None = None  # how its library turns images into inputs, as the program reads it

    def sha256(self) -> str:
        """Of its modules and all that they hold."""
        digest = hashlib.sha256(str(self.module).encode())
        for name, values in self.module.state_dict().items():
            values = values.detach().cpu().contiguous()
            digest.update(f"\n{name} {values.dtype} {tuple(values.shape)}\n".encode())
            digest.update(values.flatten().view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()


def load(model: str | nn.Module, name: str | None = None, weights: str = "pretrained") -> Network:
    """Load a network.

    model is a module, or the name of one:

        resnet50                        torchvision's, with the weights IMAGENET1K_V1, which
                                        papers used; resnet50:IMAGENET1K_V2 names others
        timm/vit_small_patch16_224      timm's
        hf/google/vit-base-patch16-224  Hugging Face's, or hf/ and a folder
        mynets:make                     what make() of the module mynets returns
        net.pt                          a module that torch.save wrote (loading it runs code
                                        of that file: take it from nobody you do not trust)

    weights are "pretrained", or "random" for those that a network begins with.
    """
    if weights not in ("pretrained", "random"):
        raise ValueError(f"weights {weights!r}: there are pretrained and random")
    pretrained = weights == "pretrained"
    if isinstance(model, nn.Module):
        return Network(name or default_name(model), "module", model, last_linear(model))
    if model.startswith("timm/"):
        network = _timm(model[len("timm/") :], pretrained)
    elif model.startswith("hf/"):
        network = _hugging_face(model[len("hf/") :], pretrained)
    elif model.endswith((".pt", ".pth")):
        network = _saved(model)
    elif ":" in model and not hasattr(_torchvision_models(), model.split(":")[0]):
        network = _function(model)
    else:
        network = _torchvision(model, pretrained)
    network.name, network.source = name or default_name(model), model
    return network


def named(models: Any) -> dict[str, str | nn.Module]:
    """Several models by the names that files are to have: of one, a list, or such a mapping."""
    if isinstance(models, Mapping):
        return dict(models)
    result: dict[str, str | nn.Module] = {}
    for model in [models] if isinstance(models, (str, nn.Module)) else models:
        name = default_name(model)
        if name in result:
            raise ValueError(f"{result[name]} and {model} are both called {name}: give names, {{name: model, ...}}")
        result[name] = model
    return result


def default_name(model: str | nn.Module) -> str:
    """The name that files of a model are called by: resnet50 of resnet50:IMAGENET1K_V2 and of timm/resnet50."""
    if isinstance(model, nn.Module):
        return type(model).__name__
    if model.endswith((".pt", ".pth")):
        return os.path.splitext(os.path.basename(model))[0]
    if model.startswith(("timm/", "hf/")):
        return os.path.basename(model.rstrip("/"))
    first, _, second = model.partition(":")
    return second if second and not hasattr(_torchvision_models(), first) else first


def last_linear(module: nn.Module) -> str | None:
    """The name of the last linear layer; None where there is none."""
    names = [name for name, m in module.named_modules() if isinstance(m, nn.Linear)]
    return names[-1] if names else None


def _torchvision_models() -> Any:
    import torchvision

    return torchvision.models


def _torchvision(text: str, pretrained: bool) -> Network:
    """A model of torchvision, NAME or NAME:WEIGHTS, with the transform of its weights."""
    models = _torchvision_models()
    name, _, wanted = text.partition(":")
    if name not in models.list_models(module=models):
        raise ValueError(
            f"torchvision has no model {name!r}: timm/NAME and hf/NAME are those of other libraries, "
            "module:function is your own"
        )
    if not pretrained:
        module = models.get_model(name, weights=None)
        return Network(name, text, module, last_linear(module))
    known = models.get_model_weights(name)
    by_name = {w.name: w for w in known}
    if wanted and wanted not in by_name:
        raise ValueError(f"{name} has no weights {wanted!r}: there are {', '.join(by_name)}")
    chosen = by_name.get(wanted or "IMAGENET1K_V1", known.DEFAULT)
    preset = chosen.transforms()
    transform = {
        "resize": preset.resize_size[0],
        "interpolation": preset.interpolation.value,
        "crop": preset.crop_size[0],
        "mean": list(preset.mean),
        "std": list(preset.std),
    }
    module = models.get_model(name, weights=chosen)
    return Network(name, text, module, last_linear(module), transform)


def _timm(name: str, pretrained: bool) -> Network:
    """A model of timm, with the keys of its configuration that say how images become inputs."""
    import timm
    from timm.data import resolve_data_config

    module = timm.create_model(name, pretrained=pretrained)
    classifier = module.get_classifier()
    found = [n for n, m in module.named_modules() if m is classifier and isinstance(m, nn.Linear)]
    config = resolve_data_config({}, model=module)
    keys = ("input_size", "interpolation", "mean", "std", "crop_pct", "crop_mode")
    return Network(name, name, module, found[0] if found else None, {key: config[key] for key in keys if key in config})


def _hugging_face(name: str, pretrained: bool) -> Network:
    """A model of Hugging Face's hub or of a folder, with its image processor where it has one."""
    import transformers

    config = transformers.AutoConfig.from_pretrained(name)
    classifies = any("ForImageClassification" in a for a in config.architectures or [])
    kind = transformers.AutoModelForImageClassification if classifies else transformers.AutoModel
    module = kind.from_pretrained(name) if pretrained else kind.from_config(config)
    classifier = None
    if classifies:
        heads = [n for n, m in module.named_modules() if n.split(".")[0] == "classifier" and isinstance(m, nn.Linear)]
        classifier = heads[-1] if heads else None
    try:
        transform = transformers.AutoImageProcessor.from_pretrained(name).to_dict()
    except OSError:
        transform = None
    return Network(os.path.basename(name.rstrip("/")), name, module, classifier, transform)


def _function(text: str) -> Network:
    """What the function of module:function returns."""
    place, _, name = text.partition(":")
    made = getattr(importlib.import_module(place), name)()
    if not isinstance(made, nn.Module):
        raise TypeError(f"{text}() returns {type(made).__name__} and must return a torch.nn.Module")
    return Network(name, text, made, last_linear(made))


def _saved(path: str) -> Network:
    """A module that torch.save wrote whole: a state_dict says nothing of the network that it is for."""
    newer = {"weights_only": False} if torch.__version__ >= "2" else {}
    loaded = torch.load(path, map_location="cpu", **newer)
    if not isinstance(loaded, nn.Module) or isinstance(loaded, torch.jit.ScriptModule):
        raise TypeError(
            f"{path} holds {type(loaded).__name__} and must hold a torch.nn.Module: torch.save(model, path)"
        )
    return Network(os.path.splitext(os.path.basename(path))[0], path, loaded, last_linear(loaded))


def logits_of(output: Any) -> torch.Tensor:
    """The logits in what a network returns, N×Z; for one without a classifier, its vector of features."""
    for key in ("logits", "pooler_output", "image_embeds"):
        value = output.get(key) if isinstance(output, Mapping) else getattr(output, key, None)
        if isinstance(value, torch.Tensor):
            return value
    while isinstance(output, (tuple, list)):
        output = output[0]
    if not isinstance(output, torch.Tensor):
        raise TypeError(f"the network returns {type(output).__name__}, in which there are no logits")
    return output
