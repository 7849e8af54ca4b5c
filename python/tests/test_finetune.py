"""The training program."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: apt install python3-torch python3-torchvision")
pytest.importorskip("torchvision", reason="torchvision is not installed: apt install python3-torchvision")

from nets import photos, small  # noqa: E402

from sfdalab.finetune import heads, measures  # noqa: E402
from sfdalab.finetune.data import Training, mixed, read, transform  # noqa: E402
from sfdalab.finetune.request import Settings, parse  # noqa: E402
from sfdalab.finetune.train import Stopped, run  # noqa: E402
from sfdalab.networks import Network, load  # noqa: E402

PYTHON = Path(__file__).resolve().parents[1]
CLASSES = ["cat", "dog", "Emu"]
SETTINGS = {"learning_rate": 0.05, "steps": 40, "batch": 16, "resize": 36, "crop": 32, "layers": "all"}


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    """A few hundred images with a table of classes and splits."""
    root = photos(tmp_path_factory.mktemp("data"), 240)
    table = root / "images.csv"
    lines = ["path,class,split"]
    for k, name in enumerate(CLASSES):
        for i, path in enumerate(sorted((root / name).iterdir())):
            lines.append(f"{name}/{path.name},{k},{['train', 'train', 'val', 'test'][i % 4]}")
    table.write_text("\n".join(lines) + "\n")
    return {"name": "photos", "root": str(root), "images": str(table), "classes": 3}


def request(dataset, folder, network="nets:small", **more):
    settings = {**SETTINGS, **more.pop("settings", {})}
    given = {
        "protocol": 1,
        "network": network,
        "dataset": dataset,
        "train": ["train"],
        "test": "val",
        "measure": "top-1",
    }
    given |= {
        "settings": settings,
        "measure": "top-1",
        "seed": 0,
        "device": "cpu",
        "threads": 1,
        "checkpoint": str(folder / "checkpoint"),
    }
    return {**given, "logits": str(folder / "logits.npy"), **more}


def train(given, keep_on=lambda: True):
    """The result of a request, and the progress that was told."""
    told = []
    return run(parse(json.dumps(given), "random"), told.append, keep_on), told


def start(given, *options):
    """The program, with a request on its standard input."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PYTHON), str(PYTHON / "tests")])}
    process = subprocess.Popen(
        [sys.executable, "-m", "sfdalab.finetune", "--weights", "random", *options], env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process.stdin.write(json.dumps(given) + "\n")
    process.stdin.close()
    process.stdin = None
    return process


@pytest.mark.parametrize("network", ["nets:small", "nets:wide", "nets:Patches"])
def test_learns(dataset, tmp_path, network):
    result, told = train(request(dataset, tmp_path, network, settings={"optimizer": "adamw", "learning_rate": 0.01}))
    assert result["accuracy"] > 60, "three colours, of which one in three is right by chance"
    assert result["samples"] == 60
    assert result["versions"]["torch"] == torch.__version__
    assert [p["step"] for p in told] == list(range(1, 41))
    logits = np.load(tmp_path / "logits.npy")
    assert logits.shape == (60, 3)
    assert logits.dtype == np.float32
    labels = read(dataset["images"], dataset["root"], ["val"], 3).labels
    assert measures.top_1(logits, labels) == result["accuracy"]


def test_killed_twice(dataset, tmp_path):
    """A training that is killed ends with the same bits as one that was not; with dropout and momentum."""
    (tmp_path / "whole").mkdir()
    killed = request(dataset, tmp_path, "nets:Patches")
    wanted, _ = train(request(dataset, tmp_path / "whole", "nets:Patches"))
    for _kill in range(2):
        process = start(killed, "--save-every", "0")
        for _ in range(5):
            process.stdout.readline()
        process.kill()
        process.communicate()
    process = start(killed, "--save-every", "0")
    out, log = process.communicate()
    assert process.returncode == 0
    assert "going on from step" in log or out.count("\n") == 1
    assert json.loads(out.splitlines()[-1]) == {"result": wanted}
    assert (tmp_path / "whole" / "logits.npy").read_bytes() == (tmp_path / "logits.npy").read_bytes()


def test_stopped_and_resumed(dataset, tmp_path):
    """As Slurm stops a job, by SIGTERM."""
    (tmp_path / "whole").mkdir()
    stopped = request(dataset, tmp_path, "nets:Patches")
    wanted, _ = train(request(dataset, tmp_path / "whole", "nets:Patches"))
    for at in (7, 20):
        going = iter([True] * at + [False])
        with pytest.raises(Stopped, match="a checkpoint is kept"):
            train(stopped, going.__next__)
    result, told = train(stopped)
    assert result == wanted
    assert told[0]["step"] == 8 + 21 + 1
    assert (tmp_path / "whole" / "logits.npy").read_bytes() == (tmp_path / "logits.npy").read_bytes()


def test_finished_answers_at_once(dataset, tmp_path):
    wanted, _ = train(request(dataset, tmp_path))
    os.remove(tmp_path / "checkpoint" / "checkpoint.pt")
    assert train(request(dataset, tmp_path)) == (wanted, [])
    assert train(request(dataset, tmp_path, seed=1))[0] != wanted


def test_other_training_in_the_folder(dataset, tmp_path):
    train(request(dataset, tmp_path))
    with pytest.raises(ValueError, match="is of another training"):
        train(request(dataset, tmp_path, seed=1))


def test_damaged_checkpoint_begins_anew(dataset, tmp_path, capfd):
    wanted, _ = train(request(dataset, tmp_path))
    os.remove(tmp_path / "checkpoint" / "result.json")
    path = tmp_path / "checkpoint" / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:1000])
    assert train(request(dataset, tmp_path))[0] == wanted
    assert "training begins anew" in capfd.readouterr().err


