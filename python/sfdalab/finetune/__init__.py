"""The training program of sfdalab's fine-tuning: ``python -m sfdalab.finetune``.

sfdalab starts it for each trial. It reads one request, a line of JSON on its standard
input, trains the network, and answers with lines of JSON on standard output: progress,
and at the end {"result": ...} or {"error": ...}. What else there is to say goes to
standard error.

A training that is killed goes on from its checkpoint. On a CPU, with the same number of
threads and versions, it then ends with the same bits as one that was not.
"""
