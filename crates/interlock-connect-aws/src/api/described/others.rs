//! The credentials of users beside keys and passwords, and instance profiles, as AWS describes them.

use super::{Description, Seen};
use crate::api::credentials::*;
use crate::api::instance_profile::*;
use expect_test::expect;

/// Holds every operation on them against the description of IAM.
pub(super) fn seen(iam: &Description, seen: &mut Seen) {
    seen.answered(
        iam,
        &ListServiceSpecificCredentials("ci"),
        &expect![[r#"
        [
            OtherCredential {
                id: "ServiceSpecificCredentials.ServiceSpecificCredentialId",
                status: "Active",
                service: Some(
                    "ServiceSpecificCredentials.ServiceName",
                ),
                created: Some(
                    1772366400,
                ),
                expires: Some(
                    1772366400,
                ),
            },
        ]"#]],
    );
    seen.answered(
        iam,
        &ListSigningCertificates("ci"),
        &expect![[r#"
        [
            OtherCredential {
                id: "Certificates.CertificateId",
                status: "Active",
                service: None,
                created: Some(
                    1772366400,
                ),
                expires: None,
            },
        ]"#]],
    );
    seen.answered(
        iam,
        &ListSshPublicKeys("ci"),
        &expect![[r#"
        [
            OtherCredential {
                id: "SSHPublicKeys.SSHPublicKeyId",
                status: "Active",
                service: None,
                created: Some(
                    1772366400,
                ),
                expires: None,
            },
        ]"#]],
    );
    for status in ["Active", "Inactive"] {
        seen.told(iam, &UpdateServiceSpecificCredential { user: "ci", id: "ACCA", status });
        seen.told(iam, &UpdateSigningCertificate { user: "ci", id: "TA7S", status });
        seen.told(iam, &UpdateSshPublicKey { user: "ci", id: "APKA", status });
    }
    seen.answered(
        iam,
        &GetInstanceProfile("web"),
        &expect![[r#"
        Some(
            ProfileRole {
                name: "InstanceProfile.Roles.RoleName",
                path: "InstanceProfile.Roles.Path",
            },
        )"#]],
    );
    seen.told(iam, &RemoveRoleFromInstanceProfile { profile: "web", role: "deploy" });
    seen.told(iam, &AddRoleToInstanceProfile { profile: "web", role: "deploy" });
}
