//! The AWS connector, driven through the machine: on the fake by laws, on real servers by effect.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what is wrong, in its helpers too"
)]

mod account;
mod check;
mod drive;
mod identity_center;
mod issue;
mod laws;
mod ministack;
mod moto;
mod moto_credentials;
mod organization;
mod organizations;
mod parameters;
mod readme;
mod refusals;
mod report;
mod roles_anywhere;
mod servers;
mod skewed;
mod ways_in;
mod wire;
