"""Whom we sell to."""

from crm.models.activities import Activity
from crm.models.assignment import AssignmentRule
from crm.models.campaigns import Campaign, CampaignMember
from crm.models.contacts import Contact
from crm.models.customers import Customer
from crm.models.files import File
from crm.models.imported_leads import ImportedLead, LeadImport
from crm.models.ladders import Ladder, LadderPosition, LifecycleChange, LifecycleStage, PlanPart
from crm.models.leads import Lead, LeadState, ResponseTarget
from crm.models.merges import CustomerMerge
from crm.models.plays import CustomerTick, Play, PlayItem
from crm.models.products import PriceChange, Product
from crm.models.purchases import Purchase
from crm.models.reminders import Reminder
from crm.models.sources import Source

__all__ = [
    "Activity",
    "AssignmentRule",
    "Campaign",
    "CampaignMember",
    "Contact",
    "Customer",
    "CustomerMerge",
    "CustomerTick",
    "File",
    "ImportedLead",
    "Ladder",
    "LadderPosition",
    "Lead",
    "LeadImport",
    "LeadState",
    "LifecycleChange",
    "LifecycleStage",
    "PlanPart",
    "Play",
    "PlayItem",
    "PriceChange",
    "Product",
    "Purchase",
    "Reminder",
    "ResponseTarget",
    "Source",
]
