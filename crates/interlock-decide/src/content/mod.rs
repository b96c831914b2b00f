//! Reading YAML that people write: a tree that knows where everything stands, and a check of it
//! against the JSON Schema of our types that finds all problems at once.
//!
//! The schema is the one description of the form: editors complete from it, the reference is made
//! from it, and the check reads it, so that they cannot disagree.

mod shape;
mod tree;

pub use shape::Shape;
pub use tree::{Kind, Node};
