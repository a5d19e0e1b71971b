"""Predict revenue forward from levers, plan backward from a target."""

from studiolab.revenue_simulator.model import RevenueModel, fit

__all__ = ["RevenueModel", "fit"]
