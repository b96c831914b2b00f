//! Identity and Access Management, as far as it is called.

use super::wire::{Form, result};
use super::{Answered, Call, Element, Service, Unread};
use crate::Secret;
use crate::client::{AccessKey, Holders};
use crate::discover::{AccountPage, Section};
use crate::operation as op;
use interlock_model::{Operation, Timestamp};
use std::collections::BTreeSet;

/// A stamp in an answer, where there is one.
pub(crate) fn stamp(it: &Element, name: &str) -> Result<Option<Timestamp>, Unread> {
    let Some(text) = it.text(name) else { return Ok(None) };
    let stamp = text.trim().parse();
    stamp.map(Some).map_err(|_| Unread::new(format!("`{name}` is no stamp")))
}

/// One page of a list, and where the next begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    /// What it lists.
    pub items: T,
    /// Where the next one begins.
    pub next: Option<String>,
}

/// A user.
#[derive(Debug)]
pub(crate) struct GetUser<'a>(pub &'a str);

impl Call for GetUser<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::GET_USER;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("UserName", self.0).done()
    }
}

impl Answered for GetUser<'_> {
    /// The path.
    type Answer = String;

    fn read(body: &[u8]) -> Result<String, Unread> {
        inner::<Self>(body, "User")?.needed("Path")
    }
}

/// A role.
#[derive(Debug)]
pub(crate) struct GetRole<'a>(pub &'a str);

/// A role as IAM hands it out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StoredRole {
    /// Its ARN.
    pub arn: String,
    /// Its own id, `AROA…`.
    pub id: String,
    /// Its path.
    pub path: String,
    /// Its trust policy, encoded.
    pub trust: String,
    /// How long its sessions can live, in seconds, where that is set.
    pub longest_session: Option<u64>,
}

impl Call for GetRole<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::GET_ROLE;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("RoleName", self.0).done()
    }
}

impl Answered for GetRole<'_> {
    type Answer = StoredRole;

    fn read(body: &[u8]) -> Result<StoredRole, Unread> {
        let role = inner::<Self>(body, "Role")?;
        let longest = role.text("MaxSessionDuration").map(|it| it.trim().parse());
        let no_number = |_| Unread::new("`MaxSessionDuration` is no number");
        Ok(StoredRole {
            arn: role.needed("Arn")?,
            id: role.needed("RoleId")?,
            path: role.needed("Path")?,
            trust: role.needed("AssumeRolePolicyDocument")?,
            longest_session: longest.transpose().map_err(no_number)?,
        })
    }
}

/// The access keys of a user: two at most, so one page.
#[derive(Debug)]
pub(crate) struct ListAccessKeys<'a>(pub &'a str);

impl Call for ListAccessKeys<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::LIST_ACCESS_KEYS;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("UserName", self.0).done()
    }
}

impl Answered for ListAccessKeys<'_> {
    type Answer = Vec<AccessKey>;

    fn read(body: &[u8]) -> Result<Vec<AccessKey>, Unread> {
        let it = result::<Self>(body)?;
        let key = |it: &Element| {
            Ok(AccessKey {
                id: it.needed("AccessKeyId")?,
                status: it.needed("Status")?,
                created: stamp(it, "CreateDate")?.map(Timestamp::as_second),
            })
        };
        it.members("AccessKeyMetadata").map(key).collect()
    }
}

/// When a key was last used.
#[derive(Debug)]
pub(crate) struct GetAccessKeyLastUsed<'a>(pub &'a str);

impl Call for GetAccessKeyLastUsed<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::GET_ACCESS_KEY_LAST_USED;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("AccessKeyId", self.0).done()
    }
}

impl Answered for GetAccessKeyLastUsed<'_> {
    type Answer = Option<Timestamp>;

    fn read(body: &[u8]) -> Result<Option<Timestamp>, Unread> {
        let it = result::<Self>(body)?;
        let used = it.child("AccessKeyLastUsed").map(|it| stamp(it, "LastUsedDate"));
        Ok(used.transpose()?.flatten())
    }
}

/// Whether a user has a console password: there is an answer, or there is none.
#[derive(Debug)]
pub(crate) struct GetLoginProfile<'a>(pub &'a str);

impl Call for GetLoginProfile<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::GET_LOGIN_PROFILE;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("UserName", self.0).done()
    }
}

/// A page of the account's users, or roles, or groups and policies.
#[derive(Debug)]
pub(crate) struct GetAccountAuthorizationDetails<'a> {
    /// Which.
    pub section: Section,
    /// Where the page begins.
    pub marker: Option<&'a str>,
}

