"""A week's classes: placed by rules and by demand, proven, checked and explained."""

from studiolab.studio_operations.timetable.check import Report, check
from studiolab.studio_operations.timetable.explain import explain
from studiolab.studio_operations.timetable.problem import BadProblem, Problem, Timetable
from studiolab.studio_operations.timetable.solve import solve

__all__ = ["BadProblem", "Problem", "Report", "Timetable", "check", "explain", "solve"]
