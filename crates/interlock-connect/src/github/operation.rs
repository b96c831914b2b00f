//! What this connector needs at GitHub, by the names that permissions of Apps and fine-grained tokens
//! have there: each covers the calls that GitHub lets through with it.

use interlock_model::Operation;

/// Repositories and who was let into them.
pub const READ_METADATA: Operation = Operation("repository metadata: read");
/// Members, owners, teams.
pub const READ_MEMBERS: Operation = Operation("organization members: read");
/// Removes members and invites them again.
pub const WRITE_MEMBERS: Operation = Operation("organization members: write");
/// Who is blocked.
pub const READ_BLOCKS: Operation = Operation("organization blocking users: read");
/// Blocks and unblocks.
pub const WRITE_BLOCKS: Operation = Operation("organization blocking users: write");
/// Deploy keys, settings of Actions, invitations to repositories.
pub const READ_ADMINISTRATION: Operation = Operation("repository administration: read");
/// Changes deploy keys, settings of Actions, collaborators.
pub const WRITE_ADMINISTRATION: Operation = Operation("repository administration: write");
/// Runs of workflows.
pub const READ_ACTIONS: Operation = Operation("repository actions: read");
/// Cancels runs.
pub const WRITE_ACTIONS: Operation = Operation("repository actions: write");
/// Fine-grained tokens with access to the organisation. Apps alone can have it.
pub const READ_TOKENS: Operation = Operation("organization personal access tokens: read");
/// Takes that access.
pub const WRITE_TOKENS: Operation = Operation("organization personal access tokens: write");
/// Credentials that SAML single sign-on authorised, and installed Apps.
pub const READ_ORGANIZATION: Operation = Operation("organization administration: read");
/// Takes those authorisations.
pub const WRITE_ORGANIZATION: Operation = Operation("organization administration: write");
/// Secrets that secret scanning found in repositories, with their values.
pub const READ_LEAKED: Operation = Operation("repository secret scanning alerts: read");
/// Tries a leaked token, as whoever holds it would.
pub const TRY_LEAKED: Operation = Operation("no permission: the leaked token is tried by itself");
/// Revokes a leaked token.
pub const REVOKE_LEAKED: Operation =
    Operation("no permission: whoever holds a token's value may revoke it");
/// How the installation of an App stands.
pub const READ_INSTALLATION: Operation =
    Operation("no permission: an App reads its installation by its own key");
/// Suspends an installation and lets it be again.
pub const SUSPEND: Operation =
    Operation("no permission: an App suspends its installation by its own key");
/// Names of secrets of workflows.
pub const READ_SECRETS: Operation = Operation("repository secrets: read");
/// `CODEOWNERS`.
pub const READ_CONTENTS: Operation = Operation("repository contents: read");

/// What is asked without proving who one is.
pub(crate) const BY_ANYBODY: [Operation; 2] = [TRY_LEAKED, REVOKE_LEAKED];

/// What an App asks by its own key.
pub(crate) const BY_OWN_KEY: [Operation; 2] = [READ_INSTALLATION, SUSPEND];

/// Each with the name that GitHub's interface has for it, and the level.
pub(crate) const NAMES: &[(Operation, &str, &str)] = &[
    (READ_METADATA, "metadata", "read"),
    (READ_MEMBERS, "members", "read"),
    (WRITE_MEMBERS, "members", "write"),
    (READ_BLOCKS, "organization_user_blocking", "read"),
    (WRITE_BLOCKS, "organization_user_blocking", "write"),
    (READ_ADMINISTRATION, "administration", "read"),
    (WRITE_ADMINISTRATION, "administration", "write"),
    (READ_ACTIONS, "actions", "read"),
    (WRITE_ACTIONS, "actions", "write"),
    (READ_TOKENS, "organization_personal_access_tokens", "read"),
    (WRITE_TOKENS, "organization_personal_access_tokens", "write"),
    (READ_ORGANIZATION, "organization_administration", "read"),
    (WRITE_ORGANIZATION, "organization_administration", "write"),
    (READ_LEAKED, "secret_scanning_alerts", "read"),
    (READ_SECRETS, "secrets", "read"),
    (READ_CONTENTS, "contents", "read"),
];
