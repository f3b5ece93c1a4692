"""Weights of `attunement` for non-commercial research: `--weights research` finds them once this is installed."""
