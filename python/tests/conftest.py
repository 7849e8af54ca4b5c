"""What tests share: the program, built from this tree, and generated data."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    """The program of this tree, which the package calls in all tests."""
    path = os.environ.get("SFDALAB_PROGRAM")
    if not path:
        path = str(tmp_path_factory.mktemp("program") / "sfdalab")
        subprocess.run(["go", "build", "-buildvcs=false", "-o", path, "./cmd/sfdalab"], cwd=ROOT, check=True)
        os.environ["SFDALAB_PROGRAM"] = path
    return path


@pytest.fixture
def data():
    """Features of four models, each better than the one before, and labels."""
    random = np.random.RandomState(0)
    labels = np.arange(200) % 4
    classes = np.eye(16)[labels]
    return {f"m{i}": (random.randn(200, 16) + 2 * i * classes).astype(np.float32) for i in range(4)}, labels
