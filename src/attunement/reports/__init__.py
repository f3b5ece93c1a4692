"""Faces of an `Analysis`: a page, a terminal summary, figures."""
