"""Speed and memory, each figure a ratio against a peer or a floor of the same run."""
