//! Every kind of connector, by name. To add one: a folder, and a line here.

use crate::{
    active_directory, aws, broker, command, entra, github, google_cloud, keycloak, kubernetes,
    mariadb, oauth, okta, openldap, postgresql, rabbitmq, redis, scim, ssh, vault, webhook,
};
use interlock_contain::ConnectorSpec;

/// The kinds of connectors in alphabetical order.
pub const KNOWN: &[&ConnectorSpec] = &[
    &active_directory::SPEC,
    &aws::SPEC,
    &aws::identity_center::SPEC,
    &aws::organizations::SPEC,
    &broker::SPEC,
    &command::SPEC,
    &entra::SPEC,
    &github::SPEC,
    &google_cloud::SPEC,
    &keycloak::SPEC,
    &kubernetes::SPEC,
    &mariadb::SPEC,
    &oauth::SPEC,
    &okta::SPEC,
    &openldap::SPEC,
    &postgresql::SPEC,
    &rabbitmq::SPEC,
    &redis::SPEC,
    &scim::SPEC,
    &ssh::SPEC,
    &vault::SPEC,
    &webhook::SPEC,
];

/// What the kind of this name declares; `None` when it is not known.
#[must_use]
pub fn lookup(kind: &str) -> Option<&'static ConnectorSpec> {
    KNOWN.iter().copied().find(|it| it.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_unique_and_in_order() {
        assert!(KNOWN.is_sorted_by(|a, b| a.kind < b.kind));
    }

    #[test]
    fn a_kind_is_found_by_its_name() {
        assert_eq!(lookup("broker").map(|it| it.provider), Some("broker"));
        assert_eq!(lookup("aws_iam").map(|it| it.provider), Some("aws"));
        assert_eq!(lookup("aws"), None);
    }
}
