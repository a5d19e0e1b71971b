"""Which classes to offer a client next, and why: taste from past visits, then the best set of eight."""

from studiolab.class_recommender.recommend import Desk, Recommendation

__all__ = ["Desk", "Recommendation"]
