//! The hands: every connector that is known, and the laws that each of its actions keeps.
//!
//! Not here: the memory, the decisions, the doors. A provider whose SDK is heavy is a crate of its own.

pub mod active_directory;
pub mod broker;
pub mod command;
pub mod conformance;
pub mod database;
pub mod declared;
pub mod delivery;
pub mod entra;
pub mod feeds;
pub mod github;
pub mod google_cloud;
pub mod http;
pub mod http_json;
pub mod idp;
mod jwt;
pub mod keycloak;
pub mod kubernetes;
mod ldap;
pub mod mariadb;
pub mod oauth;
pub mod okta;
pub mod openldap;
pub mod postgresql;
pub mod proven;
pub mod rabbitmq;
pub mod redis;
pub mod reference;
pub mod registry;
pub mod rest;
pub mod scim;
pub mod split;
pub mod ssh;
pub mod standard_webhooks;
pub mod vault;
pub mod webhook;

pub use interlock_connect_aws as aws;
pub use interlock_connect_aws::Secret;
