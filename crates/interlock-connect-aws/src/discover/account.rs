//! An account as `iam:GetAccountAuthorizationDetails` describes it, page by page.

use super::report::Reported;
use crate::anywhere::{AnywhereProfile, TrustAnchor};
use crate::api::iam::stamp;
use crate::api::{Element, Unread};
use crate::policy::decode;
use interlock_model::{DiscoveryGap, Timestamp};
use std::collections::BTreeMap;

/// Which part of an account a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Groups and managed policies.
    Policies,
    /// Users.
    Users,
    /// Roles.
    Roles,
}

/// One page of a section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountPage {
    /// Users and roles.
    pub holders: Vec<Described>,
    /// The policies of groups, by the group's name.
    pub groups: BTreeMap<String, Attached>,
    /// Managed policies, by ARN, as they are in force.
    pub policies: BTreeMap<String, String>,
    /// What the report on credentials says, by ARN.
    pub report: BTreeMap<String, Reported>,
    /// The profiles of Roles Anywhere.
    pub anywhere_profiles: Vec<AnywhereProfile>,
    /// Its trust anchors.
    pub trust_anchors: Vec<TrustAnchor>,
    /// What could not be seen of the account as a whole, and why.
    pub unreported: Vec<DiscoveryGap>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Inline policies with their documents, and the ARNs of managed ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attached {
    /// Name and document.
    pub inline: Vec<(String, String)>,
    /// Name and ARN.
    pub managed: Vec<(String, String)>,
}

/// One user or role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// When it was made, in seconds since 1970.
    pub created: Option<i64>,
    /// When a role was last used, in seconds since 1970; AWS looks back 400 days.
    pub last_used: Option<i64>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Its policies.
    pub policies: Attached,
    /// The groups of a user.
    pub groups: Vec<String>,
    /// The ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// The trust policy of a role.
    pub trust: Option<String>,
    /// The instance profiles that hold a role, by name.
    pub instance_profiles: Vec<String>,
}

impl AccountPage {
    /// Reads the result of an answer.
    pub(crate) fn read(result: &Element) -> Result<Self, Unread> {
        let users = result.members("UserDetailList").map(user);
        let roles = result.members("RoleDetailList").map(role);
        Ok(Self {
            holders: users.chain(roles).collect::<Result<_, _>>()?,
            groups: result.members("GroupDetailList").map(group).collect(),
            policies: result.members("Policies").filter_map(managed).collect(),
            next: result.next_page()?,
            ..Self::default()
        })
    }
}

fn user(it: &Element) -> Result<Described, Unread> {
    Ok(Described {
        name: text(it, "UserName"),
        policies: attached(it, "UserPolicyList"),
        groups: it.texts("GroupList").collect(),
        ..holder(it)?
    })
}

fn role(it: &Element) -> Result<Described, Unread> {
    let used = it.child("RoleLastUsed").map(|it| stamp(it, "LastUsedDate")).transpose()?;
    let profiles = it.members("InstanceProfileList");
    Ok(Described {
        name: text(it, "RoleName"),
        last_used: used.flatten().map(Timestamp::as_second),
        policies: attached(it, "RolePolicyList"),
        trust: it.text("AssumeRolePolicyDocument").and_then(decode),
        instance_profiles: profiles.map(|it| text(it, "InstanceProfileName")).collect(),
        ..holder(it)?
    })
}

/// What users and roles have in common.
fn holder(it: &Element) -> Result<Described, Unread> {
    let boundary = it.child("PermissionsBoundary");
    let tag = |it: &Element| (text(it, "Key"), text(it, "Value"));
    Ok(Described {
        arn: text(it, "Arn"),
        created: stamp(it, "CreateDate")?.map(Timestamp::as_second),
        tags: it.members("Tags").map(tag).collect(),
        boundary: boundary.and_then(|it| it.text("PermissionsBoundaryArn")).map(str::to_owned),
        ..Described::default()
    })
}

fn group(it: &Element) -> (String, Attached) {
    (text(it, "GroupName"), attached(it, "GroupPolicyList"))
}

fn managed(it: &Element) -> Option<(String, String)> {
    let mut versions = it.members("PolicyVersionList");
    let version = versions.find(|it| it.text("IsDefaultVersion") == Some("true"))?;
    Some((it.text("Arn")?.to_owned(), decode(version.text("Document")?)?))
}

/// Inline policies of the list of this name, and the managed ones.
fn attached(it: &Element, inline: &str) -> Attached {
    let own = |it: &Element| {
        let document = decode(it.text("PolicyDocument")?)?;
        Some((it.text("PolicyName")?.to_owned(), document))
    };
    let managed =
        |it: &Element| Some((it.text("PolicyName")?.to_owned(), it.text("PolicyArn")?.to_owned()));
    Attached {
        inline: it.members(inline).filter_map(own).collect(),
        managed: it.members("AttachedManagedPolicies").filter_map(managed).collect(),
    }
}

fn text(it: &Element, name: &str) -> String {
    it.text(name).unwrap_or_default().to_owned()
}
