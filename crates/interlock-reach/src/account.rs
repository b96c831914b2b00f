//! The users, roles, groups and policies of one account, as `GetAccountAuthorizationDetails` tells them.
//!
//! Documents may be objects, as the command line writes them, or percent-encoded text, as the API
//! answers. What cannot be read is left out and named in [`Account::unread`]; what stands beside it
//! is kept. Bounded by [`LONGEST_PAGE`] a page and [`MOST_ENTRIES`] entries of a list.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>

use super::document::{Document, clip};
use interlock_model::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest page that is read, in bytes.
pub const LONGEST_PAGE: usize = 64 * 1024 * 1024;
/// Most users, roles, groups or policies, each; and most entries of any list inside them.
pub const MOST_ENTRIES: usize = 20_000;
/// Most notes on what was not read.
const MOST_UNREAD: usize = 1000;

/// What one account holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Users by their ARN.
    pub users: BTreeMap<String, User>,
    /// Roles by their ARN.
    pub roles: BTreeMap<String, Role>,
    /// Groups by their name.
    pub groups: BTreeMap<String, Group>,
    /// Managed policies by their ARN, those of the provider included.
    pub policies: BTreeMap<String, ManagedPolicy>,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

/// Something that could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Whose it is: an ARN, or the place in the page.
    pub place: String,
    /// What is wrong with it.
    pub why: String,
}

/// A user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// What it was given.
    pub grants: Grants,
    /// The names of the groups it is in.
    pub groups: Vec<String>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// How many access keys it has. The page does not say; whoever knows may fill it in.
    pub access_keys: Option<u8>,
}

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// What it was given.
    pub grants: Grants,
    /// Who may become it; `None` when that could not be read.
    pub trust: Option<Document>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// The instance profiles it is in.
    pub instance_profiles: Vec<String>,
    /// When it was last used, where the provider says.
    pub last_used: Option<Timestamp>,
}

impl Role {
    /// Whether a service made it for itself: nobody can pass it or change what it may do.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        self.arn.contains(":role/aws-service-role/")
    }
}

/// A group of users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// What its members are given.
    pub grants: Grants,
}

/// Policies of one user, role or group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Those written into it.
    pub inline: Vec<InlinePolicy>,
    /// The ARNs of those attached.
    pub attached: Vec<String>,
}

/// A policy that is part of one user, role or group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlinePolicy {
    /// Its name.
    pub name: String,
    /// What it says.
    pub document: Document,
}

/// A policy of its own, that can be attached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its versions that could be read.
    pub versions: Vec<PolicyVersion>,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Its id: `v3`.
    pub id: String,
    /// Whether it is in force.
    pub is_default: bool,
    /// What it says.
    pub document: Document,
}

impl ManagedPolicy {
    /// The version in force.
    #[must_use]
    pub fn current(&self) -> Option<&PolicyVersion> {
        self.versions.iter().find(|it| it.is_default)
    }

    /// Whether the account owns it, so that it can be rewritten.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.arn.split(':').nth(4).is_some_and(|it| it != "aws" && !it.is_empty())
    }
}

/// Why text is no page of an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedAccount {
    /// It is too long.
    #[error("the page has more than {LONGEST_PAGE} bytes")]
    TooLong,
    /// It is no JSON.
    #[error("the page is not JSON: {0}")]
    Json(String),
    /// None of the lists is there.
    #[error("the page has no `UserDetailList`, `GroupDetailList`, `RoleDetailList` or `Policies`")]
    Other,
}

impl Account {
    /// Reads one page, or all of them as the command line joins them.
    ///
    /// # Errors
    /// It is no such page. Entries that cannot be read are no error: see [`Account::unread`].
    pub fn read(text: &str) -> Result<Self, MalformedAccount> {
        let mut account = Self::default();
        account.add(text)?;
        Ok(account)
    }

