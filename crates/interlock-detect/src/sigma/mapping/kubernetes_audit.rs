//! Kubernetes audit events, for public rules that leave out where a field stands.

use super::Mapping;

/// The fields of a pod are those of the request.
pub(super) const MAPPING: Mapping = Mapping {
    source: "kubernetes_audit",
    names: &[
        ("apiGroup", &["objectRef.apiGroup"]),
        (
            "capabilities",
            &[
                "requestObject.spec.containers.securityContext.capabilities",
                "requestObject.spec.containers.securityContext.capabilities.add",
                "requestObject.spec.containers.securityContext.capabilities.drop",
            ],
        ),
        (
            "hostPath",
            &["requestObject.spec.volumes.hostPath", "requestObject.spec.volumes.hostPath.path"],
        ),
        // A patch of a binding brings its subjects and not its role, which never changes.
        ("requestObject.roleRef.name", &["responseObject.roleRef.name"]),
    ],
    // A code is a number; `ALLOW` is the word of an annotation.
    names_of_words: &[("responseStatus.code", &["annotations.authorization.k8s.io/decision"])],
    beginnings: &[],
    words: &[],
};
