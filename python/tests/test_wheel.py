"""The wheel: what is in it, that it is the same twice, and that it works where nothing else is."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PYTHON = Path(__file__).resolve().parents[1]
FIVE_LINES = """
import numpy, sfdalab
labels = numpy.arange(60) % 3
poor = numpy.random.RandomState(0).randn(60, 8)
for row in sfdalab.rank({"poor": poor, "good": poor + 3 * numpy.eye(8)[labels]}, labels):
    print(row["rank"], row["model"])
"""


def build(program, folder, system="linux-amd64"):
    pytest.importorskip("hatchling", reason="hatchling is not installed: make packages installs it")
    environment = {**os.environ, "SFDALAB_PROGRAM": program, "SFDALAB_SYSTEM": system}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=PYTHON, env=environment, check=True, capture_output=True)
    (wheel,) = Path(folder).glob("*.whl")
    return wheel


@pytest.fixture
def stub(tmp_path):
    """A file that stands for the program, where it is not run."""
    path = tmp_path / "program"
    path.write_bytes(b"\x7fELF, but small")
    return str(path)


def test_same_bytes_twice(stub, tmp_path):
    first, second = build(stub, tmp_path / "a"), build(stub, tmp_path / "b")
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("system", "tag", "program"),
    [
        ("linux-arm64", "manylinux_2_17_aarch64.manylinux2014_aarch64", "sfdalab"),
        ("darwin-arm64", "macosx_12_0_arm64", "sfdalab"),
        ("windows-amd64", "win_amd64", "sfdalab.exe"),
    ],
)
def test_systems(stub, tmp_path, system, tag, program):
    wheel = build(stub, tmp_path / "dist", system)
    version = wheel.name.split("-")[1]
    assert wheel.name == f"sfdalab-{version}-py3-none-{tag}.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert f"sfdalab-{version}.data/scripts/{program}" in names
        assert "sfdalab/py.typed" in names
        assert not [n for n in names if "test" in n or "__pycache__" in n]


def test_clean_environment(program, tmp_path):
    """Five lines from arrays to a ranking where only the wheel and NumPy are installed."""
    wheel = build(program, tmp_path / "dist")
    clean = tmp_path / "clean"
    subprocess.run([sys.executable, "-m", "venv", clean], check=True)
    install = [clean / "bin" / "pip", "install", "-q", "--disable-pip-version-check", wheel]
    if subprocess.run(install, capture_output=True).returncode != 0:
        pytest.skip("pip cannot install NumPy: no package index is reached")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    ran = subprocess.run(
        [clean / "bin" / "python", "-c", FIVE_LINES], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.stdout == "1 good\n2 poor\n", ran.stderr
    listed = subprocess.run([clean / "bin" / "sfdalab", "metrics"], capture_output=True, text=True, check=True)
    assert "LogME" in listed.stdout
