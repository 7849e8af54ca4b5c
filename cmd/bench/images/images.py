"""Makes images and a network, and extracts features with PyTorch: what the benchmark compares with.

images.py make FOLDER COUNT    writes COUNT JPEGs of about 500x375 and resnet50.onnx, with random weights
images.py run FOLDER           prints the seconds of a DataLoader (2 workers) with eager inference
"""

import pathlib
import sys
import time

import numpy as np
import torch
import torchvision
from PIL import Image
from torchvision import transforms


def photo(rng):
    """Smooth colours with edges and grain, as photographs have."""
    height, width = rng.integers(360, 391), rng.integers(480, 521)
    y, x = np.mgrid[:height, :width] / 40.0
    planes = [np.sin(x * a + b) * np.cos(y * c) + (x + y > 15 * d) for a, b, c, d in 3 * rng.random((3, 4))]
    return Image.fromarray((np.stack(planes, -1) * 60 + 100 + rng.normal(0, 8, (height, width, 3))).clip(0, 255).astype(np.uint8))


def network():
    torch.manual_seed(0)
    return torchvision.models.resnet50().eval()


def make(folder, count):
    rng = np.random.default_rng(0)
    for i in range(count):
        path = folder / "images" / f"class{i % 10}" / f"{i:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        photo(rng).save(path, quality=90)
    torch.onnx.export(network(), torch.zeros(1, 3, 224, 224), folder / "resnet50.onnx", opset_version=13,
                      input_names=["image"], output_names=["logits"], dynamic_axes={"image": {0: "n"}})


def run(folder):
    transform = transforms.Compose([
        transforms.Resize(224, transforms.InterpolationMode.BICUBIC), transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ])
    images = torchvision.datasets.ImageFolder(folder / "images", transform)
    net, features = network(), []
    net.fc.register_forward_hook(lambda layer, inputs, output: features.append(inputs[0]))
    start = time.perf_counter()
    with torch.inference_mode():
        for batch, _ in torch.utils.data.DataLoader(images, 8, num_workers=2):
            net(batch)
    print(time.perf_counter() - start)
    np.save(folder / "torch.npy", torch.cat(features).numpy())


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[2]), int(sys.argv[3])) if sys.argv[1] == "make" else run(pathlib.Path(sys.argv[2]))
