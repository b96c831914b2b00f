//! What this connector asks of Okta, by method and path, each with the OAuth scope that it needs. A token
//! of an administrator (SSWS) needs the role that stands behind the scope.

use interlock_model::Operation;

/// Reads who the token belongs to.
pub const READ_ME: Operation = Operation("GET /api/v1/users/me (okta.users.read)");
/// Reads a user.
pub const READ_USER: Operation = Operation("GET /api/v1/users/{id} (okta.users.read)");
/// Lists users.
pub const LIST_USERS: Operation = Operation("GET /api/v1/users (okta.users.read)");
/// Reads the factors of a user.
pub const READ_FACTORS: Operation =
    Operation("GET /api/v1/users/{userId}/factors (okta.users.read)");
/// Reads how risky a user is.
pub const READ_RISK: Operation = Operation("GET /api/v1/users/{userId}/risk (okta.userRisk.read)");
/// Lists the clients that hold tokens of a user.
pub const READ_CLIENTS: Operation =
    Operation("GET /api/v1/users/{userId}/clients (okta.users.read)");
/// Reads a refresh token of a user.
pub const READ_TOKEN: Operation =
    Operation("GET /api/v1/users/{userId}/clients/{clientId}/tokens/{tokenId} (okta.users.read)");
/// Reads a consent of a user.
pub const READ_GRANT: Operation =
    Operation("GET /api/v1/users/{userId}/grants/{grantId} (okta.users.read)");
/// Reads the System Log.
pub const READ_LOG: Operation = Operation("GET /api/v1/logs (okta.logs.read)");
/// Reads the administrator roles of a user.
pub const READ_ROLES: Operation = Operation("GET /api/v1/users/{userId}/roles (okta.roles.read)");
/// Reads which groups a role of a user is limited to.
pub const READ_ROLE_GROUPS: Operation = Operation(
    "GET /api/v1/users/{userId}/roles/{roleAssignmentId}/targets/groups (okta.roles.read)",
);
/// Reads which apps a role of a user is limited to.
pub const READ_ROLE_APPS: Operation = Operation(
    "GET /api/v1/users/{userId}/roles/{roleAssignmentId}/targets/catalog/apps (okta.roles.read)",
);
/// Lists the users with administrator roles.
pub const READ_ADMINS: Operation = Operation("GET /api/v1/iam/assignees/users (okta.roles.read)");
/// Reads the administrator roles of a service app.
pub const READ_CLIENT_ROLES: Operation =
    Operation("GET /oauth2/v1/clients/{clientId}/roles (okta.roles.read)");
/// Reads which groups a role of a service app is limited to.
pub const READ_CLIENT_ROLE_GROUPS: Operation = Operation(
    "GET /oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/groups (okta.roles.read)",
);
/// Reads which apps a role of a service app is limited to.
pub const READ_CLIENT_ROLE_APPS: Operation = Operation(
    "GET /oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/catalog/apps (okta.roles.read)",
);
/// Reads an app.
pub const READ_APP: Operation = Operation("GET /api/v1/apps/{appId} (okta.apps.read)");
/// Lists apps.
pub const LIST_APPS: Operation = Operation("GET /api/v1/apps (okta.apps.read)");
/// Reads the secrets of an app.
pub const READ_SECRETS: Operation =
    Operation("GET /api/v1/apps/{appId}/credentials/secrets (okta.apps.read)");
/// Reads the public keys of an app.
pub const READ_KEYS: Operation =
    Operation("GET /api/v1/apps/{appId}/credentials/jwks (okta.apps.read)");
/// Reads the refresh tokens of an app.
pub const READ_APP_TOKENS: Operation =
    Operation("GET /api/v1/apps/{appId}/tokens (okta.apps.read)");
/// Reads an API token: who made it, never its value.
pub const READ_API_TOKEN: Operation =
    Operation("GET /api/v1/api-tokens/{apiTokenId} (okta.apiTokens.read)");
/// Lists API tokens.
pub const LIST_API_TOKENS: Operation = Operation("GET /api/v1/api-tokens (okta.apiTokens.read)");

/// Suspends a user.
pub const SUSPEND: Operation =
    Operation("POST /api/v1/users/{id}/lifecycle/suspend (okta.users.manage)");
