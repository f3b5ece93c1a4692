"""Calls with their replies, and what follows a miss."""
