"""Make the demo: seven small networks, 400 crops of photographs, and the accuracies that the
networks reach when they are fine-tuned on them.

    pip install torch scikit-learn pillow onnx, and pip install --no-deps scikit-image
    python3 train.py        writes to its own folder; takes a few minutes

The networks learn from images that this script draws, and from handwritten digits. None has
seen a photograph.
"""

import importlib.util
import pathlib

import numpy as np
import torch
from PIL import Image, ImageDraw
from sklearn.datasets import load_digits
from torch import nn

HERE = pathlib.Path(__file__).parent
PHOTOS = pathlib.Path(importlib.util.find_spec("skimage").origin).parent / "data"
CLASSES = {  # and the photograph of scikit-image that its crops are from
    "brick": "brick.png", "cat": "chelsea.png", "coffee": "coffee.png", "coins": "coins.png", "grass": "grass.png", "gravel": "gravel.png",
    "person": "astronaut.png", "retina": "retina.jpg", "rocket": "rocket.jpg", "stars": "hubble_deep_field.jpg",
}
SIDE = 48  # of the networks' inputs
TUNE, TEST = 40, 100  # crops of each class


def crops(photo, count, left, right, rng):
    """Cut squares at random places, scales and brightness between two fractions of a photograph's width."""
    x0, x1 = int(left * photo.width), int(right * photo.width)
    for _ in range(count):
        side = int(rng.integers(40, 80))
        x, y = rng.integers(x0, x1 - side), rng.integers(0, photo.height - side)
        crop = photo.crop((x, y, x + side, y + side)).resize((64, 64), Image.BICUBIC)
        yield crop.point(lambda v, a=rng.uniform(0.5, 1.5): v * a)


def photographs():
    """Write the crops to fine-tune on as JPEG, and return them and the test crops as tensors."""
    rng, sets = np.random.default_rng(0), ([], [], [], [])
    for number, (name, file) in enumerate(CLASSES.items()):
        photo = Image.open(PHOTOS / file).convert("L")
        photo.thumbnail((512, 512), Image.LANCZOS)
        folder = HERE / "photos" / name
        folder.mkdir(parents=True, exist_ok=True)
        for i, crop in enumerate(crops(photo, TUNE, 0, 0.6, rng)):
            crop.save(folder / f"{i:02}.jpg", quality=85)
            sets[0].append(read(Image.open(folder / f"{i:02}.jpg")))
            sets[1].append(number)
        for crop in crops(photo, TEST, 0.6, 1, rng):
            sets[2].append(read(crop))
            sets[3].append(number)
    return [torch.tensor(np.array(s)) for s in sets]


def read(image):
    """Make a network's input as transform.yaml says."""
    pixels = np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.BILINEAR), np.float32)
    return (pixels.transpose(2, 0, 1) / 255 - 0.5) / 0.5


def shape(number, pen, rng):
    """Draw one of 8 shapes: polygons of 3 to 6 corners, a disc, an arc, a bar, a cross."""
    x, y, r, turn = *rng.uniform(18, 30, 2), rng.uniform(8, 17), rng.uniform(0, 360)
    if number < 4:
        pen.regular_polygon((x, y, r), number + 3, rotation=int(turn), fill=230)
    elif number < 6:
        pen.pieslice((x - r, y - r, x + r, y + r), turn, turn + (360 if number == 4 else 180), fill=230)
    else:
        for angle in np.radians([turn, turn + 90][: number - 5]):
            dx, dy = r * np.cos(angle), r * np.sin(angle)
            pen.line((x - dx, y - dy, x + dx, y + dy), fill=230, width=5)


