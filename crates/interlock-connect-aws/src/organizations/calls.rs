//! What is asked of Organizations here alone; what Identity Center asks too stands there.

use super::operation as op;
use crate::api::wire::{from_json, json};
use crate::api::{Answered, Call, Service, Unread};
use crate::identity_center::calls::Page;
use interlock_model::Operation;
use serde::{Deserialize, Serialize};

/// The organisation.
#[derive(Debug, Serialize)]
pub(crate) struct DescribeOrganization {}

impl Call for DescribeOrganization {
    const SERVICE: Service = Service::Organizations;
    const OPERATION: Operation = op::DESCRIBE_ORGANIZATION;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        json(self)
    }
}

impl Answered for DescribeOrganization {
    /// The number of the management account.
    type Answer = String;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            organization: Organization,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Organization {
            master_account_id: String,
        }
        from_json(body).map(|it: Answer| it.organization.master_account_id)
    }
}

/// What is right above an account or unit: there is one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListParents<'a> {
    /// The id of the account or unit.
    pub child_id: &'a str,
    /// Where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<&'a str>,
}

impl Call for ListParents<'_> {
    const SERVICE: Service = Service::Organizations;
    const OPERATION: Operation = op::LIST_PARENTS;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        json(self)
    }
}

impl Answered for ListParents<'_> {
    /// Ids.
    type Answer = Page<String>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            parents: Vec<One>,
            next_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct One {
            id: String,
        }
        let answer: Answer = from_json(body)?;
        let items = answer.parents.into_iter().map(|it| it.id).collect();
        Ok(Page { items, next: answer.next_token })
    }
}
