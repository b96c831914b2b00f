//! The command line as people meet it: the real program, real files, real exit codes. One test binary.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod bound;
mod broker;
mod calibration;
mod check_content;
mod cli;
mod connector_config;
mod counted;
mod database_config;
mod declared_config;
mod delivery_config;
mod docs;
mod drill_config;
mod example_estate;
mod feed_config;
mod feed_file;
mod feed_syslog;
mod feed_webhook;
mod hostile;
mod import;
mod init_check;
mod killed;
mod least;
mod mapping;
mod notify;
mod owned;
mod people;
mod program;
mod provider_config;
mod refusing;
mod replay;
mod replay_bad_input;
mod serve;
mod served;
mod ssh_config;
mod standing;
mod stratus;
mod vault_config;
