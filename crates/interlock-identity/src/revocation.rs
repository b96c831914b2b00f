//! How each sort of credential can be ended, as the assembler knows from its connectors.

use interlock_model::{CredentialKind, CredentialRef, RevocationMethod};

/// Which method ends which sort of credential of which provider.
///
/// At most one per pair; a later one replaces an earlier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revocations {
    // A handful of pairs: a list is searched faster than an owned key is made.
    methods: Vec<(Box<str>, CredentialKind, RevocationMethod)>,
}

impl Revocations {
    /// A table without methods: no credential can be ended.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same table with one more method.
    #[must_use]
    pub fn with(mut self, provider: &str, kind: CredentialKind, method: RevocationMethod) -> Self {
        self.methods.retain(|(known, of, _)| (&**known, *of) != (provider, kind));
        self.methods.push((provider.into(), kind, method));
        self
    }

    /// How this credential can be ended, when it can.
    #[must_use]
    pub fn of(&self, credential: &CredentialRef) -> Option<&RevocationMethod> {
        let kind = credential.kind()?;
        let provider = credential.provider();
        self.methods.iter().find(|(it, of, _)| (&**it, *of) == (provider, kind)).map(|it| &it.2)
    }
}
