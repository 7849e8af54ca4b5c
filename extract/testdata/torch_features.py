"""Writes images, networks as ONNX, and the features that PyTorch and torchvision compute of them.

    torch_features.py FOLDER [MODEL...]
"""
import os
import sys

import numpy as np
import torch
import torchvision
from PIL import Image
from torchvision import transforms

torch.manual_seed(0)
torch.set_num_threads(1)
root = sys.argv[1]


def photo(height, width, seed):
    """Smooth colours with edges and grain, as photographs have."""
    r = np.random.RandomState(seed)
    y, x = np.mgrid[:height, :width] / 40.0
    planes = [np.sin(x * r.rand() * 3 + r.rand()) * np.cos(y * r.rand() * 3) + (x + y > r.rand() * 15) for _ in range(3)]
    planes = np.stack(planes, -1) * 60 + 100 + r.randn(height, width, 3) * 12
    return Image.fromarray(planes.clip(0, 255).astype(np.uint8))


sizes = [(375, 500), (200, 180), (640, 301)]
for kind, save in [("png", {}), ("jpg", {"quality": 90}), ("jpg", {"quality": 75, "subsampling": 2, "progressive": True})]:
    for i, (height, width) in enumerate(sizes):
        folder = os.path.join(root, "lossless" if kind == "png" else "lossy", "class%d" % (i % 2))
        os.makedirs(folder, exist_ok=True)
        photo(height, width, i).save(os.path.join(folder, "%d%s.%s" % (i, "p" if "progressive" in save else "", kind)), **save)


class Tiny(torchvision.models.VisionTransformer):
    def __init__(self):
        super().__init__(image_size=224, patch_size=32, num_layers=2, num_heads=4, hidden_dim=64, mlp_dim=128)
        torch.nn.init.normal_(self.heads.head.weight)  # it is zero at first


makers = {
    "resnet18": (torchvision.models.resnet18, lambda m: m.fc),
    "mobilenet_v2": (torchvision.models.mobilenet_v2, lambda m: m.classifier[-1]),
    "densenet121": (torchvision.models.densenet121, lambda m: m.classifier),
    "resnet50": (torchvision.models.resnet50, lambda m: m.fc),
    "vit": (Tiny, lambda m: m.heads.head),
}
transform = transforms.Compose([
    transforms.Resize(224, interpolation=transforms.InterpolationMode.BICUBIC),
    transforms.CenterCrop(224),
    transforms.ToTensor(),
    transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
])
for name in sys.argv[2:]:
    make, head = makers[name]
    model = make().eval()
    dynamic = {"image": {0: "n"}}
    if name == "vit":
        dynamic = {}  # PyTorch 1.13 exports it for one batch size
    torch.onnx.export(model, torch.zeros(1, 3, 224, 224), os.path.join(root, name + ".onnx"), opset_version=14,
                      input_names=["image"], output_names=["logits"], dynamic_axes=dynamic)
    found = []
    head(model).register_forward_hook(lambda module, inputs, output: found.append((inputs[0].numpy(), output.numpy())))
    for kind in ["lossless", "lossy"]:
        images = torchvision.datasets.ImageFolder(os.path.join(root, kind), transform)
        with torch.no_grad():
            for image, _ in images:
                model(image[None])
        np.save(os.path.join(root, "%s_%s_feature.npy" % (name, kind)), np.concatenate([f for f, _ in found]))
        np.save(os.path.join(root, "%s_%s_output.npy" % (name, kind)), np.concatenate([o for _, o in found]))
        found.clear()
