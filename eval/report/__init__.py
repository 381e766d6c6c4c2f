"""The report: every study on disk as one page, claim by claim."""
