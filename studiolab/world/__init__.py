"""A simulated studio business whose truth is known."""

from studiolab.world.history import Chain, make_chain

__all__ = ["Chain", "make_chain"]
