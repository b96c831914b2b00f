//! The nouns that pass through a doorway between rooms: their ids, their invariants, their stored form.
//!
//! Not here: verbs longer than a check of a type's own invariant, a clock, I/O, API types,
//! and any type that only one room uses.

mod action;
mod alert;
mod arn;
mod audit;
mod batch;
mod binding;
mod case;
mod containment;
mod credential;
mod decision;
mod digest;
mod discovery;
mod event;
mod fields;
mod finding;
mod id;
mod identity;
mod lineage;
mod plan;
mod principal;
mod problem;
mod rejected;
mod shapes;

pub use action::{ActionKind, ActionName, ConnectorId, Intent, Operation, Target};
pub use alert::Alert;
pub use arn::Arn;
pub use audit::{AuditEntry, AuditFact, BrokenLink, Checkpoint};
pub use batch::{Batch, Change, Drill, DrilledAction, Inbound};
pub use binding::{Binding, Resolution};
pub use case::{Case, CaseState};
pub use containment::{
    Entry, Evidence, Fact, FailureClass, Grade, Observation, Receipt, Residual, StepProof,
};
pub use credential::{
    Credential, CredentialKind, CredentialRef, CredentialStatus, RevocationMethod,
};
pub use decision::{Approval, Consent, Decision, Mode, Tier, Verdict};
pub use digest::{Digest, DigestBuilder};
pub use discovery::{
    Discovered, DiscoveredCredential, Discovery, DiscoveryGap, DiscoveryPage, DiscoveryRun,
    InventoryItem, PolicyGrant, PolicyPart, ProbedPermission,
};
pub use event::{
    Actor, Event, Issued, Object, Origin, Outcome, PrincipalKind, RefusalStage, SessionRef,
};
pub use fields::{FieldPlan, FieldValue, Fields, FieldsBuilder, Slot, Values};
pub use finding::{
    Artefact, Confidence, Finding, FindingSource, Place, RuleRef, Severity, Sighting,
};
pub use id::{
    CaseId, ContainmentId, DecisionId, EventId, FindingId, IdentityId, MalformedId, OwnerId,
    PlanId, StepId,
};
pub use identity::{
    BlastRadius, Criticality, Dependent, Entitlement, Environment, EnvironmentBasis, Identity,
    IdentityFacts, IdentityKind, Owner, Ownership, Provenance, RiskClass, Standing,
};
pub use jiff::Timestamp;
pub use lineage::{LineageEdge, LineageKind};
pub use plan::{Gate, Plan, Reversal, Snapshot, Step, Stops};
pub use principal::Principal;
pub use problem::{Gravity, Problem};
pub use rejected::{Limits, Rejected};
pub use shapes::Shapes;
