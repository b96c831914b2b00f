//! The fields of a Falco alert that the house itself reads.

use crate::source::paths;

paths! {
    Rule = "rule",
    Priority = "priority",
    Output = "output",
    OutputFields = "output_fields",
    Time = "time",
    Uuid = "uuid",
    Tags = "tags",
    Hostname = "hostname",

    PodNamespace = "output_fields.k8s.ns.name",
    PodName = "output_fields.k8s.pod.name",
    ContainerId = "output_fields.container.id",
    ContainerName = "output_fields.container.name",
    UserName = "output_fields.user.name",
    LoginUserName = "output_fields.user.loginname",

    K8sUser = "output_fields.ka.user.name",
    K8sUserAgent = "output_fields.ka.useragent",
    K8sAddresses = "output_fields.ka.sourceips",
    K8sCluster = "output_fields.ka.cluster.name",

    CloudTrailArn = "output_fields.ct.user.arn",
    CloudTrailKey = "output_fields.ct.user.accesskeyid",
    CloudTrailUser = "output_fields.ct.user",
    CloudTrailAccount = "output_fields.ct.user.accountid",
    CloudTrailAddress = "output_fields.ct.srcip",
    CloudTrailUserAgent = "output_fields.ct.useragent",

    OktaActor = "output_fields.okta.actor.id",
    OktaLogin = "output_fields.okta.actor.alternateid",
    OktaAddress = "output_fields.okta.client.ip",

    GithubUser = "output_fields.github.user",
}
