//! Prefixed ids, each its own type, derived from what they stand for and never drawn.
//!
//! Derived ids make at-least-once input harmless: the same log line gives the same finding,
//! the same decision gives the same step.

use crate::Digest;
use std::fmt;
use std::sync::Arc;

/// Text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id that starts with `{prefix}`")]
pub struct MalformedId {
    /// The text as it was given.
    pub text: String,
    /// What ids of this kind start with.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// What every id of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// The id that stands for exactly these parts, in this order.
            #[must_use]
            pub fn derive(parts: &[&str]) -> Self {
                Self(derived($prefix, &Digest::of_parts($prefix, parts)))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = MalformedId;
            fn from_str(text: &str) -> Result<Self, MalformedId> {
                let malformed = || MalformedId { text: text.to_owned(), prefix: $prefix };
                let rest = text.strip_prefix($prefix).ok_or_else(malformed)?;
                let sound = !rest.is_empty()
                    && rest.len() <= 120
                    && rest.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-".contains(&it));
                if sound { Ok(Self(text.into())) } else { Err(malformed()) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

/// The prefix and the digits behind it, put together in place: every event has an id.
fn derived(prefix: &str, digest: &Digest) -> Arc<str> {
    let mut text = [0; Digest::SHORT + 4];
    match text.split_at_mut_checked(prefix.len()) {
        Some((start, digits)) if digits.len() == Digest::SHORT => {
            start.copy_from_slice(prefix.as_bytes());
            digest.short_digits(digits);
            str::from_utf8(&text).unwrap_or_default().into()
        }
        Some(_) | None => digest.short_with(prefix).into(),
    }
}

ids! {
    /// One case: the open findings on one identity.
    CaseId = "cas_";
    /// The life of one plan.
    ContainmentId = "cnt_";
    /// One decision.
    DecisionId = "dec_";
    /// One observation, derived from its source's own event id where there is one.
    EventId = "evt_";
    /// One finding, derived from rule, identity and window.
    FindingId = "fnd_";
    /// One identity. Declared identities choose the part after the prefix themselves.
    IdentityId = "idn_";
    /// A team that answers for identities.
    OwnerId = "own_";
    /// One ordered list of steps.
    PlanId = "pln_";
    /// One provider write of one plan.
    StepId = "stp_";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_from_the_parts_and_their_borders() {
        assert_eq!(StepId::derive(&["a", "b"]), StepId::derive(&["a", "b"]));
        assert_ne!(StepId::derive(&["a", "b"]), StepId::derive(&["ab"]));
        assert_ne!(StepId::derive(&["a", "b"]), StepId::derive(&["b", "a"]));
    }

    #[test]
    fn parses_only_its_own_kind() {
        assert!("idn_ci-deploy".parse::<IdentityId>().is_ok());
        for text in ["", "idn_", "fnd_1", "idn_a b", "idn_é"] {
            assert!(text.parse::<IdentityId>().is_err(), "{text}");
        }
    }
}
