"""Ways of customers through flows."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, SmallInteger, text
from sqlmodel import Field, SQLModel

from engine.store.dialects import RowId, WrittenJson


class Run(SQLModel, table=True):
    """One customer's way through one version of one flow.

    `key` is what the run's key has beyond the customer, "" for nothing. `node` is the place in
    the version's program. `memory` is what the machine keeps. `history` is the newest row of
    `step_history`. `live` while the run can still be moved: it has not ended, its goal may
    still be reached, or an intent of it is unclaimed. While its flow is paused, `asleep_until`
    keeps what `wake_at` was.
    """

    __table_args__: ClassVar = (
        Index(
            "run_once",
            "customer",
            "flow",
            "key",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        Index(
            "run_ended",
            "customer",
            "flow",
            sqlite_where=text("ended_at is not null"),
            postgresql_where=text("ended_at is not null"),
        ),
        Index(
            "run_of_flow",
            "flow",
            sqlite_where=text("ended_at is not null"),
            postgresql_where=text("ended_at is not null"),
        ),
        Index(
            "run_due",
            "wake_at",
            sqlite_where=text("wake_at is not null"),
            postgresql_where=text("wake_at is not null"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger)
    flow: int = Field(sa_type=BigInteger)
    version: int
    key: str = ""
    state: int = Field(sa_type=SmallInteger)  # 0 waiting, 1 held, 2 ended
    node: int
    entered_at: int = Field(sa_type=BigInteger)
    arrived_at: int = Field(sa_type=BigInteger)
    wake_at: int | None = Field(default=None, sa_type=BigInteger)
    asleep_until: int | None = Field(default=None, sa_type=BigInteger)
    goal_until: int | None = Field(default=None, sa_type=BigInteger)
    goal_at: int | None = Field(default=None, sa_type=BigInteger)
    unclaimed: bool = False
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    end_kind: str | None = None
    end_reason: str | None = None
    history: int | None = Field(default=None, sa_type=BigInteger)
    memory: bytes | None = Field(default=None, sa_type=WrittenJson)


class StepHistory(SQLModel, table=True):
    """Append-only. The rows of a run hang together through `previous`, newest first.

    So a run's story is read by its rows' numbers, and writing it needs no index: an index over
    `run` would dirty a page of its own for each row.
    """

    __tablename__ = "step_history"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    run: int = Field(sa_type=BigInteger)
    previous: int | None = Field(default=None, sa_type=BigInteger)
    node: str
    at: int = Field(sa_type=BigInteger)
    outcome: str
    detail: str = ""
    until_at: int | None = Field(default=None, sa_type=BigInteger)


class ExperimentChoice(SQLModel, table=True):
    """An experiment with `winner`, from the first person who came on; `arm` once it is chosen.

    `why` as in `engine.core.choices.Chosen`; `seen` (JSON) is what it was chosen by: label, people,
    how many of them did what is counted.
    """

    __tablename__ = "experiment_choice"
    __table_args__: ClassVar = ({"sqlite_with_rowid": False},)
    flow: int = Field(primary_key=True, sa_type=BigInteger)
    experiment: str = Field(primary_key=True)
    began_at: int = Field(sa_type=BigInteger)
    chosen_at: int | None = Field(default=None, sa_type=BigInteger)
    arm: str | None = None
    why: str = ""
    seen: str = "[]"


class GoalReached(SQLModel, table=True):
    """A run's goal, at most once. `revenue` is in minor units; `holdout` for people held out."""

    __tablename__ = "goal"
    __table_args__: ClassVar = (Index("goal_at", "at"),)
    run: int = Field(primary_key=True, sa_type=BigInteger)
    customer: int = Field(sa_type=BigInteger)
    flow: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    event: str
    revenue: int = Field(sa_type=BigInteger)
    holdout: bool


class SkippedEntry(SQLModel, table=True):
    """Somebody who could have entered a flow and did not, and why."""

    __tablename__ = "skipped_entry"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    customer: int = Field(sa_type=BigInteger, index=True)
    flow: int = Field(sa_type=BigInteger)
    key: str = ""
    at: int = Field(sa_type=BigInteger)
    reason: str
