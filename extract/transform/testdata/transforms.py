"""Transform pictures with Pillow and torchvision.

usage: transforms.py FOLDER

FOLDER gets the pictures as N.rgb (width and height as 32-bit numbers, then the pixels), resized ones as
N.WIDTHxHEIGHT.FILTER.rgb, and the float32 inputs as N.TRANSFORM.f32. Transforms that are not torchvision's are
written out here as timm 1.0.9 and transformers 4.44 compute them.
"""
import math
import os
import struct
import sys

import numpy as np
import torch
from PIL import Image
from torchvision import transforms as T
from torchvision.transforms import functional as F

folder = sys.argv[1]
MODES = {"box": T.InterpolationMode.BOX, "bilinear": T.InterpolationMode.BILINEAR,
         "bicubic": T.InterpolationMode.BICUBIC, "lanczos": T.InterpolationMode.LANCZOS}
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
tensor = [T.ToTensor(), T.Normalize(MEAN, STD)]


def keep_ratio(size, longest, mode):
    """timm's ResizeKeepRatio"""
    def resize(image):
        h, w = image.size[1], image.size[0]
        ratios = h / size[0], w / size[1]
        ratio = max(ratios) * longest + min(ratios) * (1.0 - longest)
        return F.resize(image, [round(h * 1.0 / ratio), round(w * 1.0 / ratio)], MODES[mode])
    return resize


def crop_or_pad(size, fill):
    """timm's CenterCropOrPad"""
    def crop(image):
        w, h = image.size
        left, top = max(size[1] - w, 0), max(size[0] - h, 0)
        image = F.pad(image, [left // 2, top // 2, (left + 1) // 2, (top + 1) // 2], fill=tuple(fill))
        w, h = image.size
        return F.crop(image, int(round((h - size[0]) / 2.0)), int(round((w - size[1]) / 2.0)), *size)
    return crop


def hugging_face(resize, crop, mean, std, factor=1 / 255):
    def process(image):
        image = np.array(resize(image))
        if crop:
            h, w = image.shape[:2]
            top, left = (h - crop[0]) // 2, (w - crop[1]) // 2
            H, W = max(crop[0], h), max(crop[1], w)
            canvas = np.zeros((H, W, 3), np.uint8)
            dy, dx = math.ceil((H - h) / 2), math.ceil((W - w) / 2)
            canvas[dy:dy + h, dx:dx + w] = image
            top, left = top + dy, left + dx
            image = canvas[max(0, top):min(H, top + crop[0]), max(0, left):min(W, left + crop[1])]
        image = (image.astype(np.float64) * factor).astype(np.float32)
        if mean:
            image = (image - np.array(mean, np.float32)) / np.array(std, np.float32)
        return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
    return process


HALF = [0.5, 0.5, 0.5]
TRANSFORMS = {
    "sfda": T.Compose([T.Resize(224, MODES["bicubic"]), T.CenterCrop(224)] + tensor),
    "torchvision": T.Compose([T.Resize(256), T.CenterCrop(224)] + tensor),
    "logme": T.Compose([T.Resize((224, 224))] + tensor),
    "yaml": T.Compose([T.Resize((90, 120), MODES["lanczos"]), T.CenterCrop((100, 111))] + tensor),
    "crop_only": T.Compose([T.CenterCrop(75)] + tensor),
    "timm_center": T.Compose([T.Resize(math.floor(224 / 0.9), MODES["bicubic"]), T.CenterCrop(224),
                              T.ToTensor(), T.Normalize(HALF, HALF)]),
    "timm_squash": T.Compose([T.Resize((101, 101), MODES["bicubic"]), T.CenterCrop(96)] + tensor),
    "timm_border": T.Compose([keep_ratio((101, 101), 1.0, "bicubic"),
                              crop_or_pad((96, 96), [round(255 * m) for m in MEAN])] + tensor),
    "timm_oblong": T.Compose([keep_ratio((math.floor(96 / 0.875), math.floor(128 / 0.875)), 0.0, "bilinear"),
                              T.CenterCrop((96, 128))] + tensor),
    "vit": hugging_face(T.Resize((224, 224)), None, HALF, HALF),
    "clip": hugging_face(T.Resize(97, MODES["bicubic"]), (96, 96), MEAN, STD),
    "convnext": hugging_face(T.Resize(int(96 / 0.875), MODES["bicubic"]), (96, 96), MEAN, STD),
    "convnext384": hugging_face(T.Resize((384, 384), MODES["bicubic"]), (384, 384), MEAN, STD),
    "raw": hugging_face(T.Resize(40), (50, 50), None, None, 1),
}

SIZES = [(1, 1), (2, 3), (7, 5), (40, 300), (300, 41), (96, 96), (223, 224), (224, 224), (225, 227), (256, 384),
         (500, 375), (333, 500)]
for n, (width, height) in enumerate(SIZES):
    samples = (np.arange(3 * width * height, dtype=np.uint64) * 2654435761 + n) % 2**32 >> 24
    picture = Image.frombytes("RGB", (width, height), samples.astype(np.uint8).tobytes())
    if n % 2:  # hard edges bring out what bicubic and lanczos cut off
        picture = picture.convert("1").convert("RGB")

    def write(name, data):
        with open(os.path.join(folder, f"{n}.{name}"), "wb") as f:
            f.write(data)

    def pixels(image):
        return struct.pack("<II", *image.size) + image.tobytes()
    write("rgb", pixels(picture))
    for name in MODES:
        filter = getattr(Image, name.upper())
        for w, h in [(1, 1), (5, 300), (97, 61), (224, 224), (width, 50), (64, height)]:
            write(f"{w}x{h}.{name}.rgb", pixels(picture.resize((w, h), filter)))
    for name, transform in TRANSFORMS.items():
        write(f"{name}.f32", transform(picture).contiguous().numpy().astype("<f4").tobytes())
