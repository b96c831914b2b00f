//! Secret material: in hand for one call, never shown, never stored.

use std::fmt;

/// Secret material. Has no `Display` and no serialised form; its `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Takes secret material in hand.
    #[must_use]
    pub fn new(material: impl Into<Box<str>>) -> Self {
        Self(material.into())
    }

    /// The material itself, for the call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
