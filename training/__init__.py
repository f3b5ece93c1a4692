"""How the shipped weights are made: corpora, training, export, calibration, evaluation; not in the wheel."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before anything here loads onnxruntime
