//! The report on an account's credentials, as it is asked for.

use super::wire::{Form, result};
use super::{Answered, Call, Service, Unread};
use crate::operation as op;
use interlock_model::Operation;

/// Has the report on credentials made.
#[derive(Debug)]
pub(crate) struct GenerateCredentialReport;

impl Call for GenerateCredentialReport {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::GENERATE_CREDENTIAL_REPORT;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().done()
    }
}

impl Answered for GenerateCredentialReport {
    /// Whether it is there.
    type Answer = bool;

    fn read(body: &[u8]) -> Result<bool, Unread> {
        result::<Self>(body).map(|it| it.text("State") == Some("COMPLETE"))
    }
}

/// The report on credentials.
#[derive(Debug)]
pub(crate) struct GetCredentialReport;

impl Call for GetCredentialReport {
    const SERVICE: Service = Service::Iam;
    const OPERATION: Operation = op::GET_CREDENTIAL_REPORT;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().done()
    }
}

impl Answered for GetCredentialReport {
    /// A table, as commas part it, in Base64.
    type Answer = String;

    fn read(body: &[u8]) -> Result<String, Unread> {
        result::<Self>(body)?.needed("Content")
    }
}
