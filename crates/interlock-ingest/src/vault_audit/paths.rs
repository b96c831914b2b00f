//! The fields of a Vault or OpenBao audit record that the house itself reads.

use crate::source::paths;

paths! {
    Time = "time",
    Type = "type",
    Error = "error",

    EntityId = "auth.entity_id",
    DisplayName = "auth.display_name",
    Accessor = "auth.accessor",
    TokenPolicies = "auth.token_policies",
    Allowed = "auth.policy_results.allowed",
    TokenIssued = "auth.token_issue_time",
    RoleName = "auth.metadata.role_name",
    ServiceAccountName = "auth.metadata.service_account_name",
    ServiceAccountNamespace = "auth.metadata.service_account_namespace",
    AwsArn = "auth.metadata.canonical_arn",

    RequestId = "request.id",
    Operation = "request.operation",
    Target = "request.path",
    MountPoint = "request.mount_point",
    MountType = "request.mount_type",
    RequestAccessor = "request.client_token_accessor",
    NamespaceName = "request.namespace.path",
    NamespaceId = "request.namespace.id",
    RemoteAddress = "request.remote_address",
    UserAgent = "request.headers.user-agent",

    NewAccessor = "response.auth.accessor",
    NewEntity = "response.auth.entity_id",
    NewDisplayName = "response.auth.display_name",
    NewTtl = "response.auth.token_ttl",
    Lease = "response.secret.lease_id",
    WrapAccessor = "response.wrap_info.accessor",
    WrapTtl = "response.wrap_info.ttl",
    SecretIdAccessor = "response.data.secret_id_accessor",
    SerialNumber = "response.data.serial_number",
}
