//! An account as `iam:GetAccountAuthorizationDetails` describes it, page by page.

use crate::errors::Asked;
use crate::operation::GET_ACCOUNT_AUTHORIZATION_DETAILS as OPERATION;
use crate::policy::decode;
use aws_sdk_iam::types::{
    AttachedPolicy, EntityType, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail, Tag,
    UserDetail,
};
use interlock_contain::CallError;
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
}

/// Reads one page.
pub(crate) async fn fetch(
    iam: &aws_sdk_iam::Client,
    section: Section,
    marker: Option<&str>,
) -> Result<AccountPage, CallError> {
    let kinds = match section {
        Section::Policies => {
            vec![EntityType::Group, EntityType::LocalManagedPolicy, EntityType::AwsManagedPolicy]
        }
        Section::Users => vec![EntityType::User],
        Section::Roles => vec![EntityType::Role],
    };
    let most = match section {
        Section::Policies => 1_000,
        // For each of them the keys are asked for, too.
        Section::Users => 50,
        Section::Roles => 200,
    };
    let call = iam
        .get_account_authorization_details()
        .set_filter(Some(kinds))
        .max_items(most)
        .set_marker(marker.map(ToOwned::to_owned));
    let asked = Asked { operation: OPERATION, writes: false, what: "the account" };
    let answer = call.send().await.map_err(|it| asked.failed(&it))?;
    let users = answer.user_detail_list.unwrap_or_default().into_iter().map(user);
    let roles = answer.role_detail_list.unwrap_or_default().into_iter().map(role);
    let groups = answer.group_detail_list.unwrap_or_default().into_iter().map(group);
    let policies = answer.policies.unwrap_or_default().into_iter().filter_map(managed);
    Ok(AccountPage {
        holders: users.chain(roles).collect(),
        groups: groups.collect(),
        policies: policies.collect(),
        next: answer.marker.filter(|_| answer.is_truncated),
    })
}

fn user(it: UserDetail) -> Described {
    Described {
        name: it.user_name.unwrap_or_default(),
        arn: it.arn.unwrap_or_default(),
        created: it.create_date.map(|it| it.secs()),
        last_used: None,
        tags: tags(it.tags),
        policies: Attached {
            inline: inline(it.user_policy_list),
            managed: attached(it.attached_managed_policies),
        },
        groups: it.group_list.unwrap_or_default(),
        boundary: it.permissions_boundary.and_then(|it| it.permissions_boundary_arn),
        trust: None,
    }
}

fn role(it: RoleDetail) -> Described {
    Described {
        name: it.role_name.unwrap_or_default(),
        arn: it.arn.unwrap_or_default(),
        created: it.create_date.map(|it| it.secs()),
        last_used: it.role_last_used.and_then(|it| it.last_used_date).map(|it| it.secs()),
        tags: tags(it.tags),
        policies: Attached {
            inline: inline(it.role_policy_list),
            managed: attached(it.attached_managed_policies),
        },
        groups: Vec::new(),
        boundary: it.permissions_boundary.and_then(|it| it.permissions_boundary_arn),
        trust: it.assume_role_policy_document.as_deref().and_then(decode),
    }
}

fn group(it: GroupDetail) -> (String, Attached) {
    let policies = Attached {
        inline: inline(it.group_policy_list),
        managed: attached(it.attached_managed_policies),
    };
    (it.group_name.unwrap_or_default(), policies)
}

fn managed(it: ManagedPolicyDetail) -> Option<(String, String)> {
    let mut versions = it.policy_version_list.unwrap_or_default().into_iter();
    let document = versions.find(|it| it.is_default_version)?.document?;
    Some((it.arn?, decode(&document)?))
}

fn inline(list: Option<Vec<PolicyDetail>>) -> Vec<(String, String)> {
    let read = |it: PolicyDetail| {
        let document = decode(&it.policy_document?)?;
        Some((it.policy_name?, document))
    };
    list.unwrap_or_default().into_iter().filter_map(read).collect()
}

fn attached(list: Option<Vec<AttachedPolicy>>) -> Vec<(String, String)> {
    let read = |it: AttachedPolicy| Some((it.policy_name?, it.policy_arn?));
    list.unwrap_or_default().into_iter().filter_map(read).collect()
}

fn tags(list: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    list.unwrap_or_default().into_iter().map(|it| (it.key, it.value)).collect()
}
