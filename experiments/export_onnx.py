"""Export the networks of the SFDA paper to ONNX, from the weights that its released code loads.

    python3 export_onnx.py onnx [CHECKPOINTS]

needs torch, torchvision and onnx. Weights that the folder CHECKPOINTS (default: checkpoints) lacks are downloaded, those of
torchvision with their hash checked; NAME.pth is a self-supervised ResNet-50, see docs/reproduce.md.
"""

import argparse
import pathlib
import re
import sys
import urllib.error

import torch
from torchvision import models

SUPERVISED = [  # the name of each file, which ends in the beginning of its SHA-256
    "resnet34-333f7ec4", "resnet50-19c8e357", "resnet101-5d3b4d8f", "resnet152-b121ed2d", "densenet121-a639ec97",
    "densenet169-b2777c0a", "densenet201-c1103571", "mnasnet1.0_top1_73.512-f206786ef8", "mobilenet_v2-b0353104",
    "googlenet-1378be20", "inception_v3_google-1a9a5a14",
]
RENAMED = {"mnasnet1.0_top1_73.512": "mnasnet1_0", "inception_v3_google": "inception_v3"}


def supervised(file, folder):
    state = torch.hub.load_state_dict_from_url(f"https://download.pytorch.org/models/{file}.pth", folder, "cpu", check_hash=True)
    name = file.rsplit("-", 1)[0]
    name = RENAMED.get(name, name)
    options = {"transform_input": True, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    network = getattr(models, name)(**options)
    for key in list(state):  # in place, as the dictionary knows versions; DenseNet's layers had other names
        state[re.sub(r"(denselayer\d+\.(?:norm|relu|conv))\.(\d)", r"\1\2", key)] = state.pop(key)
    network.load_state_dict(state)
    return name, network


def self_supervised(path):
    state = torch.load(path, map_location="cpu")
    state = next((state[k] for k in ("state_dict", "model", "resnet") if k in state), state)
    state = {re.sub(r"^(module\.)?(encoder_q\.|encoder\.)?", "", k): v for k, v in state.items()}
    network = models.resnet50()
    network.fc = torch.nn.Identity()
    network.load_state_dict({k: v for k, v in state.items() if k in network.state_dict()})  # all of it, without heads
    return path.stem, network


def export(name, network, folder, output):
    torch.onnx.export(network.eval(), torch.zeros(1, 3, 224, 224), folder / f"{name}.onnx", opset_version=13, input_names=["image"],
                      output_names=[output], dynamic_axes={"image": {0: "n"}, output: {0: "n"}})
    print(name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("onnx", type=pathlib.Path, help="folder to write to")
    parser.add_argument("checkpoints", type=pathlib.Path, nargs="?", default="checkpoints", help="folder of weights")
    args = parser.parse_args()
    onnx, checkpoints = args.onnx, args.checkpoints
    onnx.mkdir(parents=True, exist_ok=True)
    for file in SUPERVISED:
        try:
            export(*supervised(file, checkpoints), onnx, "logits")
        except urllib.error.URLError as error:
            sys.exit(f"{file}.pth cannot be downloaded ({error.reason}): save it in {checkpoints}, and run this again")
    for path in sorted(checkpoints.glob("*.pth")):
        if path.stem not in SUPERVISED:
            export(*self_supervised(path), onnx, "features")
