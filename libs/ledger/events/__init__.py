"""Every fact the journal can hold: one closed union of frozen structs, room by room.

A fact carries its postings, so that a reader needs no rule to follow the books. What the postings
say (which lot, which serials, from whom to whom) is not said again beside them.
"""

from typing import TypeAlias

from libs.ledger.events.accounts import AccountApplied as AccountApplied
from libs.ledger.events.accounts import AccountDecided as AccountDecided
from libs.ledger.events.accounts import AccountEvent as AccountEvent
from libs.ledger.events.accounts import AccountFact as AccountFact
from libs.ledger.events.accounts import AccountMerged as AccountMerged
from libs.ledger.events.accounts import AccountRenamed as AccountRenamed
from libs.ledger.events.accounts import AccountReviewed as AccountReviewed
from libs.ledger.events.accounts import Check as Check
from libs.ledger.events.accounts import ClosingBegun as ClosingBegun
from libs.ledger.events.accounts import Holder as Holder
from libs.ledger.events.accounts import InsolvencyRecorded as InsolvencyRecorded
from libs.ledger.events.accounts import MandateGranted as MandateGranted
from libs.ledger.events.accounts import MandateRevoked as MandateRevoked
from libs.ledger.events.accounts import Representative as Representative
from libs.ledger.events.accounts import RepresentativeAppointed as RepresentativeAppointed
from libs.ledger.events.accounts import RepresentativeDismissed as RepresentativeDismissed
from libs.ledger.events.accounts import RepresentativeReplaced as RepresentativeReplaced
from libs.ledger.events.certification import CertificationDecided as CertificationDecided
from libs.ledger.events.certification import CertificationEvent as CertificationEvent
from libs.ledger.events.certification import CertificationFact as CertificationFact
from libs.ledger.events.certification import CertificationOpened as CertificationOpened
from libs.ledger.events.certification import CertificationReported as CertificationReported
from libs.ledger.events.certification import CertificationSubmitted as CertificationSubmitted
from libs.ledger.events.certification import CertificationVerified as CertificationVerified
from libs.ledger.events.certification import Measured as Measured
from libs.ledger.events.certification import Reduction as Reduction
from libs.ledger.events.certification import Removal as Removal
from libs.ledger.events.controls import ControlEvent as ControlEvent
from libs.ledger.events.controls import ControlFact as ControlFact
from libs.ledger.events.controls import FreezeExpired as FreezeExpired
from libs.ledger.events.controls import LimitChanged as LimitChanged
from libs.ledger.events.controls import LimitCounted as LimitCounted
from libs.ledger.events.controls import MovementsResumed as MovementsResumed
from libs.ledger.events.controls import MovementsSuspended as MovementsSuspended
from libs.ledger.events.controls import ReversalClosed as ReversalClosed
from libs.ledger.events.controls import ReversalRequested as ReversalRequested
from libs.ledger.events.controls import SerialsFrozen as SerialsFrozen
from libs.ledger.events.controls import SerialsUnfrozen as SerialsUnfrozen
from libs.ledger.events.controls import TransferReversed as TransferReversed
from libs.ledger.events.controls import TrustedAdded as TrustedAdded
from libs.ledger.events.controls import TrustedRemoved as TrustedRemoved
from libs.ledger.events.fact import CreditPosting as CreditPosting
from libs.ledger.events.fact import Fact as Fact
from libs.ledger.events.fact import GramPosting as GramPosting
from libs.ledger.events.fact import Posting as Posting
from libs.ledger.events.fact import YenPosting as YenPosting
from libs.ledger.events.invalidation import ApplicationCancelled as ApplicationCancelled
from libs.ledger.events.invalidation import ApplicationConfirmed as ApplicationConfirmed
from libs.ledger.events.invalidation import ApplicationFiled as ApplicationFiled
from libs.ledger.events.invalidation import CreditsAnnulled as CreditsAnnulled
from libs.ledger.events.invalidation import CreditsCancelled as CreditsCancelled
from libs.ledger.events.invalidation import CreditsInvalidated as CreditsInvalidated
from libs.ledger.events.invalidation import CreditsUsed as CreditsUsed
from libs.ledger.events.invalidation import DutyDischarged as DutyDischarged
from libs.ledger.events.invalidation import DutyOpened as DutyOpened
from libs.ledger.events.invalidation import InvalidationEvent as InvalidationEvent
from libs.ledger.events.invalidation import InvalidationFact as InvalidationFact
from libs.ledger.events.invalidation import ReversalCovered as ReversalCovered
from libs.ledger.events.issuance import AppliedMethodology as AppliedMethodology
from libs.ledger.events.issuance import BufferCancelled as BufferCancelled
from libs.ledger.events.issuance import BufferReleased as BufferReleased
from libs.ledger.events.issuance import CreditsIssued as CreditsIssued
from libs.ledger.events.issuance import GovernmentReleased as GovernmentReleased
from libs.ledger.events.issuance import IssuanceEvent as IssuanceEvent
from libs.ledger.events.issuance import IssuanceFact as IssuanceFact
from libs.ledger.events.issuance import IssuanceWithdrawn as IssuanceWithdrawn
from libs.ledger.events.issuance import PlanChanged as PlanChanged
from libs.ledger.events.issuance import PlanFact as PlanFact
from libs.ledger.events.issuance import ProjectDrafted as ProjectDrafted
from libs.ledger.events.issuance import ProjectRegistered as ProjectRegistered
from libs.ledger.events.ledger import BYTES_MAX as BYTES_MAX
from libs.ledger.events.ledger import BYTES_MIN as BYTES_MIN
from libs.ledger.events.ledger import LINES_MAX as LINES_MAX
from libs.ledger.events.ledger import ActApproved as ActApproved
from libs.ledger.events.ledger import ActProposed as ActProposed
from libs.ledger.events.ledger import CheckpointRecorded as CheckpointRecorded
from libs.ledger.events.ledger import LedgerCompensated as LedgerCompensated
from libs.ledger.events.ledger import LedgerEvent as LedgerEvent
from libs.ledger.events.ledger import LedgerFact as LedgerFact
from libs.ledger.events.ledger import LedgerOpened as LedgerOpened
from libs.ledger.events.ledger import Limits as Limits
from libs.ledger.events.ledger import LogAttached as LogAttached
from libs.ledger.events.ledger import OperatorAppointed as OperatorAppointed
from libs.ledger.events.ledger import OperatorDismissed as OperatorDismissed
from libs.ledger.events.ledger import RulesAdopted as RulesAdopted
from libs.ledger.events.ledger import TimePassed as TimePassed
from libs.ledger.events.notices import BalanceRequested as BalanceRequested
from libs.ledger.events.notices import CertificateRequested as CertificateRequested
from libs.ledger.events.notices import NoticeEvent as NoticeEvent
from libs.ledger.events.notices import NoticeFact as NoticeFact
from libs.ledger.events.notices import NoticeIssued as NoticeIssued
from libs.ledger.events.notices import NoticeSuperseded as NoticeSuperseded
from libs.ledger.events.notices import NoticeWithdrawn as NoticeWithdrawn
from libs.ledger.events.notices import Spelling as Spelling
from libs.ledger.events.pools import GRAMS as GRAMS
from libs.ledger.events.pools import Allocated as Allocated
from libs.ledger.events.pools import CampaignClosed as CampaignClosed
from libs.ledger.events.pools import CampaignJoined as CampaignJoined
from libs.ledger.events.pools import CampaignOpened as CampaignOpened
from libs.ledger.events.pools import DonationsPledged as DonationsPledged
from libs.ledger.events.pools import DonationsSettled as DonationsSettled
from libs.ledger.events.pools import GoodsOffered as GoodsOffered
from libs.ledger.events.pools import GramsAllocated as GramsAllocated
from libs.ledger.events.pools import MeetingOrdered as MeetingOrdered
from libs.ledger.events.pools import Pledged as Pledged
from libs.ledger.events.pools import PoolEvent as PoolEvent
from libs.ledger.events.pools import PoolFact as PoolFact
from libs.ledger.events.pools import PoolOpened as PoolOpened
from libs.ledger.events.pools import QuotaBought as QuotaBought
from libs.ledger.events.pools import SellerPaid as SellerPaid
from libs.ledger.events.pools import TenantAdmitted as TenantAdmitted
from libs.ledger.events.pools import TenantApplied as TenantApplied
from libs.ledger.events.projects import ActivitiesReported as ActivitiesReported
from libs.ledger.events.projects import Activity as Activity
from libs.ledger.events.projects import BodyAccredited as BodyAccredited
from libs.ledger.events.projects import BodySuspended as BodySuspended
from libs.ledger.events.projects import DocumentAttached as DocumentAttached
from libs.ledger.events.projects import LossOwed as LossOwed
from libs.ledger.events.projects import LossReported as LossReported
from libs.ledger.events.projects import MemberJoined as MemberJoined
from libs.ledger.events.projects import MemberLeft as MemberLeft
from libs.ledger.events.projects import MonitoringEnded as MonitoringEnded
from libs.ledger.events.projects import ProjectActivated as ProjectActivated
from libs.ledger.events.projects import ProjectDecided as ProjectDecided
from libs.ledger.events.projects import ProjectEnded as ProjectEnded
from libs.ledger.events.projects import ProjectEvent as ProjectEvent
from libs.ledger.events.projects import ProjectExamined as ProjectExamined
from libs.ledger.events.projects import ProjectExtended as ProjectExtended
from libs.ledger.events.projects import ProjectFact as ProjectFact
from libs.ledger.events.projects import ProjectHandedOver as ProjectHandedOver
from libs.ledger.events.projects import ProjectSubmitted as ProjectSubmitted
from libs.ledger.events.projects import ProjectValidated as ProjectValidated
from libs.ledger.events.projects import ProjectWithdrawn as ProjectWithdrawn
from libs.ledger.events.transfer import AccountClosed as AccountClosed
from libs.ledger.events.transfer import AccountFrozen as AccountFrozen
from libs.ledger.events.transfer import AccountOpened as AccountOpened
from libs.ledger.events.transfer import AccountUnfrozen as AccountUnfrozen
from libs.ledger.events.transfer import CreditsReserved as CreditsReserved
from libs.ledger.events.transfer import OrderAccepted as OrderAccepted
from libs.ledger.events.transfer import OrderApproved as OrderApproved
from libs.ledger.events.transfer import OrderCancelled as OrderCancelled
from libs.ledger.events.transfer import OrderDeclined as OrderDeclined
from libs.ledger.events.transfer import OrderExpired as OrderExpired
from libs.ledger.events.transfer import OrderPlaced as OrderPlaced
from libs.ledger.events.transfer import ReservationExpired as ReservationExpired
from libs.ledger.events.transfer import ReservationReleased as ReservationReleased
from libs.ledger.events.transfer import TransferEvent as TransferEvent
from libs.ledger.events.transfer import TransferFact as TransferFact
from libs.ledger.events.transfer import TransferSettled as TransferSettled

Event: TypeAlias = (
    LedgerEvent
    | IssuanceEvent
    | CertificationEvent
    | TransferEvent
    | InvalidationEvent
    | ControlEvent
    | ProjectEvent
    | AccountEvent
    | PoolEvent
    | NoticeEvent
)
