//! Whether the connector's own permissions reach, and what to add where they do not.
//!
//! Reads are tried on names that are not there: "not there" means allowed, because AWS checks
//! the permission first. Writes are asked of the policy simulator, where we may ask it.

use crate::actions::{SPEC, Shared};
use crate::client::{Caller, CredentialSort, Holder};
use crate::discover::Section;
use crate::operation as op;
use crate::subject::Subject;
use interlock_contain::{ActionSpec, CallError, Check, DiscoverCx, Lack, ReadCx};
use interlock_model::{Operation, Principal, Timestamp};
use std::collections::BTreeSet;

/// A name that no user, role, group or secret has.
const ABSENT: &str = "interlock-permission-check";

/// The id of no profile and no trust anchor.
const NO_UUID: &str = "00000000-0000-0000-0000-000000000000";

/// Tries every read and asks the simulator about every write. Writes nothing.
pub(crate) async fn check(shared: &Shared) -> Vec<Check> {
    let mut checks = Vec::new();
    let cx = any_cx();
    let caller = match shared.caller(&cx).await {
        Ok(caller) => caller,
        Err(error) => {
            let why = format!("{error}; nothing else was tried");
            checks.push(Check::told(op::GET_CALLER_IDENTITY.to_string(), Err(why)));
            return checks;
        }
    };
    let (reads, writes) = operations();
    let source = principals(shared, &caller).await.into_iter().next();
    let source = source.map(|it| it.name.to_string()).unwrap_or_default();
    let all: Vec<Operation> = reads.iter().chain(&writes).copied().collect();
    let root = caller.arn.ends_with(":root");
    let simulated =
        if root { Ok(Vec::new()) } else { shared.client.not_allowed(&source, &all).await };
    for operation in reads {
        let outcome = match tried(shared, operation).await {
            Some(Err(CallError::Denied { .. })) => Err(Lack::Missing(remedy(operation))),
            Some(Err(error @ (CallError::Retry { .. } | CallError::Unsupported { .. }))) => {
                Err(Lack::Missing(error.to_string()))
            }
            Some(_) => Ok(()),
            None => by_simulation(&simulated, operation),
        };
        checks.push(Check::told(operation.to_string(), outcome));
    }
    for operation in writes {
        let outcome = by_simulation(&simulated, operation);
        checks.push(Check::told(operation.to_string(), outcome));
    }
    checks.extend(shared.config.delivery.elsewhere.check("aws").await);
    checks
}

/// The principals that the caller acts as: the ARN itself, and the role behind a session.
pub(crate) async fn principals(shared: &Shared, caller: &Caller) -> Vec<Principal> {
    let session = caller.arn.split(":assumed-role/").nth(1);
    let Some(role) = session.and_then(|it| it.split('/').next()) else {
        return vec![Principal::new("aws", &caller.arn)];
    };
    // The session's ARN leaves the role's path out; where we may look, it is found.
    let cx = any_cx();
    let partition = caller.arn.split(':').nth(1).unwrap_or("aws");
    let without_path = format!("arn:{partition}:iam::{}:role/{role}", caller.account);
    let arn = match cx.read(op::GET_ROLE) {
        Ok(pass) => shared.client.role(pass, role).await.map_or(without_path, |it| it.arn),
        Err(_) => without_path,
    };
    vec![Principal::new("aws", &arn), Principal::new("aws", &caller.arn)]
}

/// Leave to read for an action that reads roles; outside steps it does not matter which.
fn any_cx() -> ReadCx<'static> {
    ReadCx::new(&crate::actions::BLOCK_ROLE_ISSUANCE, Timestamp::UNIX_EPOCH)
}

/// Every operation of every action, each once, in order of name: reads, then writes.
pub(crate) fn operations() -> (BTreeSet<Operation>, BTreeSet<Operation>) {
    let mut reads = BTreeSet::new();
    let mut writes = BTreeSet::new();
    for action in SPEC.actions {
        reads.extend(action.reads.iter().copied().filter(|it| *it != op::GET_CALLER_IDENTITY));
        writes.extend(writes_of(action));
    }
    let looks = SPEC.discovery.into_iter().flat_map(|it| it.reads).copied();
    reads.extend(looks.filter(|it| *it != op::GET_CALLER_IDENTITY));
    (reads, writes)
}

/// What one action may write with.
pub(crate) fn writes_of(action: &ActionSpec) -> impl Iterator<Item = Operation> {
    let delivery = action.delivery.map(|it| it.operation);
    let beside = action.restore.and_then(op::beside);
    [Some(action.write), action.restore, beside, delivery].into_iter().flatten()
}

/// What the simulator's answer says of one operation.
pub(crate) fn by_simulation(
    refused: &Result<Vec<Operation>, CallError>,
    operation: Operation,
) -> Result<(), Lack> {
    match refused {
        Ok(refused) if refused.contains(&operation) => Err(Lack::Missing(remedy(operation))),
        Ok(_) => Ok(()),
        Err(error) => Err(Lack::NotKnown(format!(
            "{error}; to let the check ask, {}",
            remedy(op::SIMULATE_PRINCIPAL_POLICY)
        ))),
    }
}

/// The statement to add, ready to paste.
pub(crate) fn remedy(operation: Operation) -> String {
    format!(
        r#"add {{"Effect":"Allow","Action":"{operation}","Resource":"*"}} to the connector's policy"#
    )
}

