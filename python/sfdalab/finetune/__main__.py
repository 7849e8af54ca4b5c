"""The exchange: one request on standard input, answers on standard output."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from typing import Any


def main() -> int:
    options = argparse.ArgumentParser(
        prog="python -m sfdalab.finetune",
        description="Fine-tune a network. sfdalab starts this program for each trial; it reads a request, one line "
        "of JSON, on standard input, and answers with lines of JSON on standard output.",
    )
    options.add_argument("--weights", default="pretrained", choices=["pretrained", "random"])
    options.add_argument("--save-every", type=float, default=60, help="seconds between checkpoints (default 60)")
    chosen = options.parse_args()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what libraries print is no answer

    def answer(kind: str, value: Any) -> None:
        answers.write(json.dumps({kind: value}, allow_nan=False) + "\n")
        answers.flush()

    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    try:
        from sfdalab.finetune.request import parse
        from sfdalab.finetune.train import run

        request = parse(sys.stdin.readline(), chosen.weights)
        result = run(request, lambda p: answer("progress", p), lambda: not stopped, chosen.save_every)
        answer("result", result)
    except Exception as error:  # one line for whoever asked; the log has where it came from
        import traceback

        traceback.print_exc()
        text = str(error).strip().split("\n")[0] or type(error).__name__
        plain = isinstance(error, ValueError) or type(error).__name__ in ("Stopped", "OutOfMemoryError")
        answer("error", text if plain else f"{type(error).__name__}: {text}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
