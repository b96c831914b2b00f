//! The fields of an Azure record that the house itself reads, in each form in which it arrives.

use crate::microsoft_names::forms;

// Export of the diagnostic settings; REST API; the SDK's own spelling; Log Analytics.
forms! {
    4;
    Type = ["-", "-", "-", "Type"],
    Time = ["time", "eventTimestamp", "event_timestamp", "TimeGenerated"],
    Operation = ["operationName", "operationName.value", "operation_name.value", "OperationNameValue"],
    OperationText = ["OperationName", "operationName", "operation_name", "OperationName"],
    Category = ["category", "category.value", "category.value", "CategoryValue"],
    ResourceId = ["resourceId", "resourceId", "resource_id", "_ResourceId"],
    ResourceUri = ["ResourceId", "resourceUri", "resource_uri", "ResourceId"],
    RecordId = ["-", "id", "id", "-"],
    Status = ["resultType", "status.value", "status.value", "ActivityStatusValue"],
    StatusText = ["ResultType", "status", "status", "ActivityStatus"],
    SubStatus = ["resultSignature", "subStatus.value", "sub_status.value", "ActivitySubstatusValue"],
    Reason = ["properties.statusCode", "properties.statusCode", "properties.statusCode", "Properties.statusCode"],
    Message = ["properties.statusMessage", "properties.statusMessage", "properties.statusMessage", "Properties.statusMessage"],
    HttpStatus = ["statusCode", "-", "-", "-"],
    HttpStatusOfVault = ["properties.httpStatusCode", "-", "-", "-"],
    EventId = ["properties.eventDataId", "eventDataId", "event_data_id", "EventDataId"],
    Tenant = ["tenantId", "tenantId", "tenant_id", "-"],

    Caller = ["caller", "caller", "caller", "Caller"],
    ObjectId = ["identity.claims.http://schemas.microsoft.com/identity/claims/objectidentifier", "claims.http://schemas.microsoft.com/identity/claims/objectidentifier", "claims.http://schemas.microsoft.com/identity/claims/objectidentifier", "Claims.http://schemas.microsoft.com/identity/claims/objectidentifier"],
    Upn = ["identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "Claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"],
    Email = ["identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "Claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"],
    Methods = ["identity.claims.http://schemas.microsoft.com/claims/authnmethodsreferences", "claims.http://schemas.microsoft.com/claims/authnmethodsreferences", "claims.http://schemas.microsoft.com/claims/authnmethodsreferences", "Claims.http://schemas.microsoft.com/claims/authnmethodsreferences"],
    HomeTenant = ["identity.claims.http://schemas.microsoft.com/identity/claims/tenantid", "claims.http://schemas.microsoft.com/identity/claims/tenantid", "claims.http://schemas.microsoft.com/identity/claims/tenantid", "Claims.http://schemas.microsoft.com/identity/claims/tenantid"],
    AppId = ["identity.claims.appid", "claims.appid", "claims.appid", "Claims.appid"],
    SubjectType = ["identity.claims.idtyp", "claims.idtyp", "claims.idtyp", "Claims.idtyp"],
    ManagedIdentity = ["identity.claims.xms_mirid", "claims.xms_mirid", "claims.xms_mirid", "Claims.xms_mirid"],
    Sid = ["identity.claims.sid", "claims.sid", "claims.sid", "Claims.sid"],
    TokenId = ["identity.claims.uti", "claims.uti", "claims.uti", "Claims.uti"],
    Issued = ["identity.claims.iat", "claims.iat", "claims.iat", "Claims.iat"],
    ClaimAddress = ["identity.claims.ipaddr", "claims.ipaddr", "claims.ipaddr", "Claims.ipaddr"],
    Evidence = ["identity.authorization.evidence.principalId", "authorization.evidence.principalId", "authorization.evidence.principal_id", "Authorization.evidence.principalId"],
    EvidenceType = ["identity.authorization.evidence.principalType", "authorization.evidence.principalType", "authorization.evidence.principal_type", "Authorization.evidence.principalType"],

    Address = ["callerIpAddress", "httpRequest.clientIpAddress", "http_request.client_ip_address", "CallerIpAddress"],

    // What the logs of single resources say instead: key vaults, then storage.
    VaultObjectId = ["identity.claim.oid", "-", "-", "-"],
    VaultLongObjectId = ["identity.claim.http://schemas.microsoft.com/identity/claims/objectidentifier", "-", "-", "-"],
    VaultUpn = ["identity.claim.upn", "-", "-", "-"],
    VaultLongUpn = ["identity.claim.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "-", "-", "-"],
    VaultAppId = ["identity.claim.appid", "-", "-", "-"],
    VaultObject = ["properties.id", "-", "-", "-"],
    VaultAgent = ["properties.clientInfo", "-", "-", "-"],
    StorageObjectId = ["identity.requester.objectId", "-", "-", "-"],
    StorageUpn = ["identity.requester.upn", "-", "-", "-"],
    StorageAppId = ["identity.requester.appId", "-", "-", "-"],
    StorageTokenId = ["identity.requester.uniqueTokenIdentifier", "-", "-", "-"],
    StorageAgent = ["properties.userAgentHeader", "-", "-", "-"],
}
