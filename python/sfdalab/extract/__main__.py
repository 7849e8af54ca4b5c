"""The command ``python -m sfdalab.extract``."""

from __future__ import annotations

import argparse
import sys

from sfdalab.extract.run import ExtractionError, extract
from sfdalab.program import ProgramError


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="python -m sfdalab.extract",
        description="Compute the features of images by PyTorch networks, in the files of the command sfdalab extract.",
        epilog="example: python -m sfdalab.extract --models resnet50 timm/vit_small_patch16_224 "
        "--dataset cars --root data/cars --split all --transform sfda -o features",
    )
    p.add_argument(
        "--models",
        nargs="+",
        required=True,
        metavar="MODEL",
        help="torchvision's names, timm/NAME, hf/NAME, module:function or file.pt; NAME=MODEL names the files",
    )
    p.add_argument("--images", help="a folder with a folder for each class, or a .csv, .parquet or .tar file")
    p.add_argument("--dataset", help='a dataset that "sfdalab datasets" lists')
    p.add_argument("--root", help="folder of --dataset")
    p.add_argument("--split", help="samples to take, such as train or train+test; all if not given")
    p.add_argument("--name", help="name of the dataset of --images")
    p.add_argument(
        "--transform", help="sfda, torchvision, logme or a file; what the network's library says if not given"
    )
    p.add_argument(
        "--layers", nargs="+", default=[], help="layers to take features from; what the classifier takes if not given"
    )
    p.add_argument(
        "--pool", default="", choices=["mean", "max", "cls"], help="make one row of the positions of a layer"
    )
    p.add_argument("--join", default="concat", choices=["concat", "mean"], help="how several layers become one row")
    p.add_argument("--device", help="cpu or cuda; cuda where there is one if not given")
    p.add_argument("--batch", type=int, default=32, help="images at once (default 32)")
    p.add_argument("--amp", action="store_true", help="compute in half precision")
    p.add_argument("--weights", default="pretrained", choices=["pretrained", "random"])
    p.add_argument("--skip-bad", action="store_true", help="leave out images that cannot be decoded")
    p.add_argument("--workers", type=int, default=0, help="threads that decode images; as many as cores if not given")
    p.add_argument("-o", "--output", required=True, help="folder to write to")
    return p


def main(arguments: list[str] | None = None) -> int:
    options = vars(parser().parse_args(arguments))
    named = [m.partition("=") if "=" in m else (None, "", m) for m in options.pop("models")]
    models = {name: model for name, _, model in named} if all(n for n, _, _ in named) else [m for _, _, m in named]
    try:
        extract(models, folder=options.pop("output"), **options)
    except (ExtractionError, ProgramError, ValueError, OSError) as error:
        print(f"sfdalab.extract: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
