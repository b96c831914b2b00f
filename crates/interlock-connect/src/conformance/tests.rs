//! The laws on every registered connector, and on faults that were planted to be caught.

use super::toy::Fault;
use super::{
    Bench, Broken, Law, active_directory, aws, aws_identity_center, aws_organizations, broken,
    broker, command, github, google_cloud, kubernetes, mariadb, openldap, postgresql, rabbitmq,
    redis, scim, ssh, toy, vault, webhook,
};
use crate::registry::KNOWN;

/// Makes a fresh world.
pub(super) type Make = fn() -> Box<dyn Bench>;

/// A fresh world for every kind of connector that is registered. To add one: a line here.
pub(super) const BENCHES: &[(&str, Make)] = &[
    ("active_directory", active_directory::fresh),
    ("aws_iam", aws::fresh),
    ("aws_identity_center", aws_identity_center::fresh),
    ("aws_organizations", aws_organizations::fresh),
    ("broker", broker::fresh),
    ("command", command::fresh),
    ("entra", || Box::new(crate::entra::fake::delivered())),
    ("github", github::fresh),
    ("google_cloud", google_cloud::fresh),
    ("keycloak", || Box::new(crate::keycloak::fake::fresh())),
    ("kubernetes", kubernetes::fresh),
    ("mariadb", mariadb::fresh),
    ("oauth", || Box::new(crate::oauth::fake::fresh())),
    ("okta", || Box::new(crate::okta::fake::delivered())),
    ("openldap", openldap::fresh),
    ("postgresql", postgresql::fresh),
    ("rabbitmq", rabbitmq::fresh),
    ("redis", redis::fresh),
    ("scim", scim::fresh),
    ("ssh", ssh::fresh),
    ("vault", vault::fresh),
    ("webhook", webhook::fresh),
];

pub(super) fn lines(broken: &[Broken]) -> String {
    broken.iter().map(|it| format!("{it}\n")).collect()
}

#[tokio::test]
async fn every_action_of_every_connector_keeps_every_law() {
    let kinds: Vec<&str> = KNOWN.iter().map(|it| it.kind).collect();
    let benches: Vec<&str> = BENCHES.iter().map(|it| it.0).collect();
    assert_eq!(benches, kinds, "a connector without a bench, or the other way round");
    for (kind, fresh) in BENCHES {
        assert_eq!(fresh().connector().spec().kind, *kind);
        let broken = broken(fresh).await;
        assert!(broken.is_empty(), "{}", lines(&broken));
    }
}

#[tokio::test]
async fn a_sound_action_keeps_every_law() {
    let broken = broken(&|| toy::fresh(Fault::None)).await;
    assert!(broken.is_empty(), "{}", lines(&broken));
}

#[tokio::test]
async fn every_planted_fault_is_caught_by_its_law() {
    for (fault, law) in [
        (Fault::NamedOtherwise, Law::SpecIsSound),
        (Fault::PlanWrites, Law::PlanChangesNothing),
        (Fault::PlanOfAnotherKind, Law::PlanChangesNothing),
        (Fault::NeverHolds, Law::ExecutedHolds),
        (Fault::WritesTwice, Law::TwiceIsOnce),
        (Fault::ForgetsThatItHeld, Law::HeldPlansToNothing),
        (Fault::UndoGuesses, Law::UndoRestores),
        (Fault::IgnoresDrift, Law::DriftIsRefused),
        (Fault::WritesWhatWasHeld, Law::DriftIsRefused),
        (Fault::TakesSilenceForYes, Law::SilenceIsUnknown),
        (Fault::TakesThrottlingForSilence, Law::ThrottlingIsRetried),
        (Fault::HidesDenial, Law::DenialIsNamed),
        (Fault::HoldsOnDenial, Law::DenialIsNamed),
        (Fault::BelievesTheYes, Law::YesIsNotEffect),
        (Fault::WritesIntoLag, Law::LagIsWaitedOut),
        (Fault::TellsTheSecret, Law::SecretsStayInside),
        (Fault::CallsUndeclared, Law::OnlyDeclared),
        (Fault::LooksWithoutLeave, Law::OnlyDeclared),
    ] {
        let broken = broken(&|| toy::fresh(fault)).await;
        assert!(
            broken.iter().any(|it| it.law == law),
            "{fault:?} is not caught by {law:?}:\n{}",
            lines(&broken)
        );
    }
}
