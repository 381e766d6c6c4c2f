"""Models and circuits of several studies."""
