//! Whose records a token may deliver: what it sends of others is rejected, record by record.

use super::auth::Caller;
use crate::config::Delivers;
use crate::runner::{House, NoAnswer};
use interlock_ingest::{Normalised, Normaliser, Record};
use interlock_model::Rejected;
use std::sync::Arc;

/// A token that may not deliver everything.
#[derive(Debug)]
pub struct Bound {
    caller: Caller,
    /// What the turn will read the records with: a record is of the source that it will be read as.
    normaliser: Arc<Normaliser>,
}

impl Bound {
    /// The bounds of this caller, when it has some.
    ///
    /// # Errors
    /// The house is stopping.
    pub async fn of(caller: Caller, house: &House) -> Result<Option<Self>, NoAnswer> {
        if caller.delivers == Delivers::default() {
            return Ok(None);
        }
        let normaliser = house.look(|world| Arc::clone(world.watch().normaliser())).await?;
        Ok(Some(Self { caller, normaliser }))
    }

    /// The record, when its sender may deliver it.
    ///
    /// # Errors
    /// It is somebody else's, or nobody can read it: then nobody knows whose it is.
    pub fn admit(&self, mut record: Record, alert: bool) -> Result<Record, Rejected> {
        record.alert_hint = alert;
        let read = self.normaliser.normalise(&record)?;
        let (source, account) = match &read {
            Normalised::Event(it) => (it.source, it.account.as_deref()),
            Normalised::Alert(it) => (&*it.source, it.account.as_deref()),
        };
        match refusal(&self.caller, source, account) {
            None => Ok(record),
            Some(why) => Err(Rejected { place: record.place, why }),
        }
    }
}

fn refusal(caller: &Caller, source: &str, account: Option<&str>) -> Option<String> {
    let Delivers { sources, accounts } = &caller.delivers;
    let name = &caller.name;
    if !sources.is_empty() && !sources.contains(source) {
        return Some(format!("the token `{name}` may not deliver records of `{source}`"));
    }
    match account {
        _ if accounts.is_empty() => None,
        Some(account) if accounts.contains(account) => None,
        Some(_) => Some(format!(
            "the token `{name}` may not deliver records of the account that this `{source}` record names"
        )),
        None => Some(format!(
            "the token `{name}` may not deliver records without an account, as this one of `{source}`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn whose_records_a_token_delivers() {
        let set = |it: &[&str]| it.iter().map(|it| (*it).into()).collect();
        let refused = |sources: &[&str], accounts: &[&str], source, account| {
            let delivers = Delivers { sources: set(sources), accounts: set(accounts) };
            let caller = Caller { name: "carl".into(), roles: BTreeSet::new(), delivers };
            refusal(&caller, source, account).is_some()
        };
        let (trail, okta) = ("aws_cloudtrail", "okta_system_log");
        for (sources, accounts, source, account, no) in [
            (&[][..], &[][..], trail, None, false),
            (&[trail], &[], trail, None, false),
            (&[trail], &[], okta, None, true),
            (&[trail, okta], &[], okta, Some("x"), false),
            (&[trail], &["1"], trail, Some("1"), false),
            (&[trail], &["1"], trail, Some("2"), true),
            (&[trail], &["1"], trail, None, true),
            (&[], &["1"], okta, Some("1"), false),
            (&[], &["1"], okta, None, true),
        ] {
            assert_eq!(
                refused(sources, accounts, source, account),
                no,
                "{sources:?} {accounts:?} {source} {account:?}"
            );
        }
    }
}
