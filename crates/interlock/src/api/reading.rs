//! How everything is read: the store for what is remembered, the world for what is so now.
//!
//! A running house lends its world between two turns; without one the world is recalled from the store.

use super::types::IdentityRef;
use crate::runner::House;
use interlock_engine::World;
use interlock_model::IdentityId;
use interlock_store::{Store, StoreError};
use std::collections::HashMap;
use std::sync::Arc;

/// Longest page of a list.
pub const PAGE: usize = 1_000;
/// A page of a list when nothing is said.
const USUAL: usize = 100;

/// Reads for the API and for the command line.
#[derive(Debug, Clone)]
pub struct Reading {
    store: Store,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    House(House),
    Recalled(Arc<World>),
}

/// Why nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is nothing of this name.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// By which text.
        id: String,
    },
    /// The text is no id of that kind.
    #[error("`{id}` is not an id of a {what}: those start with `{prefix}`")]
    Malformed {
        /// What was looked for.
        what: &'static str,
        /// By which text.
        id: String,
        /// What such ids start with.
        prefix: &'static str,
    },
    /// The text means several.
    #[error("`{text}` means several identities: {}; name one by its id", candidates.join(", "))]
    Ambiguous {
        /// The text.
        text: String,
        /// The ids.
        candidates: Vec<String>,
    },
    /// The memory cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The house is stopping.
    #[error("the house is stopping")]
    Stopping,
}

impl ReadError {
    /// There is nothing of this name.
    #[must_use]
    pub fn not_found(what: &'static str, id: &str) -> Self {
        Self::NotFound { what, id: id.to_owned() }
    }
}

impl Reading {
    /// Reads a running house.
    #[must_use]
    pub fn of_house(house: House) -> Self {
        Self { store: house.store().clone(), source: Source::House(house) }
    }

    /// Reads a world that was recalled from this store.
    #[must_use]
    pub fn of_world(store: Store, world: World) -> Self {
        Self { store, source: Source::Recalled(Arc::new(world)) }
    }

    /// The memory.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Looks into the world.
    ///
    /// # Errors
    /// The house is stopping.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&World) -> T + Send + 'static,
    ) -> Result<T, ReadError> {
        match &self.source {
            Source::House(house) => house.look(look).await.map_err(|_| ReadError::Stopping),
            Source::Recalled(world) => Ok(look(world)),
        }
    }

    /// These identities in short; those that nobody remembers are left out.
    ///
    /// # Errors
    /// The house is stopping, or the store cannot be read.
    pub async fn references(
        &self,
        ids: Vec<IdentityId>,
    ) -> Result<HashMap<IdentityId, IdentityRef>, ReadError> {
        let wanted = ids.clone();
        let mut found: HashMap<IdentityId, IdentityRef> = self
            .look(move |world| {
                let directory = world.watch().directory();
                let named = |id: IdentityId| {
                    let it = directory.identity(&id).map(IdentityRef::from)?;
                    Some((id, it))
                };
                wanted.into_iter().filter_map(named).collect()
            })
            .await?;
        for id in ids {
            if !found.contains_key(&id)
                && let Some(it) = self.store.identity(&id).await?
            {
                found.insert(id, IdentityRef::from(&it));
            }
        }
        Ok(found)
    }
}

/// How many to list, from what was asked for.
#[must_use]
pub fn limit(asked: Option<usize>) -> usize {
    asked.unwrap_or(USUAL).clamp(1, PAGE)
}
