//! The fields of a GuardDuty finding, in camel case and in Pascal case.

use crate::source::{Core, Spelled, paths};

paths! {
    SchemaVersion = "schemaVersion" / "SchemaVersion",
    Id = "id" / "Id",
    Type = "type" / "Type",
    AccountId = "accountId" / "AccountId",
    Partition = "partition" / "Partition",
    Severity = "severity" / "Severity",
    Title = "title" / "Title",
    Description = "description" / "Description",
    CreatedAt = "createdAt" / "CreatedAt",
    UpdatedAt = "updatedAt" / "UpdatedAt",
    ResourceType = "resource.resourceType" / "Resource.ResourceType",
    KeyId = "resource.accessKeyDetails.accessKeyId" / "Resource.AccessKeyDetails.AccessKeyId",
    KeyPrincipalId = "resource.accessKeyDetails.principalId" / "Resource.AccessKeyDetails.PrincipalId",
    KeyUserName = "resource.accessKeyDetails.userName" / "Resource.AccessKeyDetails.UserName",
    KeyUserType = "resource.accessKeyDetails.userType" / "Resource.AccessKeyDetails.UserType",
    InstanceProfile = "resource.instanceDetails.iamInstanceProfile.arn" / "Resource.InstanceDetails.IamInstanceProfile.Arn",
    KubernetesUser = "resource.kubernetesDetails.kubernetesUserDetails.username" / "Resource.KubernetesDetails.KubernetesUserDetails.Username",
    Detector = "service.detectorId" / "Service.DetectorId",
    Count = "service.count" / "Service.Count",
    LastSeen = "service.eventLastSeen" / "Service.EventLastSeen",
    Archived = "service.archived" / "Service.Archived",
    UserAgent = "service.action.awsApiCallAction.userAgent" / "Service.Action.AwsApiCallAction.UserAgent",
    RemoteAddress = "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4" / "Service.Action.AwsApiCallAction.RemoteIpDetails.IpAddressV4",
    RemoteAddress6 = "service.action.awsApiCallAction.remoteIpDetails.ipAddressV6" / "Service.Action.AwsApiCallAction.RemoteIpDetails.IpAddressV6",
    KubernetesAddress = "service.action.kubernetesApiCallAction.remoteIpDetails.ipAddressV4" / "Service.Action.KubernetesApiCallAction.RemoteIpDetails.IpAddressV4",
    EndpointAddress = "service.detection.sequence.endpoints.ip" / "Service.Detection.Sequence.Endpoints.Ip",
    ActorName = "service.detection.sequence.actors.user.name" / "Service.Detection.Sequence.Actors.User.Name",
    ActorUid = "service.detection.sequence.actors.user.uid" / "Service.Detection.Sequence.Actors.User.Uid",
    ActorType = "service.detection.sequence.actors.user.type" / "Service.Detection.Sequence.Actors.User.Type",
    ActorCredential = "service.detection.sequence.actors.user.credentialUid" / "Service.Detection.Sequence.Actors.User.CredentialUid",
    ActorAccount = "service.detection.sequence.actors.user.account.uid" / "Service.Detection.Sequence.Actors.User.Account.Uid",
    ActorSessionCreated = "service.detection.sequence.actors.session.createdTime" / "Service.Detection.Sequence.Actors.Session.CreatedTime",
    ActorSessionMfa = "service.detection.sequence.actors.session.mfaStatus" / "Service.Detection.Sequence.Actors.Session.MfaStatus",
    SequenceValues = "service.detection.sequence.sequenceIndicators.values" / "Service.Detection.Sequence.SequenceIndicators.Values",
    SignalValues = "service.detection.sequence.signals.signalIndicators.values" / "Service.Detection.Sequence.Signals.SignalIndicators.Values",
}

const PASCAL: usize = PATHS.len() / 2;

/// The finding in the spelling that this record uses.
pub fn spelling<'a>(core: &'a Core<'a>) -> Spelled<'a> {
    let pascal = core.has(Path::SchemaVersion as usize + PASCAL);
    Spelled::new(core, if pascal { PASCAL } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raised(word: &str) -> String {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    }

    #[test]
    fn both_spellings_are_in_the_same_order() {
        let (camel, pascal) = PATHS.split_at(PASCAL);
        let raised: Vec<String> = camel
            .iter()
            .map(|path| {
                let parts = path.split('.').map(raised);
                parts.collect::<Vec<_>>().join(".")
            })
            .collect();
        assert_eq!(raised, pascal);
    }
}
