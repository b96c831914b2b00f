//! What every action here starts from: the project, the configuration, and the same few questions.

use crate::google_cloud::GoogleCloudConfig;
use crate::google_cloud::operation as op;
use crate::google_cloud::server::Server;
use crate::google_cloud::subject::Subject;
use crate::rest::Of;
use interlock_contain::{CallError, ReadCx};
use interlock_model::Target;
use serde_json::Value;

/// The role that may do everything.
const OWNER: &str = "roles/owner";

/// What the actions of one connector instance share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The configuration.
    pub config: GoogleCloudConfig,
    /// The project.
    pub server: Server,
}

impl Shared {
    /// Whose steps these are.
    pub(crate) fn of(&self) -> Of<'_> {
        Of { connector: &self.config.id, settle: self.config.settle }
    }

    /// Whom a target names, who is not the connector itself nor in whose name it acts.
    pub(crate) async fn subject(&self, target: &Target) -> Result<Subject, CallError> {
        let subject = Subject::of(target.principal())?;
        self.refuse_itself(subject.name()).await?;
        Ok(subject)
    }

    /// Refuses the connector itself, and in whose name it acts.
    pub(crate) async fn refuse_itself(&self, name: &str) -> Result<(), CallError> {
        let own = self.server.itself().await?;
        let admin = self.config.workspace_admin.as_deref();
        if own.eq_ignore_ascii_case(name) || admin.is_some_and(|it| it.eq_ignore_ascii_case(name)) {
            let why = format!("connector `{}` acts as `{name}` itself", self.config.id);
            return Err(CallError::Unsupported { why });
        }
        Ok(())
    }

    /// Refuses who is the only owner of the project.
    pub(crate) async fn refuse_last_owner(
        &self,
        cx: &ReadCx<'_>,
        subject: &Subject,
    ) -> Result<(), CallError> {
        let policy = self.server.policy(cx.read(op::GET_POLICY)?).await?;
        if last_owner(&policy, &subject.member()) {
            let (name, project) = (subject.name(), &self.config.project);
            let why =
                format!("`{name}` is the last owner of `{project}`: make somebody else one first");
            return Err(CallError::Unsupported { why });
        }
        Ok(())
    }
}

/// Whether nobody but this member is an owner without conditions.
pub(crate) fn last_owner(policy: &Value, member: &str) -> bool {
    let bindings = policy.get("bindings").and_then(Value::as_array).into_iter().flatten();
    let owners = bindings.filter(|it| {
        it.get("role").and_then(Value::as_str) == Some(OWNER) && it.get("condition").is_none()
    });
    let owners = owners.filter_map(|it| it.get("members")?.as_array()).flatten();
    let names: Vec<&str> = owners.filter_map(Value::as_str).collect();
    !names.is_empty() && names.iter().all(|it| it.eq_ignore_ascii_case(member))
}
