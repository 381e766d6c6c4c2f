"""What is learned from training: comparisons and studies, each a table and a figure."""
