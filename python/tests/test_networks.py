"""Networks of torchvision, timm and Hugging Face, with random weights."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: apt install python3-torch python3-torchvision")
pytest.importorskip("torchvision", reason="torchvision is not installed: apt install python3-torchvision")

from nets import photos, small  # noqa: E402

import sfdalab  # noqa: E402
from sfdalab.extract.taps import Taps  # noqa: E402
from sfdalab.networks import load, named  # noqa: E402


def compute(network, size=224):
    torch.manual_seed(0)
    with Taps(network, "cpu") as taps:
        return taps.compute(torch.rand(2, 3, size, size))


@pytest.mark.parametrize(
    ("name", "classifier", "columns"),
    [
        ("resnet18", "fc", 512),
        ("mobilenet_v2", "classifier.1", 1280),
        ("densenet121", "classifier", 1024),
        ("squeezenet1_1", None, 1000),
    ],
)
def test_torchvision(name, classifier, columns):
    network = load(name, weights="random")
    assert network.classifier == classifier
    features, logits = compute(network)
    assert features.shape == (2, columns)
    assert (logits is None) == (classifier is None)


def test_names():
    models = ["resnet50:IMAGENET1K_V2", "timm/resnet18", "hf/google/vit-base-patch16-224", "nets:small", "a/b.pt"]
    assert list(named(models)) == ["resnet50", "resnet18", "vit-base-patch16-224", "small", "b"]


def test_auxiliary_classifiers():
    """Those of GoogLeNet and Inception give no features, and are not fine-tuned."""
    from torchvision.models import googlenet

    from sfdalab.finetune.heads import choose, replace_classifier

    module = googlenet(weights=None, aux_logits=True, init_weights=False)
    network = load(module)
    assert network.classifier == "fc"
    features, logits = compute(network)
    assert features.shape == (2, 1024)
    assert logits.shape == (2, 1000)
    choose(network, replace_classifier(network, 5), "all")
    assert module.train()(torch.rand(2, 3, 96, 96)).shape == (2, 5)


@pytest.mark.parametrize(
    ("name", "columns"),
    [("vit_tiny_patch16_224", 192), ("resnet18", 512), ("deit_tiny_distilled_patch16_224", 192)],
)
def test_timm(name, columns):
    timm = pytest.importorskip("timm", reason="timm is not installed: make packages installs it")
    network = load(f"timm/{name}", weights="random")
    assert network.name == name
    assert network.transform["input_size"] == (3, 224, 224)
    features, logits = compute(network)
    assert features.shape == (2, columns)
    torch.manual_seed(0)
    images, module = torch.rand(2, 3, 224, 224), network.module.eval()
    with torch.no_grad():
        wanted = module.forward_head(module.forward_features(images), pre_logits=True)
        np.testing.assert_allclose(features, wanted.numpy(), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(logits, module(images).numpy(), rtol=1e-4, atol=1e-5)
    assert timm


def hugging_face(folder, kind):
    """Write the configuration of a small network, as a hub has it."""
    transformers = pytest.importorskip(
        "transformers", reason="transformers is not installed: make packages installs it"
    )
    if kind == "vit":
        config = transformers.ViTConfig(
            hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, image_size=32,
            patch_size=8, num_labels=7, architectures=["ViTForImageClassification"],
        )  # fmt: skip
        processor = transformers.ViTImageProcessor(size={"height": 32, "width": 32})
    else:
        config = transformers.ResNetConfig(
            embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], num_labels=7, architectures=["ResNetModel"]
        )
        processor = transformers.ConvNextImageProcessor(size={"shortest_edge": 32})
    config.save_pretrained(folder)
    processor.save_pretrained(folder)
    return f"hf/{folder}"


@pytest.mark.usefixtures("program")
def test_hugging_face(tmp_path):
    network = load(hugging_face(tmp_path / "tiny-vit", "vit"), weights="random")
    assert network.classifier == "classifier"
    assert network.name == "tiny-vit"
    features, logits = compute(network, 32)
    assert features.shape == (2, 32)
    assert logits.shape == (2, 7)
    x = sfdalab.extract(f"hf/{tmp_path / 'tiny-vit'}", images=photos(tmp_path / "photos"), weights="random")
    assert x.features["tiny-vit"].shape == (30, 32)  # by the processor of its folder


def test_hugging_face_without_a_classifier(tmp_path):
    network = load(hugging_face(tmp_path / "backbone", "resnet"), weights="random")
    features, logits = compute(network, 32)
    assert features.shape == (2, 16)
    assert logits is None


def test_own_networks(tmp_path):
    assert load("nets:small").name == "small"
    torch.save(small(), tmp_path / "mine.pt")
    network = load(str(tmp_path / "mine.pt"))
    assert network.name == "mine"
    assert network.sha256() == load("nets:small").sha256()
    assert network.sha256() != load("nets:wide").sha256()


def test_names_that_are_wrong():
    with pytest.raises(ValueError, match="torchvision has no model 'resnet19'"):
        load("resnet19")
    with pytest.raises(ValueError, match="no weights 'IMAGENET1K_V9': there are IMAGENET1K_V1, IMAGENET1K_V2"):
        load("resnet50:IMAGENET1K_V9")
    with pytest.raises(ValueError, match="are both called small"):
        named(["nets:small", "nets:small"])


def test_transforms_of_libraries_are_read(program, tmp_path):
    """What a library says of its weights is what the program reads."""
    import subprocess

    from torchvision.models import get_model_weights

    from sfdalab.extract.sources import _transform_file

    preset = get_model_weights("resnet50").IMAGENET1K_V2.transforms()
    assert preset.resize_size == [232]
    described = {"resize": 232, "interpolation": "bilinear", "crop": 224, "mean": preset.mean, "std": preset.std}
    images = photos(tmp_path / "photos", 4)
    path = _transform_file(described, str(tmp_path))
    printed = subprocess.run(
        [program, "inputs", "--images", images, "--transform", path, "--skip", "9"], capture_output=True, check=True
    )
    assert json.loads(printed.stdout)["transform"].startswith("resize the shorter side to 232 (bilinear), crop 224×224")