def texture(number, rng):
    """Return one of 8 textures: noise of four grains, stripes of three widths, checks."""
    y, x = np.mgrid[:SIDE, :SIDE]
    if number < 4:
        grain = 2**number
        small = rng.uniform(0, 255, (SIDE // grain + 2,) * 2).astype(np.uint8)
        return np.asarray(Image.fromarray(small).resize((SIDE, SIDE), Image.BICUBIC), float)
    period, turn = (4, 7, 12, 9)[number - 4] * rng.uniform(0.85, 1.15), rng.uniform(0, np.pi)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    wave = np.sin(2 * np.pi * u / period + rng.uniform(0, 6))
    if number == 7:
        wave *= np.sin(2 * np.pi * v / period + rng.uniform(0, 6))
    return 127 + 120 * wave


def drawn(task, count, seed):
    """Return drawn images with their classes: shapes on noise, or textures, of random contrast."""
    rng, images = np.random.default_rng(seed), []
    labels = rng.integers(8, size=count)
    for label in labels:
        if task == "shapes":
            image = Image.new("L", (SIDE, SIDE), 40)
            shape(int(label), ImageDraw.Draw(image), rng)
            pixels = np.asarray(image, float)
        else:
            pixels = texture(int(label), rng)
        pixels = rng.uniform(40, 200) + (pixels - 127) * rng.uniform(0.3, 1) + rng.normal(0, 12, (SIDE, SIDE))
        images.append(read(Image.fromarray(pixels.clip(0, 255).astype(np.uint8))))
    return torch.tensor(np.array(images)), torch.tensor(labels)


def digits():
    data = load_digits()
    return torch.tensor(np.array([read(Image.fromarray((p * 15).astype(np.uint8))) for p in data.images])), torch.tensor(data.target)


def network(width, classes):
    layers, before = [], 3
    for w in (width, 2 * width, 3 * width):
        layers += [nn.Conv2d(before, w, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(w), nn.ReLU()]
        before = w
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes))


def train(net, images, labels, epochs, rate, seed):
    torch.manual_seed(seed)
    optimizer = torch.optim.SGD(net.parameters(), rate, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    net.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(images[batch]), labels[batch]).backward()
            optimizer.step()
        schedule.step()
    return net.eval()


@torch.no_grad()
def accuracy(net, images, labels):
    return 100 * (net(images).argmax(1) == labels).double().mean().item()


NETWORKS = {  # width, what it learns from, epochs
    "textures": (16, "textures", 6), "textures-narrow": (6, "textures", 6), "textures-brief": (16, "textures", 1),
    "shapes": (16, "shapes", 6), "digits": (16, "digits", 10), "shuffled": (16, "shuffled", 6), "untrained": (16, "", 0),
}


def pretrain(width, task, epochs):
    torch.manual_seed(0)
    net = network(width, 10 if task == "digits" else 8)
    images, labels = digits() if task == "digits" else drawn("textures" if task != "shapes" else task, 3000, seed=1)
    if task == "shuffled":  # there is nothing to learn but by heart
        labels = labels[torch.randperm(len(labels))]
    return train(net, images, labels, epochs, 0.05, seed=0) if epochs else net.eval()


def main():
    torch.set_num_threads(1)
    tune, tune_labels, test, test_labels = photographs()
    rows = ["dataset,model,accuracy"]
    for name, (width, task, epochs) in NETWORKS.items():
        net = pretrain(width, task, epochs)
        torch.onnx.export(net, tune[:1], HERE / "networks" / f"{name}.onnx", input_names=["image"], output_names=["logits"],
                          dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}}, opset_version=13)
        state, results = {k: v.clone() for k, v in net.state_dict().items()}, []
        for seed in range(3):
            torch.manual_seed(seed)
            tuned = network(width, net[-1].out_features)
            tuned.load_state_dict(state)
            tuned[-1] = nn.Linear(net[-1].in_features, len(CLASSES))
            results.append(accuracy(train(tuned, tune, tune_labels, 10, 0.01, seed), test, test_labels))
        rows.append(f"photos,{name},{np.mean(results):.2f}")
        print(rows[-1], f"(seeds: {np.std(results, ddof=1):.2f})", flush=True)
    (HERE / "finetuned_accuracy.csv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    (HERE / "networks").mkdir(exist_ok=True)
    main()
