"""What a training would cost on a machine: its programs compiled for it, and run where the machine is here."""
