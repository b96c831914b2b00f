//! The built-in rule pack: what `init` writes and what holds when there is no other.

/// The rules of `content/rules`: path below it and text, sorted by path. `build.rs` lists them.
pub const RULES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));
