"""Measures: what happened between the two, each figure with its count, its interval and its turns."""
