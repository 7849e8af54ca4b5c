"""Features of PyTorch networks."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import sfdalab

torch = pytest.importorskip("torch", reason="PyTorch is not installed: apt install python3-torch python3-torchvision")
pytest.importorskip("torchvision", reason="torchvision is not installed: apt install python3-torchvision")

from nets import Patches, photos, small  # noqa: E402

from sfdalab.extract.run import ExtractionError  # noqa: E402

pytestmark = pytest.mark.usefixtures("program")
ROOT = Path(__file__).resolve().parents[2]
TINY = "resize: 36\ninterpolation: bilinear\ncrop: 32\nmean: [0.485, 0.456, 0.406]\nstd: [0.229, 0.224, 0.225]\n"


@pytest.fixture
def images(tmp_path):
    return photos(tmp_path / "photos")


@pytest.fixture
def tiny(tmp_path):
    """A transform to 32×32 pixels, so that tests are quick."""
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)
    return str(path)


def distance(a, b):
    return np.linalg.norm(a - b, axis=1) / np.linalg.norm(a, axis=1)


def test_equals_the_command(program, images, tiny, tmp_path):
    """The same exported network, in torch and in the program: labels and samples byte for byte, numbers to 1e-3."""
    library = next(ROOT.glob("bin/venv/lib/python*/site-packages/onnxruntime/capi/libonnxruntime.so*"), None)
    if library is None:
        pytest.skip("ONNX Runtime is not installed: make packages installs it")
    network = small().eval()
    torch.onnx.export(
        network,
        torch.zeros(1, 3, 32, 32),
        str(tmp_path / "net.onnx"),
        opset_version=14,
        input_names=["image"],
        dynamic_axes={"image": {0: "n"}},
    )
    command = [program, "extract", "--networks", tmp_path / "net.onnx", "--images", images, "--transform", tiny]
    subprocess.run([*command, "--onnxruntime", library, "-o", tmp_path / "go"], check=True, capture_output=True)
    sfdalab.extract({"net": network}, images=images, transform=tiny, folder=tmp_path / "torch")
    assert sorted(os.listdir(tmp_path / "go")) == sorted(os.listdir(tmp_path / "torch"))
    for name in ("photos_label.npy", "photos_samples.csv"):
        assert (tmp_path / "go" / name).read_bytes() == (tmp_path / "torch" / name).read_bytes()
    for name in ("net_photos_feature.npy", "net_photos_output.npy"):
        go, ours = np.load(tmp_path / "go" / name), np.load(tmp_path / "torch" / name)
        assert go.shape == ours.shape
        assert go.dtype == ours.dtype == np.float32
        assert distance(go, ours).max() < 1e-3
    go, ours = (json.loads((tmp_path / f / "net_photos.json").read_text()) for f in ("go", "torch"))
    told_by_runtime = {"computing", "size"}  # the seconds and the sizes that ONNX Runtime's graph tells
    assert set(go) - told_by_runtime <= set(ours)
    assert set(go["inputs"]) <= set(ours["inputs"])
    for key in ("transform", "decoder", "resizer", "images"):
        assert go["inputs"][key] == ours["inputs"][key]
    for file in ours["files"]:
        assert hashlib.sha256((tmp_path / "torch" / file["name"]).read_bytes()).hexdigest() == file["sha256"]


def test_five_lines(images, tiny):
    x = sfdalab.extract({"a": small(0), "b": small(1)}, images=images, transform=tiny)
    assert x.features["a"].shape == (30, 16)
    assert x.outputs["b"].shape == (30, 10)
    assert [row[1] for row in x.samples[:2]] == ["Emu", "Emu"]  # as ImageFolder sorts
    rows = sfdalab.rank(x.features, x.labels, outputs=x.outputs, metrics=["logme", "leep"], subsets=0)
    assert {row["model"] for row in rows} == {"a", "b"}


def test_features_are_what_the_classifier_takes(images, tiny):
    network = small().train()
    x = sfdalab.extract({"net": network}, images=images, transform=tiny)
    with torch.no_grad():
        logits = network[-1](torch.from_numpy(x.features["net"])).numpy()
    np.testing.assert_allclose(logits, x.outputs["net"], rtol=1e-5, atol=1e-6)
    assert network.training, "a module that is lent stays as it was"


def test_last_batch_does_not_differ(images, tiny):
    """An image's features do not depend on how many others come with it."""
    all_of_them = sfdalab.extract({"net": small()}, images=images, transform=tiny, batch=8)
    table = images.parent / "few.csv"
    table.write_text("path,class\n" + "".join(f"photos/{p},{c}\n" for p, c, _ in all_of_them.samples[:13]))
    few = sfdalab.extract({"net": small()}, images=table, transform=tiny, batch=8)
    assert np.array_equal(few.features["net"], all_of_them.features["net"][:13])


