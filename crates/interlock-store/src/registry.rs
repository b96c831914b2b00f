//! The databases that can be the memory. One line each, sorted by name.

use crate::{Create, Store, StoreError, sqlite};
use std::pin::Pin;

/// Every backend. The suite runs on each of them.
pub const BACKENDS: &[BackendSpec] = &[sqlite::SPEC, sqlite::MEMORY_SPEC];

/// One database that can be the memory.
#[derive(Debug, Clone, Copy)]
pub struct BackendSpec {
    /// The name, as in the configuration's `store.kind`.
    pub name: &'static str,
    /// What its location is: a file's path, an address; empty when it needs none.
    pub location: &'static str,
    /// Whether what it keeps outlives the process.
    pub lasting: bool,
    open: for<'a> fn(&'a str, Create) -> Opening<'a>,
}

/// An opening that is under way.
pub(crate) type Opening<'a> = Pin<Box<dyn Future<Output = Result<Store, StoreError>> + Send + 'a>>;

impl BackendSpec {
    /// The backend of this name, as in the configuration's `store.kind`.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        BACKENDS.iter().find(|it| it.name == name)
    }

    /// Opens the memory at this location for writing.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open(&self, location: &str, create: Create) -> Result<Store, StoreError> {
        (self.open)(location, create).await
    }

    pub(crate) const fn new(
        name: &'static str,
        location: &'static str,
        lasting: bool,
        open: for<'a> fn(&'a str, Create) -> Opening<'a>,
    ) -> Self {
        Self { name, location, lasting, open }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_sorted() {
        assert!(BACKENDS.is_sorted_by(|one, next| one.name < next.name));
        assert!(BackendSpec::named("sqlite").is_some_and(|it| it.lasting));
        assert!(BackendSpec::named("paper").is_none());
    }
}
