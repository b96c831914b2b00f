//! The schemas from which editors complete: of `interlock.toml`, of the directory, of mappings, of playbooks, of policies.

use super::raw::RawConfig;

/// One schema file.
#[derive(Debug, Clone, Copy)]
pub struct SchemaFile {
    /// Its name in the folder `schemas`.
    pub name: &'static str,
    /// Its text.
    pub text: fn() -> String,
}

/// Every schema, sorted by name.
pub const SCHEMAS: &[SchemaFile] = &[
    SchemaFile {
        name: "directory.schema.json",
        text: || pretty(interlock_identity::declare::schema()),
    },
    SchemaFile { name: "interlock.cedarschema", text: || interlock_decide::SCHEMA.to_owned() },
    SchemaFile { name: "interlock.schema.json", text: || pretty(schemars::schema_for!(RawConfig)) },
    SchemaFile {
        name: "mapping.schema.json",
        text: || written(&interlock_ingest::Mapping::schema()),
    },
    SchemaFile {
        name: "playbook.schema.json",
        text: || pretty(interlock_decide::playbook_schema()),
    },
];

fn pretty(schema: schemars::Schema) -> String {
    written(&schema.to_value())
}

fn written(schema: &serde_json::Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(schema).unwrap_or_default())
}