/// Lets a suspended user in again.
pub const UNSUSPEND: Operation =
    Operation("POST /api/v1/users/{id}/lifecycle/unsuspend (okta.users.manage)");
/// Makes a user choose another password.
pub const EXPIRE_PASSWORD: Operation =
    Operation("POST /api/v1/users/{id}/lifecycle/expire_password (okta.users.manage)");
/// Removes every factor of a user.
pub const RESET_FACTORS: Operation =
    Operation("POST /api/v1/users/{id}/lifecycle/reset_factors (okta.users.manage)");
/// Ends the sessions of a user.
pub const CLEAR_SESSIONS: Operation =
    Operation("DELETE /api/v1/users/{userId}/sessions (okta.sessions.manage)");
/// Says how risky a user is.
pub const SET_RISK: Operation = Operation("PUT /api/v1/users/{userId}/risk (okta.userRisk.manage)");
/// Revokes a refresh token.
pub const REVOKE_TOKEN: Operation = Operation(
    "DELETE /api/v1/users/{userId}/clients/{clientId}/tokens/{tokenId} (okta.users.manage)",
);
/// Revokes a consent.
pub const REVOKE_GRANT: Operation =
    Operation("DELETE /api/v1/users/{userId}/grants/{grantId} (okta.users.manage)");
/// Takes an administrator role from a user.
pub const REMOVE_ROLE: Operation =
    Operation("DELETE /api/v1/users/{userId}/roles/{roleAssignmentId} (okta.roles.manage)");
/// Gives a user an administrator role.
pub const ASSIGN_ROLE: Operation =
    Operation("POST /api/v1/users/{userId}/roles (okta.roles.manage)");
/// Takes an administrator role from a service app.
pub const REMOVE_CLIENT_ROLE: Operation =
    Operation("DELETE /oauth2/v1/clients/{clientId}/roles/{roleAssignmentId} (okta.roles.manage)");
/// Gives a service app an administrator role.
pub const ASSIGN_CLIENT_ROLE: Operation =
    Operation("POST /oauth2/v1/clients/{clientId}/roles (okta.roles.manage)");
/// Turns an app off.
pub const DEACTIVATE_APP: Operation =
    Operation("POST /api/v1/apps/{appId}/lifecycle/deactivate (okta.apps.manage)");
/// Turns an app on.
pub const ACTIVATE_APP: Operation =
    Operation("POST /api/v1/apps/{appId}/lifecycle/activate (okta.apps.manage)");
/// Revokes the refresh tokens of an app.
pub const REVOKE_APP_TOKENS: Operation =
    Operation("DELETE /api/v1/apps/{appId}/tokens (okta.apps.manage)");
/// Makes a secret.
pub const MAKE_SECRET: Operation =
    Operation("POST /api/v1/apps/{appId}/credentials/secrets (okta.apps.manage)");
/// Deletes a secret that is off.
pub const DELETE_SECRET: Operation =
    Operation("DELETE /api/v1/apps/{appId}/credentials/secrets/{secretId} (okta.apps.manage)");
/// Turns a secret off.
pub const DEACTIVATE_SECRET: Operation = Operation(
    "POST /api/v1/apps/{appId}/credentials/secrets/{secretId}/lifecycle/deactivate (okta.apps.manage)",
);
/// Turns a secret on.
pub const ACTIVATE_SECRET: Operation = Operation(
    "POST /api/v1/apps/{appId}/credentials/secrets/{secretId}/lifecycle/activate (okta.apps.manage)",
);
/// Turns a public key off.
pub const DEACTIVATE_KEY: Operation = Operation(
    "POST /api/v1/apps/{appId}/credentials/jwks/{keyId}/lifecycle/deactivate (okta.apps.manage)",
);
/// Turns a public key on.
pub const ACTIVATE_KEY: Operation = Operation(
    "POST /api/v1/apps/{appId}/credentials/jwks/{keyId}/lifecycle/activate (okta.apps.manage)",
);
/// Deletes an API token.
pub const DELETE_API_TOKEN: Operation =
    Operation("DELETE /api/v1/api-tokens/{apiTokenId} (okta.apiTokens.manage)");
