//! Connectors on real servers: nothing in here is a fake of ours.
//!
//! Each test says `skipped` and passes where the server's program is not named; under
//! `cargo xtask test` it is, and a missing one fails.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod active_directory;
mod active_directory_refusals;
mod badges;
mod declared;
mod delivered;
mod described;
mod drive;
mod emulate;
mod github;
mod github_described;
mod google_described;
mod key_vault_described;
mod kubernetes_described;
#[expect(dead_code, reason = "the tests beside the code use the rest")]
#[path = "../../src/kubernetes/fake.rs"]
mod kubernetes_fake;
mod kubernetes_kmock;
mod oauth;
mod oidc_server;
mod okta_emulated;
mod okta_org;
mod openldap;
mod openldap_refusals;
mod outside;
#[expect(dead_code, reason = "the tests of the whole house use the rest")]
mod samba;
mod scim;
mod scim_server;
mod server;
mod session;
#[expect(dead_code, reason = "the tests of the whole house use the rest")]
mod slapd;
mod ssh;
mod sshd;
