//! The fields of a unified audit record that the house itself reads, in each form in which it arrives.

use crate::microsoft_names::forms;

// Management Activity API and whoever passes its records on; Log Analytics' table of Office activity.
forms! {
    2;
    Type = ["-", "Type"],
    Time = ["CreationTime", "TimeGenerated"],
    Id = ["Id", "OfficeId"],
    SourceId = ["-", "SourceRecordId"],
    Operation = ["Operation", "Operation"],
    RecordType = ["RecordType", "RecordType"],
    Workload = ["Workload", "OfficeWorkload"],
    Organization = ["OrganizationId", "OrganizationId"],
    UserType = ["UserType", "UserType"],
    UserKey = ["UserKey", "UserKey"],
    UserId = ["UserId", "UserId"],
    Actors = ["Actor.ID", "Actor.ID"],
    Status = ["ResultStatus", "ResultStatus"],
    LogonError = ["LogonError", "LogonError"],
    ErrorNumber = ["ErrorNumber", "ErrorNumber"],
    ClientAddress = ["ClientIP", "ClientIP"],
    ActorAddress = ["ActorIpAddress", "Client_IPAddress"],
    MailAddress = ["ClientIPAddress", "ClientIPAddress"],
    UserAgent = ["UserAgent", "UserAgent"],
    ClientInfo = ["ClientInfoString", "ClientInfoString"],
    SessionId = ["SessionId", "SessionId"],
    ContextSession = ["AppAccessContext.AADSessionId", "AppAccessContext.AADSessionId"],
    ContextToken = ["AppAccessContext.UniqueTokenId", "AppAccessContext.UniqueTokenId"],
    ObjectId = ["ObjectId", "OfficeObjectId"],
    Mailbox = ["MailboxOwnerUPN", "MailboxOwnerUPN"],
    TargetUser = ["TargetUserOrGroupName", "TargetUserOrGroupName"],
}
