"""Calls of the program with arrays."""

import json
import subprocess

import numpy as np
import pytest

import sfdalab

pytestmark = pytest.mark.usefixtures("program")


def test_rank_orders_models(data):
    features, labels = data
    rows = sfdalab.rank(features, labels)
    assert [row["model"] for row in rows] == ["m3", "m2", "m1", "m0"]
    assert rows[0]["rank"] == 1
    assert rows[0]["lo"] == 1
    assert rows.about[0]["subsets"] == 20


def test_rank_by_metrics_with_outputs_and_odd_names(data):
    features, labels = data
    features = {f"timm/{name}, ünd": values for name, values in features.items()}
    outputs = {name: values[:, :5] for name, values in features.items()}
    rows = sfdalab.rank(features, labels, outputs=outputs, metrics=["leep", "logme"], subsets=0, dataset="mine")
    assert {row["model"] for row in rows} == set(features)
    assert {row["dataset"] for row in rows} == {"mine"}
    assert rows.about[0]["metrics"] == ["LEEP", "LogME"]


def test_rank_keeps_the_others_when_one_fails(data):
    features, labels = data
    features["m0"][3] = np.nan
    with pytest.raises(sfdalab.ProgramError) as caught:
        sfdalab.rank(features, labels)
    assert "16 of 3200 numbers are NaN or infinite, the first in row 3" in str(caught.value)
    assert "/" not in str(caught.value).split("features0.npy")[0], "names a temporary folder"
    assert caught.value.status == 1
    assert {row["model"] for row in caught.value.rows} >= {"m1", "m2", "m3"}


def test_score_equals_the_command(data, program, tmp_path):
    features, labels = data
    np.save(tmp_path / "x.npy", features["m1"])
    np.save(tmp_path / "y.npy", labels)
    command = [program, "score", "--json", "--metric", "sfda,logme,knn", "--features", tmp_path / "x.npy"]
    printed = subprocess.run([*command, "--labels", tmp_path / "y.npy"], capture_output=True, check=True).stdout
    rows = sfdalab.score(features["m1"], labels, metrics=["sfda", "logme", "knn"])
    assert [r["score"] for r in rows] == [json.loads(line)["score"] for line in printed.splitlines()]
    assert rows[0]["score"] == sfdalab.score(tmp_path / "x.npy", tmp_path / "y.npy")[0]["score"]


def test_score_takes_parameters(data):
    features, labels = data
    row = sfdalab.score(features["m1"], labels, params={"shrinkage": "fixed", "lambda": 0.1})[0]
    assert row["params"]["lambda"] == 0.1


def test_errors_are_the_words_of_the_program(data):
    features, labels = data
    with pytest.raises(sfdalab.ProgramError, match='unknown metric "logm"; the nearest is "logme"') as caught:
        sfdalab.score(features["m1"], labels, metrics="logm")
    assert caught.value.status == 2
    with pytest.raises(sfdalab.ProgramError, match="leep: needs source outputs") as caught:
        sfdalab.score(features["m1"], labels, metrics=["logme", "leep"])
    assert [row["metric"] for row in caught.value.rows] == ["logme"]


def test_notes_are_passed_on(data, capsys):
    features, labels = data
    sfdalab.score(features["m1"], labels)
    assert "note: labels.npy: taken for 4 classes" in capsys.readouterr().err


def test_ragged_arrays_are_refused(data):
    with pytest.raises((TypeError, ValueError)):
        sfdalab.score(np.array([[1, 2], [3]], dtype=object), [0, 1])


def test_correlate_rows():
    models = "pqrstu"
    scores = [{"dataset": d, "model": m, "metric": "x", "score": i} for d in "ab" for i, m in enumerate(models)]
    accuracies = [{"dataset": d, "model": m, "accuracy": 50 + i} for d in "ab" for i, m in enumerate(models)]
    rows = sfdalab.correlate(scores, accuracies, measures=["tauw", "pearson"], resamples=100)
    assert {(row["dataset"], row["measure"]) for row in rows} == {(d, m) for d in "ab" for m in ("tauw", "pearson")}
    assert all(abs(row["value"] - 1) < 1e-12 for row in rows)


def test_frame():
    pandas = pytest.importorskip("pandas")
    rows = sfdalab.correlate("model-spider", "supervised", resamples=-1)
    frame = rows.frame()
    assert isinstance(frame, pandas.DataFrame)
    assert len(frame) == len(rows)


def test_truth():
    names = [row["name"] for row in sfdalab.truth()]
    assert "supervised/full" in names
    for name in names:
        rows = sfdalab.truth(name)
        assert rows, name
        assert {"dataset", "model", "accuracy"} <= set(rows[0]), name


def test_runs(data, tmp_path):
    features, labels = data
    store = tmp_path / "store.db"
    sfdalab.rank(features, labels, store=store)
    rows = sfdalab.runs(store=store)
    assert len(rows) == 1
    assert sfdalab.runs("metric:nce", store=store) == []
    with pytest.raises(sfdalab.ProgramError, match="there is no store"):
        sfdalab.runs(store=tmp_path / "none.db")


def test_no_program(monkeypatch, tmp_path):
    monkeypatch.setenv("SFDALAB_PROGRAM", str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="SFDALAB_PROGRAM names"):
        sfdalab.truth()