/// Tries one read on a name that is not there; `None` when it cannot be tried that way.
async fn tried(shared: &Shared, operation: Operation) -> Option<Result<(), CallError>> {
    let action = SPEC.actions.iter().find(|it| it.declares_read(operation));
    let pass = match action {
        Some(action) => ReadCx::new(action, Timestamp::UNIX_EPOCH).read(operation),
        None => DiscoverCx::new(SPEC.discovery?, Timestamp::UNIX_EPOCH).read(operation),
    };
    let pass = match pass {
        Ok(pass) => pass,
        Err(error) => return Some(Err(error)),
    };
    let client = &shared.client;
    Some(match operation {
        op::GET_ACCOUNT_AUTHORIZATION_DETAILS => {
            client.account_page(pass, Section::Users, None).await.map(drop)
        }
        op::GET_USER => client.user_path(pass, ABSENT).await.map(drop),
        op::GET_ROLE => client.role(pass, ABSENT).await.map(drop),
        op::LIST_ACCESS_KEYS => client.access_keys(pass, ABSENT).await.map(drop),
        op::LIST_SERVICE_CREDENTIALS | op::LIST_SIGNING_CERTIFICATES | op::LIST_SSH_PUBLIC_KEYS => {
            let sort = CredentialSort::ALL.into_iter().find(|it| it.list() == operation)?;
            client.other_credentials(pass, sort, ABSENT).await.map(drop)
        }
        op::LIST_ANYWHERE_PROFILES => client.anywhere_profiles(pass).await.map(drop),
        op::GET_ANYWHERE_PROFILE => client.anywhere_profile(pass, NO_UUID).await.map(drop),
        op::LIST_TRUST_ANCHORS => client.trust_anchors(pass).await.map(drop),
        op::GET_TRUST_ANCHOR => client.trust_anchor(pass, NO_UUID).await.map(drop),
        op::GET_INSTANCE_PROFILE => client.role_of_instances(pass, ABSENT).await.map(drop),
        op::GENERATE_CREDENTIAL_REPORT | op::GET_CREDENTIAL_REPORT => {
            let looks = DiscoverCx::new(SPEC.discovery?, Timestamp::UNIX_EPOCH);
            let read = |it: Operation| looks.read(it).ok();
            let (made, read) =
                (read(op::GENERATE_CREDENTIAL_REPORT)?, read(op::GET_CREDENTIAL_REPORT)?);
            match client.credential_report(made, read).await {
                // Refused was the other one of the two, which says so itself.
                Err(CallError::Denied { permission }) if permission != operation.0 => Ok(()),
                answer => answer.map(drop),
            }
        }
        op::GET_LOGIN_PROFILE => client.has_password(pass, ABSENT).await.map(drop),
        op::GET_GROUP => client.group_members(pass, ABSENT).await.map(drop),
        op::GET_USER_POLICY => {
            client.inline_policy(pass, &Holder::User(ABSENT.into()), ABSENT).await.map(drop)
        }
        op::GET_ROLE_POLICY => {
            client.inline_policy(pass, &Holder::Role(ABSENT.into()), ABSENT).await.map(drop)
        }
        op::LIST_ENTITIES_FOR_POLICY => {
            let caller = shared.caller(&any_cx()).await.ok()?;
            let partition = caller.arn.split(':').nth(1).unwrap_or("aws");
            let arn = format!("arn:{partition}:iam::{}:policy/{ABSENT}", caller.account);
            client.policy_holders(pass, &arn).await.map(drop)
        }
        op::DESCRIBE_SECRET => {
            client.secret_versions(pass, &shared.config.delivery.secret_for(ABSENT)).await.map(drop)
        }
        op::GET_SECRET_VALUE => client
            .secret_value(pass, &shared.config.delivery.secret_for(ABSENT), &"0".repeat(32))
            .await
            .map(drop),
        // For a key that is not there AWS says "access denied" to everyone.
        _ => return None,
    })
}

impl Shared {
    /// Who we are; asked once.
    pub(crate) async fn caller(&self, cx: &ReadCx<'_>) -> Result<Caller, CallError> {
        let ask = || async { self.client.caller(cx.read(op::GET_CALLER_IDENTITY)?).await };
        let caller = self.own.get_or_try_init(ask).await?;
        if let Some(account) = &self.config.account
            && *account != caller.account
        {
            let why = format!(
                "the credentials of connector `{}` belong to account {}, it is configured for {account}",
                self.config.id, caller.account
            );
            return Err(CallError::Unsupported { why });
        }
        Ok(caller.clone())
    }

    /// Refuses what is in another account, and ourselves.
    pub(crate) async fn refuse_foreign_and_own(
        &self,
        cx: &ReadCx<'_>,
        subject: &Subject,
    ) -> Result<(), CallError> {
        let caller = self.caller(cx).await?;
        if subject.account != caller.account {
            let why = format!(
                "{} is in account {}, connector `{}` reaches account {}",
                subject.holder, subject.account, self.config.id, caller.account
            );
            return Err(CallError::Unsupported { why });
        }
        if subject.is(&caller) {
            let why = format!(
                "{} is what connector `{}` itself acts as: containing it would end every undo",
                subject.holder, self.config.id
            );
            return Err(CallError::Unsupported { why });
        }
        Ok(())
    }
}
