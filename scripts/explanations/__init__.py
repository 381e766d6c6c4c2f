"""What ``--help`` says of each setting: its meaning from the YAML, its value, and the values that its type allows."""
