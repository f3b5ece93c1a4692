"""Frozen values that every stage speaks: standard library and msgspec only."""