def test_layers(images, tiny):
    network = Patches()
    one = sfdalab.extract({"n": network}, images=images, transform=tiny, layers="blocks.0", pool="mean").features["n"]
    two = sfdalab.extract({"n": network}, images=images, transform=tiny, layers="blocks.1", pool="mean").features["n"]
    names = ["blocks.0", "blocks.1"]
    both = sfdalab.extract({"n": network}, images=images, transform=tiny, layers=names, pool="mean").features["n"]
    mean = sfdalab.extract({"n": network}, images=images, transform=tiny, layers=names, pool="mean", join="mean")
    assert np.array_equal(both, np.hstack([one, two]))
    np.testing.assert_allclose(mean.features["n"], (one + two) / 2, rtol=1e-6)
    assert mean.outputs["n"].shape == (30, 10)
    with pytest.raises(ExtractionError, match="pool makes one row"):
        sfdalab.extract({"n": network}, images=images, transform=tiny, layers="blocks.0")
    with pytest.raises(ExtractionError, match="no layer 'block'"):
        sfdalab.extract({"n": network}, images=images, transform=tiny, layers="block")


def test_amp_is_close(images, tiny):
    full = sfdalab.extract({"n": small()}, images=images, transform=tiny).features["n"]
    half = sfdalab.extract({"n": small()}, images=images, transform=tiny, amp=True).features["n"]
    assert 0 < distance(full, half).max() < 0.03


def test_loader(images):
    from torchvision import datasets, transforms

    folder = datasets.ImageFolder(images, transforms.Compose([transforms.Resize((32, 32)), transforms.ToTensor()]))
    x = sfdalab.extract({"n": small()}, folder, name="mine")
    assert x.labels.tolist() == [label for _, label in folder.samples]
    assert x.samples[0] == ("Emu/002.png", "Emu", "")
    loader = torch.utils.data.DataLoader(folder, batch_size=7)
    assert np.array_equal(x.features["n"], sfdalab.extract({"n": small()}, loader).features["n"])
    with pytest.raises(ValueError, match="shuffles"):
        sfdalab.extract({"n": small()}, torch.utils.data.DataLoader(folder, shuffle=True))


def test_is_there_already(images, tiny, tmp_path, capsys):
    first = sfdalab.extract({"n": small()}, images=images, transform=tiny, folder=tmp_path / "out")
    before = (tmp_path / "out" / "n_photos.json").read_bytes()
    again = sfdalab.extract({"n": small()}, images=images, transform=tiny, folder=tmp_path / "out")
    assert "n: the features are there already" in capsys.readouterr().err
    assert np.array_equal(first.features["n"], again.features["n"])
    assert first.samples == again.samples
    assert (tmp_path / "out" / "n_photos.json").read_bytes() == before
    with pytest.raises(ExtractionError, match="made with other network"):
        sfdalab.extract({"n": small(5)}, images=images, transform=tiny, folder=tmp_path / "out")


def test_bad_images(images, tiny, tmp_path):
    (images / "cat" / "000.png").write_bytes(b"no image")
    with pytest.raises(ExtractionError, match=r"cat/000.png: .*skip_bad"):
        sfdalab.extract({"n": small()}, images=images, transform=tiny)
    x = sfdalab.extract({"n": small()}, images=images, transform=tiny, skip_bad=True, folder=tmp_path / "out")
    assert len(x.labels) == len(x.samples) == len(x.features["n"]) == 29


