//! How each sort of credential can be ended, as the assembler knows from its connectors.

use interlock_model::{CredentialKind, CredentialRef, RevocationMethod, Shapes};

/// Which method ends which sort of credential of which provider.
///
/// A sort is a kind, and the shapes that ids of the sort have; see decision 21. At most one method for
/// each sort, a later one replaces an earlier; of two sorts that an id fits, the one that was named first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revocations {
    // A handful of sorts: a list is searched faster than an owned key is made.
    methods: Vec<(Box<str>, CredentialKind, Shapes, RevocationMethod)>,
}

impl Revocations {
    /// A table without methods: no credential can be ended.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same table with one more method.
    #[must_use]
    pub fn with(
        mut self,
        provider: &str,
        kind: CredentialKind,
        ids: Shapes,
        method: RevocationMethod,
    ) -> Self {
        self.methods.retain(|it| (&*it.0, it.1, it.2) != (provider, kind, ids));
        self.methods.push((provider.into(), kind, ids, method));
        self
    }

    /// How this credential can be ended, when it can.
    #[must_use]
    pub fn of(&self, credential: &CredentialRef) -> Option<&RevocationMethod> {
        let kind = credential.kind()?;
        let provider = credential.provider();
        let of = |it: &&(Box<str>, CredentialKind, Shapes, RevocationMethod)| {
            (&*it.0, it.1) == (provider, kind) && it.2.fit(credential.id())
        };
        self.methods.iter().find(of).map(|it| &it.3)
    }
}