impl Call for GetAccountAuthorizationDetails<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::GET_ACCOUNT_AUTHORIZATION_DETAILS;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        let (kinds, most): (&[&str], _) = match self.section {
            Section::Policies => (&["Group", "LocalManagedPolicy", "AWSManagedPolicy"], "1000"),
            // For each of them the keys are asked for, too.
            Section::Users => (&["User"], "50"),
            Section::Roles => (&["Role"], "200"),
        };
        Form::of::<Self>()
            .list("Filter", kinds.iter().copied())
            .with("MaxItems", most)
            .maybe("Marker", self.marker)
            .done()
    }
}

impl Answered for GetAccountAuthorizationDetails<'_> {
    type Answer = AccountPage;

    fn read(body: &[u8]) -> Result<AccountPage, Unread> {
        AccountPage::read(&result::<Self>(body)?)
    }
}

/// An inline policy.
#[derive(Debug)]
pub(crate) struct GetUserPolicy<'a> {
    /// The user.
    pub user: &'a str,
    /// The policy's name.
    pub policy: &'a str,
}

impl Call for GetUserPolicy<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::GET_USER_POLICY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("UserName", self.user).with("PolicyName", self.policy).done()
    }
}

impl Answered for GetUserPolicy<'_> {
    /// The document, encoded.
    type Answer = String;

    fn read(body: &[u8]) -> Result<String, Unread> {
        result::<Self>(body)?.needed("PolicyDocument")
    }
}

/// The same of a role.
#[derive(Debug)]
pub(crate) struct GetRolePolicy<'a> {
    /// The role.
    pub role: &'a str,
    /// The policy's name.
    pub policy: &'a str,
}

impl Call for GetRolePolicy<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::GET_ROLE_POLICY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("RoleName", self.role).with("PolicyName", self.policy).done()
    }
}

impl Answered for GetRolePolicy<'_> {
    /// The document, encoded.
    type Answer = String;

    fn read(body: &[u8]) -> Result<String, Unread> {
        result::<Self>(body)?.needed("PolicyDocument")
    }
}

/// Who holds a managed policy.
#[derive(Debug)]
pub(crate) struct ListEntitiesForPolicy<'a> {
    /// The policy.
    pub arn: &'a str,
    /// Where the page begins.
    pub marker: Option<&'a str>,
}

impl Call for ListEntitiesForPolicy<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::LIST_ENTITIES_FOR_POLICY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("PolicyArn", self.arn).maybe("Marker", self.marker).done()
    }
}

impl Answered for ListEntitiesForPolicy<'_> {
    type Answer = Page<Holders>;

    fn read(body: &[u8]) -> Result<Page<Holders>, Unread> {
        let it = result::<Self>(body)?;
        let names = |list: &str, name| -> Result<BTreeSet<String>, Unread> {
            it.members(list).map(|it| it.needed(name)).collect()
        };
        let items = Holders {
            users: names("PolicyUsers", "UserName")?,
            groups: names("PolicyGroups", "GroupName")?,
            roles: names("PolicyRoles", "RoleName")?,
        };
        Ok(Page { items, next: it.next_page()? })
    }
}

/// The members of a group.
#[derive(Debug)]
pub(crate) struct GetGroup<'a> {
    /// The group.
    pub group: &'a str,
    /// Where the page begins.
    pub marker: Option<&'a str>,
}

impl Call for GetGroup<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::GET_GROUP;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("GroupName", self.group).maybe("Marker", self.marker).done()
    }
}

impl Answered for GetGroup<'_> {
    /// Their names.
    type Answer = Page<Vec<String>>;

    fn read(body: &[u8]) -> Result<Page<Vec<String>>, Unread> {
        let it = result::<Self>(body)?;
        let items =
            it.members("Users").map(|it| it.needed("UserName")).collect::<Result<_, _>>()?;
        Ok(Page { items, next: it.next_page()? })
    }
}

/// What a principal's own policies allow.
#[derive(Debug)]
pub(crate) struct SimulatePrincipalPolicy<'a> {
    /// The principal.
    pub principal: &'a str,
    /// The operations.
    pub operations: &'a [Operation],
    /// Where the page begins.
    pub marker: Option<&'a str>,
}

impl Call for SimulatePrincipalPolicy<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::SIMULATE_PRINCIPAL_POLICY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>()
            .with("PolicySourceArn", self.principal)
            .list("ActionNames", self.operations.iter().map(|it| it.0))
            .maybe("Marker", self.marker)
            .done()
    }
}

