"""What we intend."""

from planning.models.assumptions import Assumption
from planning.models.channels import Channel, ChannelBudget, ChannelTier
from planning.models.job_roles import JobRole, StageEffort
from planning.models.plans import Plan
from planning.models.requirements import Requirement
from planning.models.staff import Holiday, Staff
from planning.models.targets import TargetPart

__all__ = [
    "Assumption",
    "Channel",
    "ChannelBudget",
    "ChannelTier",
    "Holiday",
    "JobRole",
    "Plan",
    "Requirement",
    "Staff",
    "StageEffort",
    "TargetPart",
]
