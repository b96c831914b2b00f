//! How much memory the directory takes, part by part.
//!
//! Computed from what each part holds, unused room included; what an allocator adds on top is not known
//! here, so that a process has more resident than the sum.

use crate::aliases::Slot;
use crate::directory::Directory;
use std::collections::HashMap;

/// What one part of the directory takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which part.
    pub what: &'static str,
    /// How many things it holds.
    pub count: usize,
    /// In how many bytes.
    pub bytes: usize,
}

impl Directory {
    /// How many identities there are, without making any of them ready.
    #[must_use]
    pub fn identities_known(&self) -> usize {
        self.records.slots().count()
    }

    /// What each part takes. Looks at everything: for reports, not for the way of every event.
    #[must_use]
    pub fn memory(&self) -> Vec<Share> {
        let mut shares = self.records.memory().to_vec();
        shares.push(Share {
            what: "index of ids",
            count: self.records.len(),
            bytes: self.ids.memory(),
        });
        shares.extend(self.aliases.memory());
        shares.push(self.keys.memory());
        shares.extend(self.inventory.listed.memory());
        shares.push(Share {
            what: "list of what changed",
            count: self.touched.len() + self.untold.len(),
            bytes: (self.touched.capacity() + self.untold.capacity()) * size_of::<Slot>(),
        });
        shares
    }
}

/// What a map takes beside what its keys and values point to: a power of two of places, seven
/// eighths of them filled at most, and a byte for each.
pub(crate) fn of_map<K, V, S>(map: &HashMap<K, V, S>) -> usize {
    match map.capacity() {
        0 => 0,
        capacity => (capacity * 8 / 7).next_power_of_two() * (size_of::<(K, V)>() + 1),
    }
}

/// What so many bytes take when they are asked for by themselves: most allocators give sixteens.
pub(crate) const fn allocated(bytes: usize) -> usize {
    (bytes + 8).next_multiple_of(16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::Declaration;
    use interlock_model::{Actor, CredentialKind, CredentialRef, Principal};

    #[test]
    fn it_grows_with_what_is_known() {
        let mut directory = Directory::new(Declaration::default());
        let of = |directory: &Directory, what: &str| {
            *directory.memory().iter().find(|it| it.what == what).unwrap()
        };
        let empty: usize = directory.memory().iter().map(|it| it.bytes).sum();
        for number in 0..1_000 {
            let actor = Actor {
                principal: Some(Principal::new("okta", &format!("user-{number}"))),
                credential: Some(CredentialRef::new(
                    "okta",
                    CredentialKind::Token,
                    &format!("token-{number}"),
                )),
                ..Actor::default()
            };
            directory.bind_actor(&actor, None, "2026-03-02T10:00:00Z".parse().unwrap());
        }
        let all: usize = directory.memory().iter().map(|it| it.bytes).sum();
        assert!(empty < 10_000 && all > 100_000, "{empty} {all}");
        assert_eq!(of(&directory, "names of principals").count, 1_000);
        assert_eq!(of(&directory, "credentials").count, 1_000);
        assert_eq!(of(&directory, "records at hand, without their texts and lists").count, 1_000);
    }
}
