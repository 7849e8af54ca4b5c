"""Small networks of the tests, and images to show them."""

import numpy as np
import torch
from PIL import Image
from torch import nn


def small(seed=0, width=8):
    """A convolutional network for images of any size."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, width, 3, stride=4, padding=1),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.Conv2d(width, 2 * width, 3, stride=4, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(2 * width, 10),
    )


def wide():
    return small(1, 16)


class Patches(nn.Module):
    """A small vision transformer for images of 32×32 pixels or more."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(2)
        self.embed = nn.Conv2d(3, 16, 8, stride=8)
        self.blocks = nn.ModuleList(nn.TransformerEncoderLayer(16, 2, 32, 0.1, batch_first=True) for _ in range(2))
        self.norm = nn.LayerNorm(16)
        self.head = nn.Linear(16, 10)

    def forward(self, images):
        tokens = self.embed(images).flatten(2).transpose(1, 2)
        for block in self.blocks:
            tokens = block(tokens)
        return self.head(self.norm(tokens).mean(dim=1))


def photos(folder, count=30, classes=("cat", "dog", "Emu"), size=(50, 40)):
    """Write images of different colours, a folder for each class; PNG, so that all decoders agree."""
    random = np.random.RandomState(0)
    for i in range(count):
        k = i % len(classes)
        pixels = random.randint(0, 120, (size[1], size[0], 3)) + 45 * np.eye(3, dtype=int)[k % 3]
        path = folder / classes[k] / f"{i:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    return folder
