"""Writes networks as ONNX, and prints of each its name and how many parameters PyTorch counts.

    torch_sizes.py FOLDER
"""
import os
import sys
import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")
torch.manual_seed(0)


class Attention(nn.Module):
    """Patches that attend to each other, and a classifier."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 8, stride=8)
        self.position = nn.Parameter(torch.zeros(1, 9, 8))
        self.norm = nn.LayerNorm(8)
        self.qkv = nn.Linear(8, 24)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.norm(self.patches(x).flatten(2).transpose(1, 2) + self.position)
        q, k, v = self.qkv(x).chunk(3, -1)
        x = x + (q @ k.transpose(1, 2)).softmax(-1) @ v
        return self.head(x.mean(1))


convolutions = nn.Sequential(
    nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
    nn.Conv2d(8, 16, 3, padding=1, groups=4), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 5))
for name, model, mode in [
    ("folded", convolutions, torch.onnx.TrainingMode.EVAL),
    ("unfolded", convolutions, torch.onnx.TrainingMode.PRESERVE),
    ("attention", Attention(), torch.onnx.TrainingMode.EVAL),
]:
    for p in model.parameters():
        nn.init.normal_(p)  # equal values would share an initializer
    dynamic = {} if name == "attention" else {"image": {0: "n", 2: "h", 3: "w"}}
    torch.onnx.export(model.eval(), torch.zeros(1, 3, 24, 24), os.path.join(sys.argv[1], name + ".onnx"), opset_version=13,
                      input_names=["image"], output_names=["logits"], dynamic_axes=dynamic, training=mode,
                      do_constant_folding=mode == torch.onnx.TrainingMode.EVAL)
    print(name, sum(p.numel() for p in model.parameters()))
