//! The fields of a directory audit that the house itself reads, in each form in which it arrives.

use crate::microsoft_names::forms;

// Export of the diagnostic settings; Microsoft Graph; Log Analytics.
forms! {
    3;
    Type = ["-", "-", "Type"],
    Activity = ["properties.activityDisplayName", "activityDisplayName", "ActivityDisplayName"],
    Operation = ["operationName", "-", "OperationName"],
    Time = ["properties.activityDateTime", "activityDateTime", "ActivityDateTime"],
    Logged = ["time", "-", "TimeGenerated"],
    Id = ["properties.id", "id", "Id"],
    Service = ["properties.loggedByService", "loggedByService", "LoggedByService"],
    Result = ["properties.result", "result", "Result"],
    ResultType = ["resultType", "-", "ResultType"],
    Reason = ["properties.resultReason", "resultReason", "ResultReason"],
    Tenant = ["tenantId", "-", "AADTenantId"],
    Address = ["callerIpAddress", "-", "-"],
    UserAgent = ["properties.userAgent", "userAgent", "UserAgent"],

    InitiatedBy = ["properties.initiatedBy", "initiatedBy", "InitiatedBy"],
    UserId = ["properties.initiatedBy.user.id", "initiatedBy.user.id", "InitiatedBy.user.id"],
    UserName = ["properties.initiatedBy.user.userPrincipalName", "initiatedBy.user.userPrincipalName", "InitiatedBy.user.userPrincipalName"],
    UserDisplayName = ["properties.initiatedBy.user.displayName", "initiatedBy.user.displayName", "InitiatedBy.user.displayName"],
    UserAddress = ["properties.initiatedBy.user.ipAddress", "initiatedBy.user.ipAddress", "InitiatedBy.user.ipAddress"],
    AppPrincipal = ["properties.initiatedBy.app.servicePrincipalId", "initiatedBy.app.servicePrincipalId", "InitiatedBy.app.servicePrincipalId"],
    AppId = ["properties.initiatedBy.app.appId", "initiatedBy.app.appId", "InitiatedBy.app.appId"],
    AppName = ["properties.initiatedBy.app.displayName", "initiatedBy.app.displayName", "InitiatedBy.app.displayName"],
}
