//! The Security Token Service, as far as it is called.

use super::wire::{Form, result};
use super::{Answered, Call, Service, Unread};
use crate::client::Caller;
use crate::operation as op;
use interlock_model::Operation;

/// Who asks.
#[derive(Debug)]
pub(crate) struct GetCallerIdentity;

impl Call for GetCallerIdentity {
    const SERVICE: Service = Service::Sts;
    const OPERATION: Operation = op::GET_CALLER_IDENTITY;

    fn body(&self) -> Result<Vec<u8>, Unread> {
        Form::of::<Self>().done()
    }
}

impl Answered for GetCallerIdentity {
    type Answer = Caller;

    fn read(body: &[u8]) -> Result<Caller, Unread> {
        let it = result::<Self>(body)?;
        Ok(Caller { account: it.needed("Account")?, arn: it.needed("Arn")? })
    }
}
