//! What this connector needs at Google, by the names of its permissions, which for pools begin with the
//! service's whole name; at Workspace, which has none, by the names of its methods.
//!
//! Source: what Google's predefined roles contain, such as `roles/iam.workloadIdentityPoolAdmin`.

use interlock_model::Operation;

/// A service account.
pub const GET_ACCOUNT: Operation = Operation("iam.serviceAccounts.get");
/// All service accounts.
pub const LIST_ACCOUNTS: Operation = Operation("iam.serviceAccounts.list");
/// Disables a service account.
pub const DISABLE_ACCOUNT: Operation = Operation("iam.serviceAccounts.disable");
/// Enables a service account.
pub const ENABLE_ACCOUNT: Operation = Operation("iam.serviceAccounts.enable");
/// The keys of a service account.
pub const LIST_KEYS: Operation = Operation("iam.serviceAccountKeys.list");
/// Makes a key.
pub const CREATE_KEY: Operation = Operation("iam.serviceAccountKeys.create");
/// Disables a key.
pub const DISABLE_KEY: Operation = Operation("iam.serviceAccountKeys.disable");
/// Enables a key.
pub const ENABLE_KEY: Operation = Operation("iam.serviceAccountKeys.enable");
/// Deletes a key.
pub const DELETE_KEY: Operation = Operation("iam.serviceAccountKeys.delete");
/// Who has which role on the project.
pub const GET_POLICY: Operation = Operation("resourcemanager.projects.getIamPolicy");
/// Says who has which role on the project.
pub const SET_POLICY: Operation = Operation("resourcemanager.projects.setIamPolicy");
/// A workload identity pool.
pub const GET_POOL: Operation = Operation("iam.googleapis.com/workloadIdentityPools.get");
/// All workload identity pools.
pub const LIST_POOLS: Operation = Operation("iam.googleapis.com/workloadIdentityPools.list");
/// Disables and enables a pool.
pub const UPDATE_POOL: Operation = Operation("iam.googleapis.com/workloadIdentityPools.update");
/// A provider of a workload identity pool.
pub const GET_PROVIDER: Operation =
    Operation("iam.googleapis.com/workloadIdentityPoolProviders.get");
/// Disables and enables a provider.
pub const UPDATE_PROVIDER: Operation =
    Operation("iam.googleapis.com/workloadIdentityPoolProviders.update");
/// A managed identity of a workload identity pool.
pub const GET_MANAGED_IDENTITY: Operation =
    Operation("iam.googleapis.com/workloadIdentityPoolManagedIdentities.get");
/// Disables and enables a managed identity.
pub const UPDATE_MANAGED_IDENTITY: Operation =
    Operation("iam.googleapis.com/workloadIdentityPoolManagedIdentities.update");
/// A user of Workspace.
pub const GET_USER: Operation = Operation("directory.users.get");
/// Suspends a user.
pub const PATCH_USER: Operation = Operation("directory.users.patch");
/// Applications that a user let in.
pub const LIST_TOKENS: Operation = Operation("directory.tokens.list");
/// Takes an application's tokens.
pub const DELETE_TOKENS: Operation = Operation("directory.tokens.delete");
/// App passwords of a user.
pub const LIST_APP_PASSWORDS: Operation = Operation("directory.asps.list");
/// Deletes an app password.
pub const DELETE_APP_PASSWORDS: Operation = Operation("directory.asps.delete");
