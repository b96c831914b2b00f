//! Names of any length become names of a bounded one: whoever writes logs chooses them.
//!
//! A name goes into the directory, into findings, plans, notices and the audit chain, and stays there.
//! The longest that providers allow is kept whole: 2,048 bytes, of ARNs of AWS
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html>, `PolicyArn`).
//! What is longer is cut, and says so with its length and the digest of the whole, so that two names
//! stay two. A name that was not cut is never longer than what is kept, and so never looks like one that
//! was. The fields that rules read are not touched.

use crate::normalise::Normalised;
use interlock_model::{
    Actor, CredentialRef, Digest, Issued, Object, Origin, Outcome, Principal, SessionRef,
};
use std::sync::Arc;

/// So many bytes of a name are kept.
pub(crate) const KEPT: usize = 2_048;

/// Cuts what is too long in an event or alert. For one that is not, it only looks at lengths.
pub(crate) fn bound(it: &mut Normalised) {
    match it {
        Normalised::Event(event) => {
            if is_long(&event.actor) {
                actor(Arc::make_mut(&mut event.actor));
            }
            boxed(&mut event.service);
            boxed(&mut event.operation);
            for Object { kind, name } in &mut event.objects {
                boxed(kind);
                boxed(name);
            }
            match &mut event.outcome {
                Outcome::Success => {}
                Outcome::Refused { code, .. } | Outcome::Failed { code } => boxed(code),
            }
            origin(&mut event.origin);
            for Issued { credential: of, to, session: opened, expires: _ } in &mut event.issued {
                credential(of);
                principal(to);
                opened.iter_mut().for_each(session);
            }
            event.account.iter_mut().chain(&mut event.region).for_each(boxed);
        }
        Normalised::Alert(alert) => {
            if is_long(&alert.actor) {
                actor(&mut alert.actor);
            }
            [&mut alert.source, &mut alert.product, &mut alert.kind, &mut alert.title]
                .into_iter()
                .chain(&mut alert.techniques)
                .chain(&mut alert.account)
                .for_each(boxed);
            origin(&mut alert.origin);
        }
    }
}

/// Whether anything of an actor is too long. One caller makes many calls, and all share it.
fn is_long(it: &Actor) -> bool {
    let long = |it: &Principal| it.provider.len().max(it.name.len()) > KEPT;
    it.name.len() > KEPT
        || it.principal.as_ref().is_some_and(long)
        || it.credential.as_ref().is_some_and(|it| it.as_str().len() > KEPT)
        || it.session.as_ref().is_some_and(|it| it.id.len() > KEPT)
        || it.via.iter().any(long)
        || it.account.as_ref().is_some_and(|it| it.len() > KEPT)
}

fn actor(it: &mut Actor) {
    shared(&mut it.name);
    it.principal.iter_mut().chain(&mut it.via).for_each(principal);
    it.credential.iter_mut().for_each(credential);
    it.session.iter_mut().for_each(session);
    it.account.iter_mut().for_each(boxed);
}

fn principal(it: &mut Principal) {
    shared(&mut it.provider);
    shared(&mut it.name);
}

fn credential(it: &mut CredentialRef) {
    if it.as_str().len() > KEPT
        && let Some(kind) = it.kind()
    {
        let (provider, id) = (it.provider().to_owned(), it.id().to_owned());
        let or_whole = |it: String| cut(&it).unwrap_or(it);
        *it = CredentialRef::new(&or_whole(provider), kind, &or_whole(id));
    }
}

fn session(it: &mut SessionRef) {
    shared(&mut it.id);
}

fn origin(it: &mut Origin) {
    it.service.iter_mut().chain(&mut it.user_agent).for_each(boxed);
}

fn boxed(it: &mut Box<str>) {
    if let Some(short) = cut(it) {
        *it = short.into();
    }
}

fn shared(it: &mut Arc<str>) {
    if let Some(short) = cut(it) {
        *it = short.into();
    }
}

