//! Roles Anywhere of the fake.

use super::held::missing;
use super::{Fake, State};
use crate::anywhere::{Anywhere, AnywhereProfile, TrustAnchor};
use crate::client::Acknowledged;
use crate::operation as op;
use interlock_contain::{CallError, ReadPass, WritePass};

/// The profile that the small account has.
pub const PROFILE: &str = "0a1b2c3d-1111-4222-8333-444455556666";
/// Its trust anchor.
pub const ANCHOR: &str = "4d5e6f70-1111-4222-8333-444455556666";

impl State {
    fn profile(&mut self, id: &str) -> Result<&mut AnywhereProfile, CallError> {
        let found = self.anywhere_profiles.iter_mut().find(|it| it.id == id);
        found.ok_or_else(|| missing(format!("profile `{id}`")))
    }

    fn anchor(&mut self, id: &str) -> Result<&mut TrustAnchor, CallError> {
        let found = self.trust_anchors.iter_mut().find(|it| it.id == id);
        found.ok_or_else(|| missing(format!("trust anchor `{id}`")))
    }
}

#[async_trait::async_trait]
impl Anywhere for Fake {
    async fn anywhere_profiles(&self, pass: ReadPass) -> Result<Vec<AnywhereProfile>, CallError> {
        let needed = op::LIST_ANYWHERE_PROFILES;
        self.read(pass.operation(), needed, |it| Ok(it.anywhere_profiles.clone()))
    }

    async fn anywhere_profile(
        &self,
        pass: ReadPass,
        id: &str,
    ) -> Result<AnywhereProfile, CallError> {
        self.read(pass.operation(), op::GET_ANYWHERE_PROFILE, |it| {
            let found = it.anywhere_profiles.iter().find(|it| it.id == id);
            found.cloned().ok_or_else(|| missing(format!("profile `{id}`")))
        })
    }

    async fn trust_anchors(&self, pass: ReadPass) -> Result<Vec<TrustAnchor>, CallError> {
        self.read(pass.operation(), op::LIST_TRUST_ANCHORS, |it| Ok(it.trust_anchors.clone()))
    }

    async fn trust_anchor(&self, pass: ReadPass, id: &str) -> Result<TrustAnchor, CallError> {
        self.read(pass.operation(), op::GET_TRUST_ANCHOR, |it| {
            let found = it.trust_anchors.iter().find(|it| it.id == id);
            found.cloned().ok_or_else(|| missing(format!("trust anchor `{id}`")))
        })
    }

    async fn set_anywhere(&self, pass: WritePass, id: &str) -> Result<Acknowledged, CallError> {
        let asked = pass.operation();
        let needed = match asked {
            op::ENABLE_ANYWHERE_PROFILE
            | op::DISABLE_ANYWHERE_PROFILE
            | op::ENABLE_TRUST_ANCHOR => asked,
            _ => op::DISABLE_TRUST_ANCHOR,
        };
        let answer = self.acknowledged(asked, needed, |it, _| {
            match needed {
                op::ENABLE_ANYWHERE_PROFILE => it.profile(id)?.enabled = true,
                op::DISABLE_ANYWHERE_PROFILE => it.profile(id)?.enabled = false,
                op::ENABLE_TRUST_ANCHOR => it.anchor(id)?.enabled = true,
                _ => it.anchor(id)?.enabled = false,
            }
            Ok(())
        });
        answer.map(|it| it.1)
    }
}
