//! Identity Center, its identity store and Organizations, as far as they are called.

use super::client::{Assignment, MemberAccount, Person};
use super::operation as op;
use crate::api::wire::{from_json, json};
use crate::api::{Answered, Call, Service, Unread};
use interlock_model::Operation;
use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where to go on.
    pub next: Option<String>,
}

/// A call whose answer counts for nothing but the yes.
macro_rules! told {
    ($call:ident, $service:ident, $operation:ident) => {
        impl Call for $call<'_> {
            const SERVICE: Service = Service::$service;
            const OPERATION: Operation = op::$operation;

            fn body(&self) -> Result<Vec<u8>, Unread> {
                json(self)
            }
        }
    };
}

/// The people of a store.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListUsers<'a> {
    /// The store.
    pub identity_store_id: &'a str,
    /// Where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<&'a str>,
}

told!(ListUsers, IdentityStore, LIST_USERS);

impl Answered for ListUsers<'_> {
    type Answer = Page<Person>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            users: Vec<One>,
            next_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct One {
            user_id: String,
            user_name: Option<String>,
            display_name: Option<String>,
            user_status: Option<String>,
        }
        let answer: Answer = from_json(body)?;
        let person = |it: One| Person {
            id: it.user_id,
            name: it.user_name.unwrap_or_default(),
            shown: it.display_name,
            enabled: it.user_status.map(|it| it == "ENABLED"),
        };
        Ok(Page { items: answer.users.into_iter().map(person).collect(), next: answer.next_token })
    }
}

/// The accounts of the organisation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListAccounts<'a> {
    /// Where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<&'a str>,
}

told!(ListAccounts, Organizations, LIST_ACCOUNTS);

impl Answered for ListAccounts<'_> {
    /// Numbers and names.
    type Answer = Page<(String, String)>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            accounts: Vec<One>,
            next_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct One {
            id: String,
            name: Option<String>,
        }
        let answer: Answer = from_json(body)?;
        let account = |it: One| (it.id, it.name.unwrap_or_default());
        Ok(Page {
            items: answer.accounts.into_iter().map(account).collect(),
            next: answer.next_token,
        })
    }
}

/// The roots of the organisation: there is one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListRoots<'a> {
    /// Where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<&'a str>,
}

told!(ListRoots, Organizations, LIST_ROOTS);

impl Answered for ListRoots<'_> {
    /// Ids.
    type Answer = Page<String>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            roots: Vec<One>,
            next_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct One {
            id: String,
        }
        let answer: Answer = from_json(body)?;
        let items = answer.roots.into_iter().map(|it| it.id);
        Ok(Page { items: items.collect(), next: answer.next_token })
    }
}

/// The organisational units right below a root or unit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListOrganizationalUnitsForParent<'a> {
    /// The id of the root or unit.
    pub parent_id: &'a str,
    /// Where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<&'a str>,
}

told!(ListOrganizationalUnitsForParent, Organizations, LIST_UNITS);

impl Answered for ListOrganizationalUnitsForParent<'_> {
    /// Ids and names.
    type Answer = Page<(String, String)>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            organizational_units: Vec<One>,
            next_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct One {
            id: String,
            name: Option<String>,
        }
        let answer: Answer = from_json(body)?;
        let unit = |it: One| (it.id, it.name.unwrap_or_default());
        let items = answer.organizational_units.into_iter().map(unit);
        Ok(Page { items: items.collect(), next: answer.next_token })
    }
}

/// The accounts right below a root or unit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListAccountsForParent<'a> {
    /// The id of the root or unit.
    pub parent_id: &'a str,
    /// Where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<&'a str>,
}

told!(ListAccountsForParent, Organizations, LIST_MEMBERS);

impl Answered for ListAccountsForParent<'_> {
    type Answer = Page<MemberAccount>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            accounts: Vec<One>,
            next_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct One {
            id: String,
            arn: Option<String>,
            name: Option<String>,
        }
        let answer: Answer = from_json(body)?;
        let account = |it: One| MemberAccount {
            number: it.id,
            arn: it.arn.unwrap_or_default(),
            name: it.name.unwrap_or_default(),
        };
        let items = answer.accounts.into_iter().map(account);
        Ok(Page { items: items.collect(), next: answer.next_token })
    }
}

/// A permission set.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribePermissionSet<'a> {
    /// The instance.
    pub instance_arn: &'a str,
    /// The permission set.
    pub permission_set_arn: &'a str,
}

