"""Measurements of the running site on this machine: `make bench`. None of it is a test."""
