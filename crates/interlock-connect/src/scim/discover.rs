//! Users as the application describes them.

use super::operation as op;
use super::{Scim, ScimConfig};
use interlock_contain::{CallError, DiscoverCx, DiscoverySpec};
use interlock_model::{Discovered, DiscoveryPage, Entitlement, Principal, RiskClass};
use serde_json::Value;
use std::collections::BTreeMap;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "users, whether they are active, their groups where the service lists them with the user, manager, department and title",
    hides: "sign-ins, sessions and credentials: SCIM has none",
    reads: &[op::READ_USERS],
    source: "https://www.rfc-editor.org/rfc/rfc7644#section-3.4.2",
};

/// Resources of one answer, and where the next one begins.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listed {
    /// As they came.
    pub resources: Vec<Value>,
    /// How many there are in all, as the service says.
    pub total: u64,
}

impl Scim {
    pub(super) async fn page(
        &self,
        cx: &DiscoverCx<'_>,
        from: Option<&str>,
    ) -> Result<DiscoveryPage, CallError> {
        let unreadable =
            |it: &str| CallError::Invalid { why: format!("`{it}` is no place in a list") };
        let start: u64 = match from {
            Some(text) => text.parse().map_err(|_| unreadable(text))?,
            None => 1,
        };
        let listed = self.shared.service.users(cx.read(op::READ_USERS)?, start).await?;
        let count = listed.resources.len() as u64;
        let next = start + count;
        let config = &self.shared.config;
        Ok(DiscoveryPage {
            found: listed.resources.iter().filter_map(|it| described(it, config)).collect(),
            gaps: Vec::new(),
            next: (count > 0 && next <= listed.total).then(|| next.to_string()),
        })
    }
}

fn described(user: &Value, config: &ScimConfig) -> Option<Discovered> {
    let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = text(user, "userName")?;
    let enabled = match user.get("active") {
        Some(Value::Bool(active)) => Some(*active),
        Some(Value::String(active)) => active.to_ascii_lowercase().parse().ok(),
        _ => None,
    };
    let enterprise = user.get(ENTERPRISE).unwrap_or(&Value::Null);
    let manager = enterprise
        .get("manager")
        .and_then(|it| text(it, "displayName").or_else(|| text(it, "value")));
    let labels = [
        ("title", text(user, "title")),
        ("userType", text(user, "userType")),
        ("department", text(enterprise, "department")),
        ("manager", manager),
    ];
    let labels: BTreeMap<String, String> = labels
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?.chars().take(200).collect())))
        .collect();
    let groups = user.get("groups").and_then(Value::as_array).into_iter().flatten();
    let entitlements = groups.filter_map(|it| text(it, "display").or_else(|| text(it, "value")));
    let entitlements = entitlements.map(|group| Entitlement {
        risk: match config.privileged_groups.contains(&group) {
            true => RiskClass::Admin,
            false => RiskClass::Read,
        },
        grant: format!("member of {group}"),
        scope: config.id.to_string(),
        through: "membership".to_owned(),
    });
    let created = user.get("meta").and_then(|it| text(it, "created"));
    Some(Discovered {
        name: text(user, "displayName").or_else(|| Some(name.clone())),
        kind: Some(interlock_model::IdentityKind::Human),
        enabled,
        created: created.and_then(|it| it.parse().ok()),
        labels,
        entitlements: entitlements.collect(),
        ..Discovered::of(Principal::new("scim", &format!("{}/{name}", config.id)))
    })
}
