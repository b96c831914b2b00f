//! The fields of an audit log entry that the house itself reads.

use crate::source::paths;

paths! {
    InsertId = "insertId",
    LogName = "logName",
    Timestamp = "timestamp",
    ReceiveTimestamp = "receiveTimestamp",
    ProjectId = "resource.labels.project_id",
    ServiceLabel = "resource.labels.service",
    Location = "resource.labels.location",
    Region = "resource.labels.region",
    Zone = "resource.labels.zone",
    EmailLabel = "resource.labels.email_id",

    Payload = "protoPayload",
    Type = "protoPayload.@type",
    ServiceName = "protoPayload.serviceName",
    MethodName = "protoPayload.methodName",
    ResourceName = "protoPayload.resourceName",
    PayloadTimestamp = "protoPayload.timestamp",
    StatusCode = "protoPayload.status.code",
    StatusMessage = "protoPayload.status.message",
    Violation = "protoPayload.status.details.violations.type",
    CallerIp = "protoPayload.requestMetadata.callerIp",
    CallerIpOlder = "protoPayload.requestMetadata.callerIP",
    UserAgent = "protoPayload.requestMetadata.callerSuppliedUserAgent",
    RequestTime = "protoPayload.requestMetadata.requestAttributes.time",
    Granted = "protoPayload.authorizationInfo.granted",
    Permission = "protoPayload.authorizationInfo.permission",
    PermissionType = "protoPayload.authorizationInfo.permissionType",

    Authentication = "protoPayload.authenticationInfo",
    PrincipalEmail = "protoPayload.authenticationInfo.principalEmail",
    PrincipalSubject = "protoPayload.authenticationInfo.principalSubject",
    KeyName = "protoPayload.authenticationInfo.serviceAccountKeyName",
    Delegation = "protoPayload.authenticationInfo.serviceAccountDelegationInfo",

    DeltaMember = "protoPayload.serviceData.policyDelta.bindingDeltas.member",
    DeltaRole = "protoPayload.serviceData.policyDelta.bindingDeltas.role",
    Parameters = "protoPayload.metadata.event.parameter",
    NewName = "protoPayload.response.name",
    NewEmail = "protoPayload.response.email",
    NewValidBefore = "protoPayload.response.valid_before_time.seconds",
    NewHmacId = "protoPayload.response.metadata.accessId",
    NewHmacAccount = "protoPayload.response.metadata.serviceAccountEmail",
}
