"""Machines that programs can be compiled for, here or not: what is published of them, and how a compiler is told."""
