"""Models that several studies train."""
