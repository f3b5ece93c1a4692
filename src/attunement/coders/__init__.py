"""Coders: turns and what came before them in, codes with probabilities and the words that carry them out."""
