"""The report: every study on disk as one page, with a verdict a claim."""
