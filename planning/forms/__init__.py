"""Forms of planning. Validation only; the writes are services."""

from planning.forms.plans import (
    EVEN_SLIDERS,
    NewPlanForm,
    PlanInputs,
    SavePlanForm,
    slider_positions,
)

__all__ = ["EVEN_SLIDERS", "NewPlanForm", "PlanInputs", "SavePlanForm", "slider_positions"]
