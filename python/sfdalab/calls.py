"""Calls of the program: what is computed there, in Python's words."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

from sfdalab.arrays import Array, Folder
from sfdalab.program import ProgramError, call
from sfdalab.rows import Rows

Names = Union[str, Sequence[str]]
Table = Union[str, "os.PathLike[str]", Iterable[Mapping[str, Any]], Any]


def rank(
    features: Mapping[str, Array],
    labels: Array,
    *,
    outputs: Mapping[str, Array] | None = None,
    labels_are: str | None = None,
    metrics: Names = (),
    history: Names = (),
    subsets: int = 20,
    ensemble: int | None = None,
    seed: int = 0,
    store: str | os.PathLike[str] | None = None,
    dataset: str = "data",
) -> Rows:
    """Rank models for a dataset, the best first.

    features holds an array N×D, or the path of a file, for each model; outputs, where
    given, its logits or probabilities N×Z. labels are N; labels_are says what they are
    ("classes", "targets", "multi-label"); by default the program finds out, and prints
    what it found. metrics are names that ``sfdalab metrics`` lists; when empty, the
    program's usual ones. history names accuracies of the same models on other datasets;
    "none" uses none.
    ensemble is the number of models in the ensemble, 0 for none; by default 3, if there are
    as many models.

    A row has rank, model, value, lo and hi (the range of its ranks in random halves of
    the samples), by (rank and score by each metric) and warnings. about[0] describes the
    ranking as a whole: shortlist, candidates, ensemble and notes. If a model fails,
    ProgramError is raised; its rows are those of the other models.
    """
    with tempfile.TemporaryDirectory(prefix="sfdalab-") as folder:
        arrays = Folder(folder)
        where = arrays.path(labels, "labels")
        models = []
        for i, (model, values) in enumerate(features.items()):
            row = {"model": model, "dataset": dataset, "features": arrays.path(values, f"features{i}"), "labels": where}
            if outputs is not None:
                row["outputs"] = arrays.path(outputs[model], f"outputs{i}")
            models.append(row)
        arguments = ["rank", "--json", "--list", _write(models, folder, "models.csv")]
        if ensemble is None:
            ensemble = 3 if len(models) >= 3 else 0
        arguments += ["--subsets", str(subsets), "--ensemble", str(ensemble), "--seed", str(seed)]
        arguments += _list("--metric", metrics) + _list("--history", history)
        arguments += _list("--labels-are", labels_are or "")
        if store is not None:
            arguments += ["--store", os.fspath(store)]
        try:
            return _ranking(call(arguments, folder))
        except ProgramError as error:
            rows = _ranking(error.rows)
            reasons = [note.replace(os.path.join(folder, ""), "") for d in rows.about for note in d.get("notes", [])]
            raise ProgramError("\n".join([str(error), *reasons]), error.status, rows) from None


def _ranking(datasets: list[dict[str, Any]]) -> Rows:
    """A row for each model, and about for each dataset, of what the program prints as one."""
    rows = [{"dataset": d["dataset"], **model} for d in datasets for model in d["models"]]
    return Rows(rows, [{key: value for key, value in d.items() if key != "models"} for d in datasets])


def score(
    features: Array,
    labels: Array,
    *,
    labels_are: str | None = None,
    metrics: Names = "sfda",
    outputs: Array | None = None,
    second: Array | None = None,
    embeddings: Array | None = None,
    params: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Rows:
    """Score one model: features N×D, labels N, and for some metrics outputs N×Z, second
    features N×D₂ or embeddings of the classes C×E.

    labels_are is as for rank, params are parameters of the metrics, as ``sfdalab metrics
    NAME`` lists them. A row has metric, score, params, details, warnings and seconds.
    ProgramError where a metric fails; its rows are the scores of the others.
    """
    with tempfile.TemporaryDirectory(prefix="sfdalab-") as folder:
        arrays = Folder(folder)
        arguments = ["score", "--json", "--seed", str(seed), *_list("--metric", metrics)]
        arguments += _list("--labels-are", labels_are or "")
        given = {"features": features, "labels": labels, "outputs": outputs, "second": second, "embeddings": embeddings}
        for name, values in given.items():
            if values is not None:
                arguments += [f"--{name}", arrays.path(values, name)]
        for name, value in (params or {}).items():
            arguments += ["--set", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
        return Rows(call(arguments, folder))


def correlate(scores: Table, truth: Table, *, measures: Names = "tauw", resamples: int = 10_000, seed: int = 0) -> Rows:
    """Correlate scores with fine-tuned accuracies.

    scores are rows of dataset, model, metric and score: dictionaries, a pandas frame, or
    the path of a CSV file. truth is the name of a ground truth that is built in, the path
    of a CSV file, or rows of dataset, model and accuracy (percent). measures are tauw,
    tau, spearman, pearson, wpearson, fidelity, rel@k, hit@k, regret@k and pairs@points.

    A row has dataset, metric, measure, value, the ends lo and hi of a 95 % interval by
    the bootstrap over models (resamples; none when negative), n and warnings.
    """
    with tempfile.TemporaryDirectory(prefix="sfdalab-") as folder:
        arguments = ["correlate", "--json", "--resamples", str(resamples), "--seed", str(seed)]
        arguments += ["--scores", _table(scores, folder, "scores.csv"), "--truth", _table(truth, folder, "truth.csv")]
        return Rows(call(arguments + _list("--measure", measures), folder))


def truth(name: str | os.PathLike[str] | None = None) -> Rows:
    """The ground truths that are built in, or the rows of one: dataset, model, accuracy
    (percent) and whatever else it holds."""
    return Rows(call(["truth", "--json", *([] if name is None else [os.fspath(name)])]))


def runs(query: str = "", *, store: str | os.PathLike[str] | None = None, limit: int = 30) -> Rows:
    """The runs in a store, the newest first; all when limit is 0.

    query is as in ``sfdalab runs``, such as "metric:sfda dataset:cifar10".
    """
    arguments = ["runs", "--json", "--limit", str(limit)]
    if store is not None:
        arguments += ["--store", os.fspath(store)]
    return Rows(call([*arguments, "--", query]))


def _list(flag: str, names: Names) -> list[str]:
    """A flag for a list of names; nothing where it is empty."""
    text = names if isinstance(names, str) else ",".join(names)
    return [flag, text] if text else []


def _table(rows: Table, folder: str, name: str) -> str:
    """The path of rows, or the name of what is built in."""
    if isinstance(rows, (str, os.PathLike)):
        return os.fspath(rows)
    if hasattr(rows, "to_dict"):
        rows = rows.to_dict("records")
    return _write(list(rows), folder, name)


def _write(rows: Sequence[Mapping[str, Any]], folder: str, name: str) -> str:
    """Write rows as CSV and return the path."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    path = Path(folder) / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return str(path)
