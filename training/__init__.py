"""How the shipped weights are made: corpora, training, export, calibration, evaluation; not in the wheel."""
