"""What is priced: models of the paradigms or of the user, their programs, and the price of each as a row."""
