"""From stakeholder surveys to tested structural-equation results."""

__version__ = "0.1.0"
