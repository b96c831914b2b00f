//! Instance profiles: through which instances of EC2 get the sessions of a role.

use super::iam::inner;
use super::wire::Form;
use super::{Answered, Call, Service, Unread};
use crate::client::ProfileRole;
use crate::operation as op;
use interlock_model::Operation;

/// An instance profile.
#[derive(Debug)]
pub(crate) struct GetInstanceProfile<'a>(pub &'a str);

impl Call for GetInstanceProfile<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::GET_INSTANCE_PROFILE;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("InstanceProfileName", self.0).done()
    }
}

impl Answered for GetInstanceProfile<'_> {
    /// The role in it: one at most.
    type Answer = Option<ProfileRole>;

    fn read(body: &[u8]) -> Result<Option<ProfileRole>, Unread> {
        let profile = inner::<Self>(body, "InstanceProfile")?;
        let role = profile.members("Roles").next();
        let read = role
            .map(|it| Ok(ProfileRole { name: it.needed("RoleName")?, path: it.needed("Path")? }));
        read.transpose()
    }
}

/// Takes a role out of an instance profile.
#[derive(Debug)]
pub(crate) struct RemoveRoleFromInstanceProfile<'a> {
    /// The profile.
    pub profile: &'a str,
    /// The role.
    pub role: &'a str,
}

/// Puts a role into an instance profile.
#[derive(Debug)]
pub(crate) struct AddRoleToInstanceProfile<'a> {
    /// The profile.
    pub profile: &'a str,
    /// The role.
    pub role: &'a str,
}

impl Call for RemoveRoleFromInstanceProfile<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::REMOVE_ROLE_FROM_INSTANCE_PROFILE;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        let form = Form::of::<Self>().with("InstanceProfileName", self.profile);
        form.with("RoleName", self.role).done()
    }
}

impl Call for AddRoleToInstanceProfile<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::ADD_ROLE_TO_INSTANCE_PROFILE;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        let form = Form::of::<Self>().with("InstanceProfileName", self.profile);
        form.with("RoleName", self.role).done()
    }
}
