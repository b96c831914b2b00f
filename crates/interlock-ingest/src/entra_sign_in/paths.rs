//! The fields of a sign-in that the house itself reads, in each form in which it arrives.

use crate::microsoft_names::forms;

// Export of the diagnostic settings; Microsoft Graph; Log Analytics.
forms! {
    3;
    Category = ["category", "-", "Category"],
    Type = ["-", "-", "Type"],
    Operation = ["operationName", "-", "OperationName"],
    Time = ["properties.createdDateTime", "createdDateTime", "CreatedDateTime"],
    Logged = ["time", "-", "TimeGenerated"],
    Id = ["properties.id", "id", "Id"],
    EventTypes = ["properties.signInEventTypes", "signInEventTypes", "SignInEventTypes"],
    Tenant = ["tenantId", "-", "AADTenantId"],
    InnerTenant = ["properties.tenantId", "resourceTenantId", "ResourceTenantId"],

    UserId = ["properties.userId", "userId", "UserId"],
    UserName = ["properties.userPrincipalName", "userPrincipalName", "UserPrincipalName"],
    ServicePrincipal = ["properties.servicePrincipalId", "servicePrincipalId", "ServicePrincipalId"],
    ServicePrincipalName = ["properties.servicePrincipalName", "servicePrincipalName", "ServicePrincipalName"],
    AppId = ["properties.appId", "appId", "AppId"],
    AppName = ["properties.appDisplayName", "appDisplayName", "AppDisplayName"],
    AgentType = ["properties.agent.agentType", "agent.agentType", "Agent.agentType"],
    AgentSubject = ["properties.agent.agentSubjectType", "agent.agentSubjectType", "Agent.agentSubjectType"],
    AgentParent = ["properties.agent.parentAppId", "agent.parentAppId", "Agent.parentAppId"],
    AgentSubjectParent = ["properties.agent.agentSubjectParentId", "agent.agentSubjectParentId", "Agent.agentSubjectParentId"],

    FederatedId = ["properties.federatedCredentialId", "federatedCredentialId", "FederatedCredentialId"],
    KeyId = ["properties.servicePrincipalCredentialKeyId", "servicePrincipalCredentialKeyId", "ServicePrincipalCredentialKeyId"],
    Thumbprint = ["properties.servicePrincipalCredentialThumbprint", "servicePrincipalCredentialThumbprint", "ServicePrincipalCredentialThumbprint"],
    SessionId = ["properties.sessionId", "sessionId", "SessionId"],
    TokenId = ["properties.uniqueTokenIdentifier", "uniqueTokenIdentifier", "UniqueTokenIdentifier"],
    Requirement = ["properties.authenticationRequirement", "authenticationRequirement", "AuthenticationRequirement"],

    Address = ["properties.ipAddress", "ipAddress", "IPAddress"],
    OuterAddress = ["callerIpAddress", "-", "-"],
    UserAgent = ["properties.userAgent", "userAgent", "UserAgent"],
    Resource = ["properties.resourceDisplayName", "resourceDisplayName", "ResourceDisplayName"],
    ResourceId = ["properties.resourceId", "resourceId", "ResourceIdentity"],
    ResourcePrincipal = ["properties.resourceServicePrincipalId", "resourceServicePrincipalId", "ResourceServicePrincipalId"],

    ErrorCode = ["properties.status.errorCode", "status.errorCode", "Status.errorCode"],
    ResultType = ["resultType", "-", "ResultType"],
    ConditionalAccess = ["properties.conditionalAccessStatus", "conditionalAccessStatus", "ConditionalAccessStatus"],
    ClientApp = ["properties.clientAppUsed", "clientAppUsed", "ClientAppUsed"],
    Interactive = ["properties.isInteractive", "isInteractive", "IsInteractive"],
}
