"""Incomplete normal data: patterns of missing answers, and their likelihood."""
