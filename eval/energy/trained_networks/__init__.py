"""Networks that are trained by the one loop, run on the test images, and whose events are counted there."""