def test_diverges(dataset, tmp_path):
    with pytest.raises(ValueError, match=r"^the loss is (nan|inf) at step"):
        train(request(dataset, tmp_path, settings={"learning_rate": 1e30}))


def test_errors_are_answers(dataset, tmp_path):
    process = start(request(dataset, tmp_path, settings={"learning_rates": 1}))
    out, log = process.communicate()
    assert process.returncode == 1
    assert json.loads(out)["error"].startswith("settings.learning_rates is not known: there are learning_rate, ")
    assert "Traceback" in log


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"settings": {"layers": "some"}}, "settings.layers 'some': there are all, last-block, linear"),
        ({"settings": {"steps": 0}}, "settings.steps 0: must be a whole number from 1"),
        ({"measure": "f1"}, "measure 'f1': there are top-1"),
        ({"test": "tset"}, "has no images of split tset"),
        ({"protocol": 2}, "must be a JSON object of protocol 1"),
        ({"weights": "random"}, "the request.weights is not known"),
        ({"network": "resnet19"}, "torchvision has no model 'resnet19'"),
    ],
)
def test_wrong_requests(dataset, tmp_path, change, text):
    with pytest.raises(ValueError, match=text):
        train(request(dataset, tmp_path, **change))


def test_several_labels(dataset, tmp_path):
    """VOC: a sigmoid for each class, and 11-point average precision."""
    root = Path(dataset["root"])
    table = tmp_path / "several.csv"
    lines = (root / "images.csv").read_text().splitlines()
    more = [line.replace(",0,", ",0 1?,") for line in lines]
    table.write_text("\n".join(more) + "\n")
    given = request({**dataset, "images": str(table)}, tmp_path, measure="map-11-point")
    result, _ = train(given)
    assert 20 < result["accuracy"] <= 100


def test_map_is_that_of_the_challenge():
    """By hand: hits at ranks 1 and 3 of 4 give a precision of 1 up to recall .5, and of 2/3 beyond."""
    logits = np.array([[4.0], [3], [2], [1]])
    present = np.array([[True], [False], [True], [False]])
    none = np.zeros((4, 1), bool)
    assert measures.map_11_point(logits, present, none) == pytest.approx(100 * (6 + 5 * 2 / 3) / 11)
    difficult = np.array([[False], [True], [False], [False]])
    assert measures.map_11_point(logits, present, difficult) == pytest.approx(100)


def test_mean_per_class_equals_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.RandomState(0)
    logits, labels = random.randn(50, 4), random.randint(0, 3, 50)
    recall = metrics.recall_score(labels, logits.argmax(1), average=None, labels=np.unique(labels), zero_division=0)
    assert measures.mean_per_class(logits, labels) == pytest.approx(100 * recall.mean())


def test_samples_do_not_depend_on_what_was_read_before(dataset):
    samples = read(dataset["images"], dataset["root"], ["train"], 3)
    settings = Settings(**SETTINGS)
    make = transform(settings, None, training=True)
    one, other = Training(samples, make, 7), Training(samples, make, 7)
    for position in (500, 3, 130):
        other[position - 1]
        pixels, i = one[position]
        same, j = other[position]
        assert torch.equal(pixels, same)
        assert i == j
    order = [one[p][1] for p in range(len(samples))]
    assert sorted(order) == list(range(len(samples)))
    assert order != sorted(order)
    assert mixed(1, 2) != mixed(2, 1)


@pytest.mark.parametrize(
    ("name", "block"),
    [("resnet18", "layer4"), ("densenet121", "features.denseblock4"), ("vit_b_16", "encoder.layers.encoder_layer_11")],
)
def test_last_block(name, block):
    network = load(name, weights="random")
    classifier = heads.replace_classifier(network, 3)
    found = heads.last_block(network.module, classifier)
    names = {m: n for n, m in network.module.named_modules()}
    assert names[found[-1]] == block
    assert all(isinstance(m, (torch.nn.BatchNorm2d, torch.nn.LayerNorm)) for m in found[:-1])


def test_linear_trains_the_classifier_alone():
    network = Network("n", "n", small(), "7")
    before = {k: v.clone() for k, v in network.module.state_dict().items()}
    classifier = heads.replace_classifier(network, 3)
    trained = heads.choose(network, classifier, "linear")
    heads.training_mode(network, trained)
    optimizer = torch.optim.SGD(heads.parameters(trained), lr=1)
    network.module(torch.rand(4, 3, 32, 32)).sum().backward()
    optimizer.step()
    after = network.module.state_dict()
    assert [k for k in after if not k.startswith("7.") and not torch.equal(after[k], before[k])] == []
    assert after["7.weight"].shape == (3, 16)


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "convnext_atto"])
def test_timm_gets_a_new_classifier(name):
    pytest.importorskip("timm", reason="timm is not installed: make packages installs it")
    network = load(f"timm/{name}", weights="random")
    classifier = heads.replace_classifier(network, 5)
    heads.choose(network, classifier, "last-block")
    network.module.eval()
    assert network.module(torch.rand(1, 3, 224, 224)).shape == (1, 5)
    assert all(p.requires_grad for p in classifier.parameters())
    share = sum(p.numel() for p in network.module.parameters() if p.requires_grad)
    assert 0 < share < 0.7 * sum(p.numel() for p in network.module.parameters())
