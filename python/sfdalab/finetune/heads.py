"""What of a network is trained: a new classifier, its last block, or all."""

from __future__ import annotations

import torch
from torch import nn

from sfdalab.networks import Network


def replace_classifier(network: Network, classes: int) -> nn.Module:
    """Give a network a new linear classifier, with PyTorch's random weights, and return it.

    Auxiliary classifiers, such as those of Inception, are left out.
    """
    module = network.module
    for name in ("AuxLogits", "aux1", "aux2"):
        if hasattr(module, name):
            module.aux_logits = False
            setattr(module, name, None)
    if network.classifier is None:
        if not hasattr(module, "reset_classifier"):
            raise ValueError(f"{network.source} has no linear classifier to put a new one in the place of")
        module.reset_classifier(classes)
        return nn.ModuleList(h for h in _all(module.get_classifier()) if isinstance(h, nn.Module))
    parent, _, name = network.classifier.rpartition(".")
    old = module.get_submodule(network.classifier)
    assert isinstance(old, nn.Linear)
    new = nn.Linear(old.in_features, classes)
    setattr(module.get_submodule(parent), name, new)
    return new


def _all(found: object) -> tuple[object, ...]:
    return tuple(found) if isinstance(found, (tuple, list)) else (found,)


def last_block(module: nn.Module, classifier: nn.Module) -> list[nn.Module]:
    """The last block of a network, and the normalizations between it and the classifier.

    From the whole network on, the last part with weights is taken, again and again, as
    long as it holds nearly all of them (nine tenths): so it is layer4 of a ResNet,
    denseblock4 of a DenseNet and the last encoder layer of a vision transformer.
    """
    whole = _weights(module, classifier)
    found: list[nn.Module] = []
    while True:
        last = None
        for child in reversed(list(module.children())):
            if child is classifier or (classifier in list(child.modules()) and _weights(child, classifier) == 0):
                continue
            if _weights(child, classifier) > 0:
                last = child
                break
            if any(True for _ in child.parameters()):
                found.append(child)
        if last is None:
            return [*found, module]
        if _weights(last, classifier) < 0.9 * whole:
            return [*found, last]
        module = last


def _weights(module: nn.Module, classifier: nn.Module) -> int:
    """The number of a module's weights, without biases, normalizations and the classifier."""
    left_out = {id(p) for p in classifier.parameters()}
    return sum(p.numel() for p in module.parameters() if p.ndim > 1 and id(p) not in left_out)


def choose(network: Network, classifier: nn.Module, layers: str) -> list[nn.Module]:
    """Freeze what is not trained, and return the modules that are.

    Frozen modules compute as in evaluation: their normalizations and dropout stay still.
    """
    if layers == "all":
        trained = [network.module]
    elif layers == "last-block":
        trained = [*last_block(network.module, classifier), classifier]
    else:
        trained = [classifier]
    for p in network.module.parameters():
        p.requires_grad_(False)
    for module in trained:
        for p in module.parameters():
            p.requires_grad_(True)
    return trained


def training_mode(network: Network, trained: list[nn.Module]) -> None:
    """Have the modules that are trained compute as in training, and all others as in evaluation."""
    network.module.eval()
    for module in trained:
        module.train()


def parameters(trained: list[nn.Module]) -> list[torch.nn.Parameter]:
    """Each parameter of some modules once."""
    return list({id(p): p for module in trained for p in module.parameters() if p.requires_grad}.values())
