//! Takes the trust by which a pipeline or a workload elsewhere signs in as an application without a secret.

use super::operation as op;
use super::shared::{application, credential, service};
use crate::idp::act::{On, Seen, Verb, undoes};
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, CredentialKind, Snapshot, Step, Stops, Target};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// What it declares.
pub(super) static REMOVE: ActionSpec = ActionSpec {
    name: "entra.remove_federated_credential",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: TargetKind::CredentialNamed("entra", CredentialKind::Token, &["federated/*"]),
    summary: "takes the trust by which a pipeline or a workload elsewhere signs in as an application without a secret",
    reversal: ReversalSpec::Compensates {
        loses: "the credential's own id, by which sign-ins name it",
    },
    stops: Stops { new: true, refresh: true, live: false },
    settle: Duration::from_secs(300),
    leaves: "access tokens that were fetched before, for about an hour; the application's secrets, certificates and other federated credentials",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_PRINCIPAL, op::LIST_APPLICATIONS, op::READ_FEDERATED],
    write: op::REMOVE_FEDERATED,
    restore: Some(op::ADD_FEDERATED),
    delivery: None,
    traps: &[
        "what is trusted is an issuer and a subject, such as one branch of one repository: nothing is stolen with it that could be changed, so that giving it back lets the same pipeline in",
        "it comes back with the same name, issuer, subject and audience, and another id",
        "a trust in an expression instead of a subject is not shown whole by Graph 1.0, could not be given back, and is refused: turn the application off",
        "managed identities have federated credentials too, which are a matter of Azure's Resource Manager and not of Graph",
        "Microsoft says that a new one takes minutes to be heeded everywhere, and names no time for one that is gone",
    ],
    source: "https://learn.microsoft.com/en-us/graph/api/application-delete-federatedidentitycredentials; https://learn.microsoft.com/en-us/graph/api/application-post-federatedidentitycredentials",
};

/// How a reference to one begins; its id follows, as sign-ins name it, or its name.
pub(super) const FEDERATED: &str = "federated/";

/// Takes one.
#[derive(Debug)]
pub(super) struct Remove;

/// The parts that one is made from, but for the audiences.
const PARTS: [&str; 4] = ["description", "issuer", "name", "subject"];
const AUDIENCES: &str = "audiences";

fn kept(of: &Value) -> Snapshot {
    let parts = PARTS.iter().filter_map(|it| Some(((*it).to_owned(), text(of, it)?.to_owned())));
    let audiences = of.get(AUDIENCES).map(|it| (AUDIENCES.to_owned(), it.to_string()));
    Snapshot(parts.chain(audiences).collect())
}

fn body(of: &Snapshot) -> Value {
    let parts = of.0.iter().map(|(name, value)| {
        let value = match &**name {
            AUDIENCES => serde_json::from_str(value).unwrap_or_default(),
            _ => json!(value),
        };
        (name.clone(), value)
    });
    Value::Object(parts.collect::<Map<_, _>>())
}

#[async_trait::async_trait]
impl Verb for Remove {
    fn spec(&self) -> &'static ActionSpec {
        &REMOVE
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let named_so = credential(target)?.strip_prefix(FEDERATED).unwrap_or_default();
        let named = service(on, cx, target).await?;
        let app = application(on, cx, &named).await?;
        let Some(app) = app.as_ref().and_then(|it| text(it, "id")) else {
            let why = format!(
                "the application of {} belongs to another tenant, which says whom it trusts: disable the service principal here",
                named.shown()
            );
            return Err(CallError::Unsupported { why });
        };
        let ask = Ask::new(op::READ_FEDERATED, &[("application-id", app)]);
        let said = on.api.read(cx.read(op::READ_FEDERATED)?, ask).await?.body;
        let all = || items(said.get("value").unwrap_or(&Value::Null));
        let has = |part: &str, value: &str| {
            all().find(|it| text(it, part).is_some_and(|it| it.eq_ignore_ascii_case(value)))
        };
        // Given back, it has another id: what was planned goes by the name, which never changes.
        let planned = step.and_then(|it| it.before.get("name").or_else(|| it.after.get("name")));
        let found = match planned {
            Some(name) => has("name", name),
            None => has("id", named_so).or_else(|| has("name", named_so)),
        };
        let wanted = planned.or_else(|| text(found?, "name")).unwrap_or(named_so);
        if found.is_some_and(|it| text(it, "subject").is_none()) {
            let why = format!(
                "federated credential `{wanted}` of {} trusts by an expression, which Graph 1.0 does not show: turn the application off",
                named.shown()
            );
            return Err(CallError::Unsupported { why });
        }
        let whom = found.and_then(|it| Some((text(it, "issuer")?, text(it, "subject")?)));
        let whom = whom.map(|(issuer, subject)| format!(" to `{subject}` of `{issuer}`"));
        let whom = whom.unwrap_or_default();
        let summary = format!("take the trust `{wanted}` of {}{whom}", named.shown());
        let state = found.map(kept).unwrap_or_default();
        let mut seen = Seen::of(state, Snapshot::default(), summary);
        let id = found.and_then(|it| text(it, "id")).unwrap_or_default();
        seen.key = format!("{app} {id}");
        let others = all().count() - usize::from(found.is_some());
        if others > 0 {
            seen.also.push(format!("{others} other federated credentials of it"));
        }
        Ok(seen)
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let (app, id) = seen.key.split_once(' ').unwrap_or_default();
        let app = ("application-id", app);
        if undoes(step) {
            return Ok(Ask::new(op::ADD_FEDERATED, &[app]).json(body(&step.after)));
        }
        Ok(Ask::new(op::REMOVE_FEDERATED, &[app, ("federatedIdentityCredential-id", id)]))
    }
}
