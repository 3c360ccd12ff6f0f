"""Everything the use cases may call, in one record."""

from dataclasses import dataclass

from shared_code.use_cases.ports.polling import PollStore
from shared_code.use_cases.ports.stores import (
    AlarmStore,
    CleanupStore,
    ConnectionStore,
    HolderStore,
    OneTimeStore,
    PairStore,
)
from shared_code.use_cases.ports.systems import Calendars, Clock, Crm, Sealer, SignIn, TokenVault
from shared_code.use_cases.ports.waiting import WaitingStore
from shared_code.use_cases.ports.work import WorkQueue
from shared_code.use_cases.turns import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything the use cases may call, and the two facts of the deployment they need."""

    clock: Clock
    calendars: Calendars
    crm: Crm
    sign_in: SignIn
    vault: TokenVault
    connections: ConnectionStore
    pairs: PairStore
    holders: HolderStore
    polls: PollStore
    waiting: WaitingStore
    alarms: AlarmStore
    cleanups: CleanupStore
    one_time: OneTimeStore
    work: WorkQueue
    sealer: Sealer
    turns: Turns
    lead_hosts: frozenset[str]
    allowed_link_hosts: frozenset[str]
