//! RabbitMQ on the fake server.

use super::Bench;
use super::database::{self, Kind};
use crate::rabbitmq::{PARTS, WORDS};

/// A fresh broker.
pub(super) fn fresh() -> Box<dyn Bench> {
    database::fresh(Kind {
        parts: PARTS,
        words: &WORDS,
        name: "app",
        settings: &[
            ("max_connections", "none", Some("7")),
            ("password", "set", None),
            ("permissions", r#"{"/":[".*","",".*"]}"#, Some(r#"{"/":["","",""]}"#)),
            ("tags", "management", Some("monitoring")),
        ],
        changes: &[
            ("rabbitmq.clear_tags", "tags"),
            ("rabbitmq.quarantine_user", "permissions"),
            ("rabbitmq.refuse_connections", "max_connections"),
        ],
    })
}
