"""Which pre-trained network will fine-tune best on your data, before you fine-tune any?

    features = {"resnet50": f1, "densenet121": f2}    # N×D each
    for row in sfdalab.rank(features, labels):
        print(row["rank"], row["model"])

rank, score, correlate, truth and runs call the program ``sfdalab``, which comes with the
package. extract computes features by PyTorch models, and ``python -m sfdalab.finetune``
fine-tunes them.
"""

from sfdalab.calls import correlate, rank, runs, score, truth
from sfdalab.extract import extract
from sfdalab.program import ProgramError, find_program
from sfdalab.rows import Rows

__all__ = ["ProgramError", "Rows", "correlate", "extract", "find_program", "rank", "runs", "score", "truth"]
