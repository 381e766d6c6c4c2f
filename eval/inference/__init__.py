"""What computing at inference is worth: answers of a language model, many to a problem, and the choice among them."""
