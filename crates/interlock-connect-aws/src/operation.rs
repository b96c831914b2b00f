//! The operations of AWS that this connector calls, by their permission names.

use interlock_model::Operation;

/// Who we are. Needs no permission at AWS.
pub const GET_CALLER_IDENTITY: Operation = Operation("sts:GetCallerIdentity");
/// Whether a user exists.
pub const GET_USER: Operation = Operation("iam:GetUser");
/// A role with its trust policy.
pub const GET_ROLE: Operation = Operation("iam:GetRole");
/// The access keys of a user.
pub const LIST_ACCESS_KEYS: Operation = Operation("iam:ListAccessKeys");
/// When an access key was last used.
pub const GET_ACCESS_KEY_LAST_USED: Operation = Operation("iam:GetAccessKeyLastUsed");
/// Whether a user has a console password.
pub const GET_LOGIN_PROFILE: Operation = Operation("iam:GetLoginProfile");
/// Has the report on credentials made, which AWS keeps for four hours.
pub const GENERATE_CREDENTIAL_REPORT: Operation = Operation("iam:GenerateCredentialReport");
/// The report on credentials: the root user and all others, with second factors and last sign-ins.
pub const GET_CREDENTIAL_REPORT: Operation = Operation("iam:GetCredentialReport");
/// The credentials of a user for single services.
pub const LIST_SERVICE_CREDENTIALS: Operation = Operation("iam:ListServiceSpecificCredentials");
/// The public SSH keys of a user, with which CodeCommit knows it.
pub const LIST_SSH_PUBLIC_KEYS: Operation = Operation("iam:ListSSHPublicKeys");
/// The X.509 certificates with which a user signs requests.
pub const LIST_SIGNING_CERTIFICATES: Operation = Operation("iam:ListSigningCertificates");
/// An instance profile with the role in it.
pub const GET_INSTANCE_PROFILE: Operation = Operation("iam:GetInstanceProfile");
/// One inline policy of a user.
pub const GET_USER_POLICY: Operation = Operation("iam:GetUserPolicy");
/// One inline policy of a role.
pub const GET_ROLE_POLICY: Operation = Operation("iam:GetRolePolicy");
/// Who holds a managed policy.
pub const LIST_ENTITIES_FOR_POLICY: Operation = Operation("iam:ListEntitiesForPolicy");
/// The members of a group.
pub const GET_GROUP: Operation = Operation("iam:GetGroup");
/// Every user, role, group and policy of the account.
pub const GET_ACCOUNT_AUTHORIZATION_DETAILS: Operation =
    Operation("iam:GetAccountAuthorizationDetails");
/// What our own permissions are; only for the check, and optional.
pub const SIMULATE_PRINCIPAL_POLICY: Operation = Operation("iam:SimulatePrincipalPolicy");
/// The versions of a secret, without their values.
pub const DESCRIBE_SECRET: Operation = Operation("secretsmanager:DescribeSecret");
/// One version of a secret.
pub const GET_SECRET_VALUE: Operation = Operation("secretsmanager:GetSecretValue");

/// The versions of a parameter, with their values.
pub const GET_PARAMETER_HISTORY: Operation = Operation("ssm:GetParameterHistory");

/// The profiles of Roles Anywhere in the region.
pub const LIST_ANYWHERE_PROFILES: Operation = Operation("rolesanywhere:ListProfiles");
/// A profile of Roles Anywhere.
pub const GET_ANYWHERE_PROFILE: Operation = Operation("rolesanywhere:GetProfile");
/// The trust anchors of Roles Anywhere in the region.
pub const LIST_TRUST_ANCHORS: Operation = Operation("rolesanywhere:ListTrustAnchors");
/// A trust anchor of Roles Anywhere.
pub const GET_TRUST_ANCHOR: Operation = Operation("rolesanywhere:GetTrustAnchor");

/// Gives no more sessions through a profile of Roles Anywhere.
pub const DISABLE_ANYWHERE_PROFILE: Operation = Operation("rolesanywhere:DisableProfile");
/// Gives sessions through a profile of Roles Anywhere again.
pub const ENABLE_ANYWHERE_PROFILE: Operation = Operation("rolesanywhere:EnableProfile");
/// Takes no certificate of a trust anchor any more.
pub const DISABLE_TRUST_ANCHOR: Operation = Operation("rolesanywhere:DisableTrustAnchor");
/// Takes the certificates of a trust anchor again.
pub const ENABLE_TRUST_ANCHOR: Operation = Operation("rolesanywhere:EnableTrustAnchor");
/// Sets the status of an access key.
pub const UPDATE_ACCESS_KEY: Operation = Operation("iam:UpdateAccessKey");
/// Deletes an access key.
pub const DELETE_ACCESS_KEY: Operation = Operation("iam:DeleteAccessKey");
/// Sets the status of a credential for a single service.
pub const UPDATE_SERVICE_CREDENTIAL: Operation = Operation("iam:UpdateServiceSpecificCredential");
/// Sets the status of a public SSH key.
pub const UPDATE_SSH_PUBLIC_KEY: Operation = Operation("iam:UpdateSSHPublicKey");
/// Sets the status of a signing certificate.
pub const UPDATE_SIGNING_CERTIFICATE: Operation = Operation("iam:UpdateSigningCertificate");
/// Takes a role out of an instance profile.
pub const REMOVE_ROLE_FROM_INSTANCE_PROFILE: Operation =
    Operation("iam:RemoveRoleFromInstanceProfile");
/// Puts a role into an instance profile.
pub const ADD_ROLE_TO_INSTANCE_PROFILE: Operation = Operation("iam:AddRoleToInstanceProfile");
/// To hand a role to a service: a permission that has no call of its own.
pub const PASS_ROLE: Operation = Operation("iam:PassRole");
/// Deletes the console password of a user.
pub const DELETE_LOGIN_PROFILE: Operation = Operation("iam:DeleteLoginProfile");
/// Issues an access key.
pub const CREATE_ACCESS_KEY: Operation = Operation("iam:CreateAccessKey");
/// Writes an inline policy of a user.
pub const PUT_USER_POLICY: Operation = Operation("iam:PutUserPolicy");
/// Removes an inline policy of a user.
pub const DELETE_USER_POLICY: Operation = Operation("iam:DeleteUserPolicy");
/// Writes an inline policy of a role.
pub const PUT_ROLE_POLICY: Operation = Operation("iam:PutRolePolicy");
/// Removes an inline policy of a role.
pub const DELETE_ROLE_POLICY: Operation = Operation("iam:DeleteRolePolicy");
/// Writes the trust policy of a role.
pub const UPDATE_ASSUME_ROLE_POLICY: Operation = Operation("iam:UpdateAssumeRolePolicy");
/// Adds a version to a secret and makes it the current one.
pub const PUT_SECRET_VALUE: Operation = Operation("secretsmanager:PutSecretValue");
/// Adds a version to a parameter.
pub const PUT_PARAMETER: Operation = Operation("ssm:PutParameter");

/// The permission that AWS asks for beside a write's own.
#[must_use]
pub fn beside(write: Operation) -> Option<Operation> {
    match write {
        // Source: IAM API reference, `AddRoleToInstanceProfile`.
        ADD_ROLE_TO_INSTANCE_PROFILE => Some(PASS_ROLE),
        _ => None,
    }
}
