"""Export the vision transformers that EMMS ranks to ONNX, from the checkpoints of their authors.

    python3 export_vit.py onnx CHECKPOINTS [PVT]

needs torch, onnx and timm. CHECKPOINTS holds NAME.pth for each network; PVT, for the networks pvt_*, is the folder
"classification" of the code whai362/PVT. docs/reproduce.md says where all are to be had. Each network ends at its features.
"""

import argparse
import importlib
import pathlib
import sys

import timm
import torch

TIMM = {
    "deit_tiny": ("deit_tiny_patch16_224", {}),
    "deit_small": ("deit_small_patch16_224", {}),
    "deit_base": ("deit_base_patch16_224", {}),
    "dino_small": ("vit_small_patch16_224", {}),
    "mocov3_small": ("vit_small_patch16_224", {"num_heads": 12}),  # twice as many as others of this size
    "pvtv2_b2": ("pvt_v2_b2", {}),
    "swin_t": ("swin_tiny_patch4_window7_224", {}),
}


def load(name, path):
    if name in TIMM:
        architecture, options = TIMM[name]
        network = timm.create_model(architecture, num_classes=0, **options)
        rename = importlib.import_module(type(network).__module__).checkpoint_filter_fn
    else:
        network, rename = getattr(importlib.import_module("pvt"), name)(), lambda state, network: state
        network.head = torch.nn.Identity()
    state = torch.load(path, map_location="cpu")
    state = next((state[k] for k in ("state_dict", "model") if k in state), state)
    state = rename({k.removeprefix("module.base_encoder."): v for k, v in state.items()}, network)
    network.load_state_dict({k: v for k, v in state.items() if k in network.state_dict()})  # all of it, without heads
    return network.eval()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("onnx", type=pathlib.Path, help="folder to write to")
    parser.add_argument("checkpoints", type=pathlib.Path, help="folder of weights")
    parser.add_argument("pvt", nargs="*", help="folder of the code of PVT")
    args = parser.parse_args()
    onnx, checkpoints = args.onnx, args.checkpoints
    sys.path += args.pvt
    onnx.mkdir(parents=True, exist_ok=True)
    for path in sorted(checkpoints.glob("*.pth")):
        torch.onnx.export(load(path.stem, path), torch.zeros(1, 3, 224, 224), onnx / f"{path.stem}.onnx", opset_version=14,
                          input_names=["image"], output_names=["features"], dynamic_axes={"image": {0: "n"}, "features": {0: "n"}})
        print(path.stem)
