"""Readers: bytes in, records out. One file a format; `base` holds the contract and the choice between them."""
