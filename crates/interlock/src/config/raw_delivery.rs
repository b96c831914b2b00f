//! `[[delivery]]` as people write it: where workloads find their credential when a new one is made.

use super::raw_feed::RawSecret;
use schemars::JsonSchema;
use serde::Deserialize;

/// One place, or one for each workload, for new credentials of whatever is rotated.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawPlaceOfDelivery {
    /// A parameter of AWS Systems Manager's Parameter Store: a `SecureString`, which must exist. It holds
    /// the credential alone, or JSON whose other fields stay.
    AwsParameter {
        /// Whose credentials, as `provider:name`; `*` stands for any text. The first delivery that fits
        /// counts, before what a connector itself says. No default. Since 0.1.0.
        #[serde(rename = "for")]
        whom: Vec<String>,
        /// The connector for AWS whose account and region it is, and whose credentials write. No default.
        /// Since 0.1.0.
        through: String,
        /// The parameter's name, `{name}` standing for the workload. No default. Since 0.1.0.
        name: String,
        /// The field of the credential in the JSON that it holds. Default: `secret` where `key_id` is
        /// named, else none: it holds the credential alone. Since 0.1.0.
        secret: Option<String>,
        /// The field of the credential's public name. Default: none; it is not put there. Since 0.1.0.
        key_id: Option<String>,
    },
    /// A secret of Azure Key Vault, which must exist. It holds the credential alone, or JSON whose other
    /// fields stay.
    AzureSecret {
        /// Whose credentials, as `provider:name`; `*` stands for any text. The first delivery that fits
        /// counts, before what a connector itself says. No default. Since 0.1.0.
        #[serde(rename = "for")]
        whom: Vec<String>,
        /// The connector for Entra whose tenant it is, and whose application writes. No default. Since 0.1.0.
        through: String,
        /// Where the vault answers: `https://acme.vault.azure.net`. No default. Since 0.1.0.
        vault: String,
        /// The secret's name, `{name}` standing for the workload; what is no letter or digit in that
        /// becomes a hyphen. No default. Since 0.1.0.
        name: String,
        /// The field of the credential in the JSON that it holds. Default: `secret` where `key_id` is
        /// named, else none: it holds the credential alone. Since 0.1.0.
        secret: Option<String>,
        /// The field of the credential's public name. Default: none; it is not put there. Since 0.1.0.
        key_id: Option<String>,
    },
    /// A file on this machine, in JSON with `key_id` and `secret`.
    File {
        /// Whose credentials, as `provider:name`; `*` stands for any text. The first delivery that fits
        /// counts, before what a connector itself says. No default. Since 0.1.0.
        #[serde(rename = "for")]
        whom: Vec<String>,
        /// The file, relative to this folder, `{name}` standing for the workload. No default. Since 0.1.0.
        path: String,
        /// Its mode, in octal. Default: `0600`. Since 0.1.0.
        mode: Option<String>,
        /// The number of its owner. Default: whose the process is. Since 0.1.0.
        user: Option<u32>,
        /// The number of its group. Default: that of the process. Since 0.1.0.
        group: Option<u32>,
    },
    /// A secret of GitHub Actions; beside it a variable `<secret>_DELIVERY` tells which delivery it is.
    GithubSecret {
        /// Whose credentials, as `provider:name`; `*` stands for any text. The first delivery that fits
        /// counts, before what a connector itself says. No default. Since 0.1.0.
        #[serde(rename = "for")]
        whom: Vec<String>,
        /// The connector for GitHub whose organisation it is, and whose credential writes. No default. Since 0.1.0.
        through: String,
        /// The repository, by its short name. Default: none; then it is a secret of the organisation. Since 0.1.0.
        repository: Option<String>,
        /// The environment of the repository. Default: none. Since 0.1.0.
        environment: Option<String>,
        /// The name of the secret, `{name}` standing for the workload in capitals. No default. Since 0.1.0.
        secret: String,
        /// The name of the secret for the credential's public name, such as a key id. Default: none; it
        /// is not put there. Since 0.1.0.
        key_id: Option<String>,
    },
    /// A secret of Google's Secret Manager, which must exist. It holds the credential alone, or JSON whose
    /// other fields stay.
    GoogleSecret {
        /// Whose credentials, as `provider:name`; `*` stands for any text. The first delivery that fits
        /// counts, before what a connector itself says. No default. Since 0.1.0.
        #[serde(rename = "for")]
        whom: Vec<String>,
        /// The connector for Google Cloud whose project it is, and whose credential writes. No default.
        /// Since 0.1.0.
        through: String,
        /// The secret's id, `{name}` standing for the workload. No default. Since 0.1.0.
        name: String,
        /// The field of the credential in the JSON that it holds. Default: `secret` where `key_id` is
        /// named, else none: it holds the credential alone. Since 0.1.0.
        secret: Option<String>,
        /// The field of the credential's public name. Default: none; it is not put there. Since 0.1.0.
        key_id: Option<String>,
    },
    /// A Secret of Kubernetes, which must exist.
    KubernetesSecret {
        /// Whose credentials, as `provider:name`; `*` stands for any text. The first delivery that fits
        /// counts, before what a connector itself says. No default. Since 0.1.0.
        #[serde(rename = "for")]
        whom: Vec<String>,
        /// The connector for Kubernetes whose cluster it is, and whose token writes. No default. Since 0.1.0.
        through: String,
        /// The Secret's namespace. No default. Since 0.1.0.
        namespace: String,
        /// The Secret's name, `{name}` standing for the workload. No default. Since 0.1.0.
        name: String,
        /// The key of the credential in it. Default: `secret`. Since 0.1.0.
        secret: Option<String>,
        /// The key of the credential's public name in it; empty: it is not put there. Default: `key_id`. Since 0.1.0.
        key_id: Option<String>,
        /// The workloads that get new pods, as `deployments/web`, `statefulsets/db` or
        /// `daemonsets/agent`: those that read it only when they start. Default: none. Since 0.1.0.
        #[serde(default)]
        restart: Vec<String>,
    },
    /// An entry of KV version 2 of Vault or OpenBao; its other fields stay.
    VaultKv {
        /// Whose credentials, as `provider:name`; `*` stands for any text. The first delivery that fits
        /// counts, before what a connector itself says. No default. Since 0.1.0.
        #[serde(rename = "for")]
        whom: Vec<String>,
        /// The connector for Vault whose server it is, and whose token writes. No default. Since 0.1.0.
        through: String,
        /// Where KV version 2 is mounted. Default: `secret`. Since 0.1.0.
        mount: Option<String>,
        /// The entry's path, `{name}` standing for the workload. No default. Since 0.1.0.
        path: String,
        /// The field of the credential. Default: `secret`. Since 0.1.0.
        secret: Option<String>,
        /// The field of the credential's public name; empty: it is not put there. Default: `key_id`. Since 0.1.0.
        key_id: Option<String>,
    },
    /// An entry of a service of your own behind HTTPS, which gets the credential sealed for its own key,
    /// proves that it opened it, and says what it holds.
    Webhook {
        /// Whose credentials, as `provider:name`; `*` stands for any text. The first delivery that fits
        /// counts, before what a connector itself says. No default. Since 0.1.0.
        #[serde(rename = "for")]
        whom: Vec<String>,
        /// Where questions are posted: `https://…`. No default. Since 0.1.0.
        url: String,
        /// What questions are signed with, as Standard Webhooks say: always a reference, never the
        /// secret. No default. Since 0.1.0.
        secret: RawSecret,
        /// The service's public key, for which credentials are sealed (X25519, 32 bytes in base64). No
        /// default. Since 0.1.0.
        public_key: String,
        /// The entry's name, `{name}` standing for the workload. No default. Since 0.1.0.
        name: String,
        /// Whether it keeps what a delivery displaces and puts it back when asked. Default: no; then a
        /// delivery cannot be taken back. Since 0.1.0.
        #[serde(default)]
        restores: bool,
        /// How long an answer may take, at most `25s`. Default: `10s`. Since 0.1.0.
        timeout: Option<String>,
    },
}