told!(DescribePermissionSet, IdentityCenter, DESCRIBE_PERMISSION_SET);

impl Answered for DescribePermissionSet<'_> {
    /// Its name.
    type Answer = Option<String>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            permission_set: Set,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Set {
            name: Option<String>,
        }
        from_json(body).map(|it: Answer| it.permission_set.name)
    }
}

/// A person.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeUser<'a> {
    /// The store.
    pub identity_store_id: &'a str,
    /// The person's id.
    pub user_id: &'a str,
}

told!(DescribeUser, IdentityStore, DESCRIBE_USER);

impl Answered for DescribeUser<'_> {
    /// The name with which the person signs in.
    type Answer = Option<String>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            user_name: Option<String>,
        }
        from_json(body).map(|it: Answer| it.user_name)
    }
}

/// Who is in a group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Member<'a> {
    /// The person's id.
    pub user_id: &'a str,
}

/// The groups that a person is in.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListGroupMembershipsForMember<'a> {
    /// The store.
    pub identity_store_id: &'a str,
    /// The person.
    pub member_id: Member<'a>,
    /// Where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<&'a str>,
}

told!(ListGroupMembershipsForMember, IdentityStore, LIST_MEMBERSHIPS);

impl Answered for ListGroupMembershipsForMember<'_> {
    /// Groups, each with the id of the membership.
    type Answer = Page<(String, String)>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            group_memberships: Vec<One>,
            next_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct One {
            group_id: String,
            membership_id: String,
        }
        let answer: Answer = from_json(body)?;
        let items = answer.group_memberships.into_iter().map(|it| (it.group_id, it.membership_id));
        Ok(Page { items: items.collect(), next: answer.next_token })
    }
}

/// Takes a person out of a group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteGroupMembership<'a> {
    /// The store.
    pub identity_store_id: &'a str,
    /// The membership's id.
    pub membership_id: &'a str,
}

told!(DeleteGroupMembership, IdentityStore, DELETE_MEMBERSHIP);

/// Takes a person into a group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateGroupMembership<'a> {
    /// The store.
    pub identity_store_id: &'a str,
    /// The group's id.
    pub group_id: &'a str,
    /// The person.
    pub member_id: Member<'a>,
}

told!(CreateGroupMembership, IdentityStore, CREATE_MEMBERSHIP);

/// What a person may use in which account.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListAccountAssignmentsForPrincipal<'a> {
    /// The instance.
    pub instance_arn: &'a str,
    /// The person's id.
    pub principal_id: &'a str,
    /// `USER`.
    pub principal_type: &'static str,
    /// Where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<&'a str>,
}

told!(ListAccountAssignmentsForPrincipal, IdentityCenter, LIST_ASSIGNMENTS);

impl Answered for ListAccountAssignmentsForPrincipal<'_> {
    /// Assignments, each with the id of whom it was made to: the person or one of its groups.
    type Answer = Page<(Assignment, String)>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            account_assignments: Vec<One>,
            next_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct One {
            account_id: String,
            permission_set_arn: String,
            principal_id: String,
        }
        let answer: Answer = from_json(body)?;
        let items = answer.account_assignments.into_iter().map(|it| {
            let of = Assignment { account: it.account_id, permission_set: it.permission_set_arn };
            (of, it.principal_id)
        });
        Ok(Page { items: items.collect(), next: answer.next_token })
    }
}

/// An assignment to a person, to be made or to be taken.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccountAssignment<'a> {
    instance_arn: &'a str,
    target_id: &'a str,
    target_type: &'static str,
    permission_set_arn: &'a str,
    principal_type: &'static str,
    principal_id: &'a str,
}

impl<'a> AccountAssignment<'a> {
    /// This one, of this person.
    pub(crate) fn of(instance: &'a str, person: &'a str, it: &'a Assignment) -> Self {
        Self {
            instance_arn: instance,
            target_id: &it.account,
            target_type: "AWS_ACCOUNT",
            permission_set_arn: &it.permission_set,
            principal_type: USER,
            principal_id: person,
        }
    }
}

/// What a person is called where principals are of several sorts.
pub(crate) const USER: &str = "USER";

/// Takes an assignment.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct DeleteAccountAssignment<'a>(pub AccountAssignment<'a>);

told!(DeleteAccountAssignment, IdentityCenter, DELETE_ASSIGNMENT);

/// Makes an assignment.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct CreateAccountAssignment<'a>(pub AccountAssignment<'a>);

told!(CreateAccountAssignment, IdentityCenter, CREATE_ASSIGNMENT);
