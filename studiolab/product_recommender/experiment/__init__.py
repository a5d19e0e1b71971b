"""Experiments on offers and prices: who is in which arm, how many it takes, and what may be said so far."""
