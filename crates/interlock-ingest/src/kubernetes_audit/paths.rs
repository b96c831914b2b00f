//! The fields of a Kubernetes audit record that the house itself reads.

use crate::source::paths;

paths! {
    Kind = "kind",
    ApiVersion = "apiVersion",
    AuditId = "auditID",
    Stage = "stage",
    Verb = "verb",
    RequestUri = "requestURI",
    Received = "requestReceivedTimestamp",
    StageTime = "stageTimestamp",
    OldTime = "timestamp",
    SourceAddresses = "sourceIPs",
    UserAgent = "userAgent",
    Code = "responseStatus.code",
    Reason = "responseStatus.reason",
    Decision = "annotations.authorization.k8s.io/decision",
    IssuedCredential = "annotations.authentication.kubernetes.io/issued-credential-id",

    Username = "user.username",
    Uid = "user.uid",
    CredentialId = "user.extra.authentication.kubernetes.io/credential-id",
    AwsArn = "user.extra.arn",
    AwsCanonicalArn = "user.extra.canonicalArn",
    AwsAccessKey = "user.extra.accessKeyId",
    ImpersonatedName = "impersonatedUser.username",
    ImpersonatedGroups = "impersonatedUser.groups",

    ApiGroup = "objectRef.apiGroup",
    Resource = "objectRef.resource",
    Subresource = "objectRef.subresource",
    Namespace = "objectRef.namespace",
    Name = "objectRef.name",
    SentName = "requestObject.metadata.name",
    StoredName = "responseObject.metadata.name",
    SentExpiry = "requestObject.spec.expirationSeconds",
    StoredExpiry = "responseObject.status.expirationTimestamp",
    RoleKind = "requestObject.roleRef.kind",
    RoleName = "requestObject.roleRef.name",
    SubjectNames = "requestObject.subjects.name",
}
