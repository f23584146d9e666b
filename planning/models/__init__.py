"""What we intend."""

from planning.models.plans import Plan
from planning.models.requirements import Requirement

__all__ = ["Plan", "Requirement"]
