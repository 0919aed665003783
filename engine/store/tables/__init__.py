"""Every table. Instants are milliseconds since the epoch, UTC; JSON columns hold orjson bytes.

Rows that change often (`run`, `intent`, `customer`) are narrow and have integer keys; what only
grows (`event`, `step_history`, `consent_proof`, `audit`) is appended to and never updated.
There are no foreign keys in the database: bulk writes would pay for each check. The names say
what refers to what.
"""

from engine.store.tables.calendar import Cursor, Firing, ScheduleLine, ZoneMove
from engine.store.tables.catalogue import Interest, Product, ProductHistory
from engine.store.tables.coupons import CouponCode, CouponPool
from engine.store.tables.drafts import FileDraft, FileSave
from engine.store.tables.events import Event, Failure, Pending
from engine.store.tables.feedback import Feedback
from engine.store.tables.figures import Figure, FigureMark, FigureTotal
from engine.store.tables.house import AdminUser, ApiKey, Audit, Setting
from engine.store.tables.imports import ImportJob, ImportRejection, ImportSeen, LearnedModel
from engine.store.tables.messages import Intent, OnSite, ShortLink, Touch
from engine.store.tables.people import (
    NOBODY,
    Consent,
    ConsentProof,
    Customer,
    Identity,
    PropertyChange,
    PushDevice,
    Suppression,
)
from engine.store.tables.publications import (
    FlowHold,
    FlowName,
    FlowVersion,
    Publication,
    VersionMove,
)
from engine.store.tables.runs import ExperimentChoice, GoalReached, Run, SkippedEntry, StepHistory
from engine.store.tables.segments import Membership, MembershipChange, SegmentState
from engine.store.tables.sharing import NumberBlock, Shard
from engine.store.tables.shops import ShopDelivery, ShopRecord

__all__ = [
    "NOBODY",
    "AdminUser",
    "ApiKey",
    "Audit",
    "Consent",
    "ConsentProof",
    "CouponCode",
    "CouponPool",
    "Cursor",
    "Customer",
    "Event",
    "ExperimentChoice",
    "Failure",
    "Feedback",
    "Figure",
    "FigureMark",
    "FigureTotal",
    "FileDraft",
    "FileSave",
    "Firing",
    "FlowHold",
    "FlowName",
    "FlowVersion",
    "GoalReached",
    "Identity",
    "ImportJob",
    "ImportRejection",
    "ImportSeen",
    "Intent",
    "Interest",
    "LearnedModel",
    "Membership",
    "MembershipChange",
    "NumberBlock",
    "OnSite",
    "Pending",
    "Product",
    "ProductHistory",
    "PropertyChange",
    "Publication",
    "PushDevice",
    "Run",
    "ScheduleLine",
    "SegmentState",
    "Setting",
    "Shard",
    "ShopDelivery",
    "ShopRecord",
    "ShortLink",
    "SkippedEntry",
    "StepHistory",
    "Suppression",
    "Touch",
    "VersionMove",
    "ZoneMove",
]
