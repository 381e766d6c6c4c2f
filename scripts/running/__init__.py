"""How commands run: Hydra in front, one sentence and an exit code behind; and studies in processes of their own."""
