//! Secrets that last, where something that ends by itself could take their place: which, and how.
//!
//! | Provider, credential | Pipeline | Running software | Person | Others |
//! | --- | --- | --- | --- | --- |
//! | `aws` access key | federation of the pipeline | role of the instance, pod or function | Identity Center | Roles Anywhere, or the broker |
//! | `google` key | workload identity federation | attached service account | gcloud sign-in | workload identity federation |
//! | `entra` secret, certificate | federated credential | managed identity | - | managed identity or federated credential |
//! | `github` token, key | `GITHUB_TOKEN`, or a token of an app | token of an app | fine-grained token with an end | token of an app |
//! | `kubernetes` token secret | bound token | bound token | - | bound token |
//! | databases, brokers of messages: password | dynamic credentials | the same | - | the same |

use interlock_model::{CredentialKind, CredentialRef, IdentityKind};

/// What could take the place of this credential of such an identity.
pub(crate) fn instead(credential: &CredentialRef, kind: IdentityKind) -> Option<&'static str> {
    use IdentityKind as K;
    let of = credential.kind()?;
    Some(match (credential.provider(), of) {
        ("aws", CredentialKind::AccessKey) => match kind {
            K::Pipeline => {
                "let the pipeline assume a role by OpenID Connect: an identity provider in IAM, and a trust that names its subject"
            }
            K::Workload => {
                "give the instance, pod or function a role of its own: its credentials end within hours"
            }
            K::Human => "let the person sign in through IAM Identity Center: `aws sso login`",
            K::ServiceAccount | K::ApiClient | K::Agent | K::Shared | K::Unknown => {
                "let it assume a role: of the instance, pod or function where it runs in AWS, by OpenID Connect or IAM Roles Anywhere where it runs elsewhere"
            }
        },
        ("google", CredentialKind::AccessKey) => match kind {
            K::Workload => {
                "attach the service account to the instance, pod or function, and delete the key"
            }
            K::Human => "let the person sign in and impersonate the service account",
            K::Pipeline | K::ServiceAccount | K::ApiClient | K::Agent | K::Shared | K::Unknown => {
                "let it in through a workload identity pool that trusts where it runs, and delete the key"
            }
        },
        (
            "entra",
            CredentialKind::Token | CredentialKind::Password | CredentialKind::Certificate,
        ) if kind.is_machine() => match kind {
            K::Pipeline => {
                "add a federated credential for the pipeline's subject, and delete the secret"
            }
            K::Human
            | K::Workload
            | K::ServiceAccount
            | K::ApiClient
            | K::Agent
            | K::Shared
            | K::Unknown => {
                "use a managed identity where it runs in Azure, a federated credential elsewhere, and delete the secret"
            }
        },
        ("github", CredentialKind::Token | CredentialKind::AccessKey) => match kind {
            K::Human => "use a fine-grained token with an end, or sign in with `gh auth login`",
            K::Pipeline => {
                "use the `GITHUB_TOKEN` of the run, or a token of an app: it ends within the hour"
            }
            K::Workload | K::ServiceAccount | K::ApiClient | K::Agent | K::Shared | K::Unknown => {
                "use a token of an app: it ends within the hour"
            }
        },
        ("kubernetes", CredentialKind::Token) if credential.id().starts_with("secret/") => {
            "use the bound token that the pod gets by itself, or `kubectl create token`, and delete the secret"
        }
        ("postgresql" | "mariadb" | "redis" | "rabbitmq", CredentialKind::Password)
            if kind.is_machine() =>
        {
            "let it fetch a password that ends by itself, from Vault or OpenBao (`database`, `rabbitmq`), or let the connector's broker deliver one"
        }
        ("ad", CredentialKind::Password) if kind.is_machine() => {
            "use a group managed service account: the domain renews its password by itself"
        }
        ("vault", CredentialKind::Token) => {
            "let it sign in by `kubernetes`, `jwt` or `approle` with an end, instead of a token that lasts"
        }
        _ => return None,
    })
}
