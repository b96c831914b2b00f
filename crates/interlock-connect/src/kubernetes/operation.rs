//! What this connector asks of the API server, by verb and resource, as roles name them.

use interlock_model::Operation;

/// One service account.
pub const READ_ACCOUNT: Operation = Operation("get serviceaccounts");
/// All service accounts.
pub const LIST_ACCOUNTS: Operation = Operation("list serviceaccounts");
/// Metadata of secrets: their values are never asked for.
pub const LIST_SECRETS: Operation = Operation("list secrets");
/// One pod.
pub const READ_POD: Operation = Operation("get pods");
/// All pods.
pub const LIST_PODS: Operation = Operation("list pods");
/// All bindings of roles.
pub const LIST_BINDINGS: Operation = Operation("list rolebindings, clusterrolebindings");
/// One role.
pub const READ_ROLE: Operation = Operation("get roles, clusterroles");
/// All roles.
pub const LIST_ROLES: Operation = Operation("list roles, clusterroles");
/// Who the connector is.
pub const WHO_AM_I: Operation = Operation("create selfsubjectreviews");
/// What somebody may do, as the API server would decide it. Changes nothing.
pub const REVIEW: Operation = Operation("create subjectaccessreviews");

/// Deletes one secret.
pub const DELETE_SECRET: Operation = Operation("delete secrets");
/// Deletes one pod.
pub const DELETE_POD: Operation = Operation("delete pods");
/// Deletes one service account and makes it anew.
pub const REPLACE_ACCOUNT: Operation = Operation("delete, create serviceaccounts");
/// Changes the subjects of bindings, which takes leave to bind their roles.
pub const PATCH_BINDINGS: Operation =
    Operation("patch rolebindings, clusterrolebindings; bind roles, clusterroles");

/// A group of the API, resources in it, and what is done to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    /// The group; empty for the first one.
    pub group: &'static str,
    /// The resources.
    pub resources: &'static [&'static str],
    /// The verbs.
    pub verbs: &'static [&'static str],
}

const RBAC: &str = "rbac.authorization.k8s.io";

/// The rules that a role needs for one operation.
pub(crate) fn rules(operation: Operation) -> Vec<Rule> {
    let rule = |group, resources, verbs| Rule { group, resources, verbs };
    match operation {
        READ_ACCOUNT => vec![rule("", &["serviceaccounts"], &["get"])],
        LIST_ACCOUNTS => vec![rule("", &["serviceaccounts"], &["list"])],
        LIST_SECRETS => vec![rule("", &["secrets"], &["list"])],
        READ_POD => vec![rule("", &["pods"], &["get"])],
        LIST_PODS => vec![rule("", &["pods"], &["list"])],
        LIST_BINDINGS => vec![rule(RBAC, &["rolebindings", "clusterrolebindings"], &["list"])],
        READ_ROLE => vec![rule(RBAC, &["roles", "clusterroles"], &["get"])],
        LIST_ROLES => vec![rule(RBAC, &["roles", "clusterroles"], &["list"])],
        WHO_AM_I => vec![rule("authentication.k8s.io", &["selfsubjectreviews"], &["create"])],
        REVIEW => vec![rule("authorization.k8s.io", &["subjectaccessreviews"], &["create"])],
        DELETE_SECRET => vec![rule("", &["secrets"], &["delete"])],
        DELETE_POD => vec![rule("", &["pods"], &["delete"])],
        REPLACE_ACCOUNT => vec![rule("", &["serviceaccounts"], &["delete", "create"])],
        PATCH_BINDINGS => vec![
            rule(RBAC, &["rolebindings", "clusterrolebindings"], &["patch"]),
            rule(RBAC, &["roles", "clusterroles"], &["bind"]),
        ],
        _ => Vec::new(),
    }
}

impl Rule {
    /// As it stands in a role.
    pub(crate) fn written(&self) -> String {
        let list =
            |of: &[&str]| of.iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(", ");
        format!(
            "{{apiGroups: [\"{}\"], resources: [{}], verbs: [{}]}}",
            self.group,
            list(self.resources),
            list(self.verbs)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::rules;
    use crate::kubernetes::SPEC;
    use crate::reference::permissions;

    #[test]
    fn every_operation_has_its_rules() {
        for operation in permissions(&SPEC).enforce {
            assert!(!rules(operation).is_empty(), "{operation}");
        }
    }
}