/// The beginning of a name that is too long, with its length and the digest of the whole.
fn cut(name: &str) -> Option<String> {
    if name.len() <= KEPT {
        return None;
    }
    let start = (0..=KEPT).rev().find_map(|end| name.get(..end)).unwrap_or_default();
    let (length, digest) = (name.len(), Digest::of(name.as_bytes()));
    Some(format!("{start}…({length} bytes, sha256 {digest})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Normaliser, Record};
    use interlock_model::{FieldPlan, Limits, Place};
    use proptest::prelude::*;

    /// The most that a cut name has beside what is kept, the kind of a credential included.
    const MARK: usize = 128;

    fn record(text: String) -> Record {
        Record {
            place: Place { file: "-".into(), record: 0 },
            text: text.into(),
            alert_hint: false,
            clean: false,
            tokens: None,
        }
    }

    fn cloudtrail(user: &str, key: &str, object: &str, agent: &str) -> Normalised {
        let record = serde_json::json!({
            "eventVersion": "1.11", "eventID": "00000000-0000-4000-8000-000000000001",
            "eventTime": "2026-03-02T10:00:00Z", "eventSource": "iam.amazonaws.com",
            "eventName": "CreateAccessKey", "awsRegion": "us-east-1",
            "sourceIPAddress": "198.51.100.7", "userAgent": agent,
            "eventType": "AwsApiCall", "recipientAccountId": "111122223333",
            "userIdentity": {
                "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": "111122223333",
                "arn": format!("arn:aws:iam::111122223333:user/{user}"), "userName": user,
                "accessKeyId": key
            },
            "requestParameters": {"userName": object},
            "responseElements": {"accessKey": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": object}}
        });
        let normaliser = Normaliser::new(&FieldPlan::default(), Limits::STANDARD);
        normaliser.normalise(&self::record(record.to_string())).unwrap()
    }

    fn lengths(it: &Normalised) -> Vec<usize> {
        let Normalised::Event(event) = it else { panic!("no event") };
        let actor = &event.actor;
        let principals = actor.principal.iter().chain(event.issued.iter().map(|it| &it.to));
        let mut all: Vec<usize> = principals.map(|it| it.name.len()).collect();
        all.push(actor.name.len());
        all.extend(actor.credential.iter().map(|it| it.as_str().len()));
        all.extend(event.objects.iter().map(|it| it.name.len()));
        all.extend(event.origin.user_agent.iter().map(|it| it.len()));
        all
    }

    #[test]
    fn a_record_with_long_names_is_read_and_its_names_are_bounded() {
        let long = "x".repeat(300_000);
        let it = cloudtrail(&long, &format!("AKIA{long}"), &long, &long);
        let lengths = lengths(&it);
        assert!(lengths.len() >= 5 && lengths.iter().all(|it| *it <= KEPT + MARK), "{lengths:?}");
        let Normalised::Event(event) = it else { panic!("no event") };
        let name = &*event.actor.principal.as_ref().unwrap().name;
        assert!(name.starts_with("arn:aws:iam::111122223333:user/xxx"), "{name}");
        assert!(name.contains("…(300031 bytes, sha256 "), "{name}");
    }

    #[test]
    fn what_is_allowed_anywhere_is_kept_whole() {
        let longest = "x".repeat(KEPT);
        assert_eq!(cut(&longest), None);
        assert!(cut(&(longest + "y")).is_some());
        let cut_at_a_letter = cut(&"ä".repeat(KEPT)).unwrap();
        assert!(cut_at_a_letter.starts_with(&"ä".repeat(KEPT / 2)), "{cut_at_a_letter}");
        let cut_inside = cut(&format!("x{}", "ä".repeat(KEPT))).unwrap();
        assert!(cut_inside.len() <= KEPT + MARK, "{}", cut_inside.len());
    }

    proptest! {
        /// Two names stay two, whatever they are, also where one imitates a name that was cut.
        #[test]
        fn two_stay_two(
            start in "[a-z/ä:]{0,40}",
            repeated in "[a-zä€𝄞]{1,3}",
            times in 0..1_500_usize,
            ends in prop::collection::vec("[a-z…]{0,8}", 2),
        ) {
            let body = format!("{start}{}", repeated.repeat(times));
            let mut names: Vec<String> = ends.iter().map(|it| format!("{body}{it}")).collect();
            let imitations: Vec<String> = names.iter().filter_map(|it| cut(it)).collect();
            names.extend(imitations);
            names.sort();
            names.dedup();
            let bounded: std::collections::BTreeSet<String> =
                names.iter().map(|it| cut(it).unwrap_or_else(|| it.clone())).collect();
            prop_assert_eq!(bounded.len(), names.len());
            for (name, short) in names.iter().filter_map(|it| Some((it, cut(it)?))) {
                prop_assert!(short.len() > KEPT && short.len() <= KEPT + MARK);
                let start = short.split_once('…').unwrap().0;
                prop_assert!(name.starts_with(start) || name.contains('…'));
            }
        }

        /// Of a credential the provider and the kind stay what they are.
        #[test]
        fn a_credential_stays_of_its_kind(id in "[a-z:/]{0,30}", times in 0..300_usize) {
            let whole = format!("{}{id}", "long:".repeat(times));
            let mut it = CredentialRef::new("aws", interlock_model::CredentialKind::Token, &whole);
            let before = it.clone();
            credential(&mut it);
            prop_assert_eq!(it.provider(), "aws");
            prop_assert_eq!(it.kind(), before.kind());
            prop_assert_eq!(it == before, before.as_str().len() <= KEPT || whole.len() <= KEPT);
        }
    }
}
