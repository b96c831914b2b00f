//! The credentials of users beside keys and passwords, and the instance profiles of the fake.

use super::State;
use super::held::missing;
use crate::client::{CredentialSort, OtherCredential, ProfileRole};
use interlock_contain::CallError;

impl State {
    /// A user's credentials of one sort.
    pub(super) fn others_of(
        &self,
        sort: CredentialSort,
        user: &str,
    ) -> Result<Vec<OtherCredential>, CallError> {
        Ok(self.user(user)?.others.get(&sort).cloned().unwrap_or_default())
    }

    /// Sets the status of one of them.
    pub(super) fn set_other(
        &mut self,
        sort: CredentialSort,
        user: &str,
        id: &str,
        status: &str,
    ) -> Result<(), CallError> {
        let all = self.user_mut(user)?.others.entry(sort).or_default();
        let found = all.iter_mut().find(|it| it.id == id);
        found.ok_or_else(|| missing(format!("credential `{id}`")))?.status = status.to_owned();
        Ok(())
    }

    /// The role in an instance profile.
    pub(super) fn role_in(&self, profile: &str) -> Result<Option<ProfileRole>, CallError> {
        let role = self.instance_profiles.get(profile).ok_or_else(|| no_profile(profile))?;
        Ok(role.as_ref().map(|name| {
            let path = self.roles.get(name).map_or_else(|| "/".to_owned(), |it| it.path.clone());
            ProfileRole { name: name.clone(), path }
        }))
    }

    /// Takes a role out of an instance profile.
    pub(super) fn take_out(&mut self, profile: &str, role: &str) -> Result<(), CallError> {
        let there = self.instance_profiles.get_mut(profile).ok_or_else(|| no_profile(profile))?;
        there.take_if(|it| it == role).map(drop).ok_or_else(|| missing(format!("role `{role}`")))
    }

    /// Puts a role into an instance profile, which holds one.
    pub(super) fn put_in(&mut self, profile: &str, role: &str) -> Result<(), CallError> {
        self.role(role)?;
        let there = self.instance_profiles.get_mut(profile).ok_or_else(|| no_profile(profile))?;
        if there.is_some() {
            let why = "`iam:AddRoleToInstanceProfile`: LimitExceeded".to_owned();
            return Err(CallError::Unsupported { why });
        }
        *there = Some(role.to_owned());
        Ok(())
    }
}

fn no_profile(name: &str) -> CallError {
    missing(format!("instance profile `{name}`"))
}
