"""A coder against labels that people gave, in the labels' own form: adapters for every corpus, and the scoring."""
