"""Contract checks for readers, coders and measures: ours and plug-in authors'."""