def test_one_failure_costs_no_other(images, tiny):
    broken = small(3)
    broken[-1].weight.data.fill_(float("nan"))
    broken[0].weight.data.fill_(float("nan"))
    with pytest.raises(ExtractionError, match="not finite") as caught:
        sfdalab.extract({"broken": broken, "sound": small()}, images=images, transform=tiny)
    assert set(caught.value.extraction.features) == {"sound"}
    with pytest.raises(ExtractionError, match="resnet19: torchvision has no model") as caught:
        sfdalab.extract(["resnet19", "nets:small"], images=images, transform=tiny)
    assert set(caught.value.extraction.features) == {"small"}


def test_wrong_words_of_the_program(images, tmp_path):
    with pytest.raises(ExtractionError, match='unknown transform "sdfa"'):
        sfdalab.extract({"n": small()}, images=images, transform="sdfa")
    with pytest.raises(ExtractionError, match="does not exist"):
        sfdalab.extract({"n": small()}, images=tmp_path / "none")


def test_program_that_ends_within_an_image(images, monkeypatch, tmp_path):
    """What it says of its end is the error, and not that pixels are missing."""
    sample = {"path": "a.png", "class": 0, "split": "", "sha256": "0"}
    listing = {"dataset": "d", "split": "", "classes": ["a"], "notes": None, "samples": [sample]}
    listing |= {"height": 8, "width": 8, "transform": "t", "decoder": 1, "resizer": 1}
    program = tmp_path / "program"
    lines = [
        "#!/bin/sh",
        f"echo '{json.dumps(listing)}'",
        "echo '{}'",
        "echo half",
        "echo 'sfdalab: no memory' >&2",
        "exit 1",
    ]
    program.write_text("\n".join(lines))
    program.chmod(0o755)
    monkeypatch.setenv("SFDALAB_PROGRAM", str(program))
    with pytest.raises(ExtractionError, match="no memory"):
        sfdalab.extract(small(), images=images)


def test_killed_and_resumed(tmp_path):
    """What was killed goes on where it stopped, with the same bytes as what was not."""
    images = photos(tmp_path / "photos", 700, size=(20, 20))
    (tmp_path / "tiny.yaml").write_text(TINY)

    def command(out):
        return [sys.executable, "-m", "sfdalab.extract", "--models", "net=nets:small", "--images", images,
                "--transform", tmp_path / "tiny.yaml", "--device", "cpu", "-o", tmp_path / out]  # fmt: skip

    python = os.pathsep.join([str(ROOT / "python"), str(ROOT / "python" / "tests")])
    environment = {**os.environ, "PYTHONPATH": python}
    subprocess.run(command("whole"), env=environment, check=True, capture_output=True)
    process = subprocess.Popen(command("killed"), env=environment, stderr=subprocess.DEVNULL)
    for _ in range(3000):
        if list((tmp_path / "killed").glob(".net_*/000000.npz")) or process.poll() is not None:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    resumed = subprocess.run(command("killed"), env=environment, check=True, capture_output=True, text=True)
    assert "Warning" not in resumed.stderr
    for name in ("net_photos_feature.npy", "net_photos_output.npy", "photos_label.npy", "photos_samples.csv"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()
    assert not [f for f in os.listdir(tmp_path / "killed") if f.startswith(".")]


def test_damaged_block_is_computed_again(images, tiny, tmp_path):
    from sfdalab.extract.store import Block, Blocks

    block = Block(np.ones((2, 3), np.float32), None, [0, 1], ["x", "y"])
    Blocks(tmp_path, "n", "identity").write(0, block)
    assert Blocks(tmp_path, "n", "identity").read(0).hashes == ["x", "y"]
    (path,) = tmp_path.glob(".n_*/000000.npz")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert Blocks(tmp_path, "n", "identity").read(0) is None