impl Answered for SimulatePrincipalPolicy<'_> {
    /// The operations that are allowed.
    type Answer = Page<Vec<String>>;

    fn read(body: &[u8]) -> Result<Page<Vec<String>>, Unread> {
        let it = result::<Self>(body)?;
        let allowed = |it: &&Element| it.text("EvalDecision") == Some("allowed");
        let results = it.members("EvaluationResults").filter(allowed);
        let items = results.map(|it| it.needed("EvalActionName")).collect::<Result<_, _>>()?;
        Ok(Page { items, next: it.next_page()? })
    }
}

/// Sets the status of an access key.
#[derive(Debug)]
pub(crate) struct UpdateAccessKey<'a> {
    /// The user. Without one AWS would take the caller's own.
    pub user: &'a str,
    /// The key.
    pub key: &'a str,
    /// The status.
    pub status: &'a str,
}

impl Call for UpdateAccessKey<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::UPDATE_ACCESS_KEY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        let form = Form::of::<Self>().with("UserName", self.user).with("AccessKeyId", self.key);
        form.with("Status", self.status).done()
    }
}

/// Deletes an access key.
#[derive(Debug)]
pub(crate) struct DeleteAccessKey<'a> {
    /// The user. Without one AWS would take the caller's own.
    pub user: &'a str,
    /// The key.
    pub key: &'a str,
}

impl Call for DeleteAccessKey<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::DELETE_ACCESS_KEY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("UserName", self.user).with("AccessKeyId", self.key).done()
    }
}

/// Deletes a console password.
#[derive(Debug)]
pub(crate) struct DeleteLoginProfile<'a>(pub &'a str);

impl Call for DeleteLoginProfile<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::DELETE_LOGIN_PROFILE;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("UserName", self.0).done()
    }
}

/// Issues an access key.
#[derive(Debug)]
pub(crate) struct CreateAccessKey<'a>(pub &'a str);

impl Call for CreateAccessKey<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::CREATE_ACCESS_KEY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("UserName", self.0).done()
    }
}

impl Answered for CreateAccessKey<'_> {
    /// Its id and its secret.
    type Answer = (String, Secret);

    fn read(body: &[u8]) -> Result<(String, Secret), Unread> {
        let key = inner::<Self>(body, "AccessKey")?;
        Ok((key.needed("AccessKeyId")?, Secret::new(key.needed("SecretAccessKey")?)))
    }
}

/// Writes an inline policy.
#[derive(Debug)]
pub(crate) struct PutUserPolicy<'a> {
    /// The user.
    pub user: &'a str,
    /// The policy's name.
    pub policy: &'a str,
    /// The document.
    pub document: &'a str,
}

impl Call for PutUserPolicy<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::PUT_USER_POLICY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        let form = Form::of::<Self>().with("UserName", self.user).with("PolicyName", self.policy);
        form.with("PolicyDocument", self.document).done()
    }
}

/// The same of a role.
#[derive(Debug)]
pub(crate) struct PutRolePolicy<'a> {
    /// The role.
    pub role: &'a str,
    /// The policy's name.
    pub policy: &'a str,
    /// The document.
    pub document: &'a str,
}

impl Call for PutRolePolicy<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::PUT_ROLE_POLICY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        let form = Form::of::<Self>().with("RoleName", self.role).with("PolicyName", self.policy);
        form.with("PolicyDocument", self.document).done()
    }
}

/// Removes an inline policy.
#[derive(Debug)]
pub(crate) struct DeleteUserPolicy<'a> {
    /// The user.
    pub user: &'a str,
    /// The policy's name.
    pub policy: &'a str,
}

impl Call for DeleteUserPolicy<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::DELETE_USER_POLICY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("UserName", self.user).with("PolicyName", self.policy).done()
    }
}

/// The same of a role.
#[derive(Debug)]
pub(crate) struct DeleteRolePolicy<'a> {
    /// The role.
    pub role: &'a str,
    /// The policy's name.
    pub policy: &'a str,
}

impl Call for DeleteRolePolicy<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::DELETE_ROLE_POLICY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().with("RoleName", self.role).with("PolicyName", self.policy).done()
    }
}

/// Writes the trust policy of a role.
#[derive(Debug)]
pub(crate) struct UpdateAssumeRolePolicy<'a> {
    /// The role.
    pub role: &'a str,
    /// The document.
    pub document: &'a str,
}

impl Call for UpdateAssumeRolePolicy<'_> {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::UPDATE_ASSUME_ROLE_POLICY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        let form = Form::of::<Self>().with("RoleName", self.role);
        form.with("PolicyDocument", self.document).done()
    }
}

/// The one element that a result is about.
pub(super) fn inner<C: Answered>(body: &[u8], name: &'static str) -> Result<Element, Unread> {
    let result = result::<C>(body)?;
    result.take(name).ok_or_else(|| Unread::new(format!("`{name}` is missing")))
}
