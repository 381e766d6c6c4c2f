"""Data of the user's own: what a file or an array holds is understood and said, or refused with the way out."""