    /// Adds one more page.
    ///
    /// # Errors
    /// It is no such page; the account is as it was.
    pub fn add(&mut self, page: &str) -> Result<(), MalformedAccount> {
        if page.len() > LONGEST_PAGE {
            return Err(MalformedAccount::TooLong);
        }
        let page: Value =
            serde_json::from_str(page).map_err(|it| MalformedAccount::Json(it.to_string()))?;
        let lists = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];
        if !lists.iter().any(|it| page.get(it).is_some_and(Value::is_array)) {
            return Err(MalformedAccount::Other);
        }
        for (index, it) in self.entries(&page, "UserDetailList", "page").iter().enumerate() {
            let Some((arn, name)) = self.named(it, "UserName", "UserDetailList", index) else {
                continue;
            };
            let user = User {
                grants: self.grants(it, "UserPolicyList", &arn),
                groups: texts(it, "GroupList"),
                boundary: boundary(it),
                tags: tags(it),
                access_keys: None,
                name,
                arn: arn.clone(),
            };
            self.users.insert(arn, user);
        }
        for (index, it) in self.entries(&page, "GroupDetailList", "page").iter().enumerate() {
            let Some((arn, name)) = self.named(it, "GroupName", "GroupDetailList", index) else {
                continue;
            };
            let grants = self.grants(it, "GroupPolicyList", &arn);
            self.groups.insert(name.clone(), Group { arn, name, grants });
        }
        for (index, it) in self.entries(&page, "RoleDetailList", "page").iter().enumerate() {
            let Some((arn, name)) = self.named(it, "RoleName", "RoleDetailList", index) else {
                continue;
            };
            let last_used = it.get("RoleLastUsed").and_then(|it| text(it, "LastUsedDate"));
            let profiles = self.entries(it, "InstanceProfileList", &arn);
            let role = Role {
                grants: self.grants(it, "RolePolicyList", &arn),
                trust: self.document(it.get("AssumeRolePolicyDocument"), &arn, "the trust"),
                boundary: boundary(it),
                tags: tags(it),
                instance_profiles: profiles.iter().filter_map(|it| text(it, "Arn")).collect(),
                last_used: last_used.and_then(|it| it.replacen(' ', "T", 1).parse().ok()),
                name,
                arn: arn.clone(),
            };
            self.roles.insert(arn, role);
        }
        for (index, it) in self.entries(&page, "Policies", "page").iter().enumerate() {
            let Some((arn, name)) = self.named(it, "PolicyName", "Policies", index) else {
                continue;
            };
            let default = text(it, "DefaultVersionId");
            let mut versions = Vec::new();
            for it in self.entries(it, "PolicyVersionList", &arn) {
                let id = text(it, "VersionId").unwrap_or_default();
                let marked = it.get("IsDefaultVersion").and_then(Value::as_bool);
                let is_default = marked.unwrap_or_else(|| default.as_deref() == Some(&id));
                let what = format!("version `{}`", clip(&id));
                if let Some(document) = self.document(it.get("Document"), &arn, &what) {
                    versions.push(PolicyVersion { id, is_default, document });
                }
            }
            self.policies.insert(arn.clone(), ManagedPolicy { arn, name, versions });
        }
        Ok(())
    }

    /// The number of the account, from the names of what it holds.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        let arn = self.users.keys().chain(self.roles.keys()).next()?;
        arn.split(':').nth(4).filter(|it| !it.is_empty())
    }

    fn grants(&mut self, it: &Value, list: &str, arn: &str) -> Grants {
        let mut inline = Vec::new();
        for policy in self.entries(it, list, arn) {
            let name = text(policy, "PolicyName").unwrap_or_default();
            let what = format!("the policy `{}`", clip(&name));
            if let Some(document) = self.document(policy.get("PolicyDocument"), arn, &what) {
                inline.push(InlinePolicy { name, document });
            }
        }
        let attached = self.entries(it, "AttachedManagedPolicies", arn);
        let attached = attached.iter().filter_map(|it| text(it, "PolicyArn")).collect();
        Grants { inline, attached }
    }

    fn named(
        &mut self,
        it: &Value,
        name: &str,
        list: &str,
        index: usize,
    ) -> Option<(String, String)> {
        let found = text(it, "Arn").zip(text(it, name));
        if found.is_none() {
            self.note(format!("{list}[{index}]"), format!("`Arn` or `{name}` is missing"));
        }
        found
    }

    fn document(&mut self, value: Option<&Value>, arn: &str, what: &str) -> Option<Document> {
        let read = value.map(Document::from_json);
        match read {
            Some(Ok(document)) => return Some(document),
            Some(Err(error)) => self.note(arn.to_owned(), format!("{what}: {error}")),
            None => self.note(arn.to_owned(), format!("{what}: there is no document")),
        }
        None
    }

    fn entries<'v>(&mut self, it: &'v Value, list: &str, place: &str) -> &'v [Value] {
        let all = it.get(list).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        match all.get(..MOST_ENTRIES) {
            Some(first) if all.len() > MOST_ENTRIES => {
                let why = format!("`{list}` has {} entries, {MOST_ENTRIES} are read", all.len());
                self.note(place.to_owned(), why);
                first
            }
            _ => all,
        }
    }

    fn note(&mut self, place: String, why: String) {
        if self.unread.len() < MOST_UNREAD {
            self.unread.push(Unread { place, why });
        }
    }
}

fn text(it: &Value, name: &str) -> Option<String> {
    it.get(name).and_then(Value::as_str).filter(|it| it.len() <= 2048).map(str::to_owned)
}

fn texts(it: &Value, name: &str) -> Vec<String> {
    let list = it.get(name).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).take(MOST_ENTRIES).map(str::to_owned).collect()
}

fn boundary(it: &Value) -> Option<String> {
    it.get("PermissionsBoundary").and_then(|it| text(it, "PermissionsBoundaryArn"))
}

fn tags(it: &Value) -> Vec<(String, String)> {
    let list = it.get("Tags").and_then(Value::as_array).into_iter().flatten();
    list.take(MOST_ENTRIES).filter_map(|it| Some((text(it, "Key")?, text(it, "Value")?))).collect()
}
