//! What this connector asks of Microsoft Graph, by method and path, each with the application permission
//! that is least for it.

use interlock_model::Operation;

/// Reads a user.
pub const READ_USER: Operation = Operation("GET /users/{user-id} (User.Read.All)");
/// Lists users.
pub const LIST_USERS: Operation = Operation("GET /users (User.Read.All)");
/// Reads a service principal.
pub const READ_PRINCIPAL: Operation =
    Operation("GET /servicePrincipals/{servicePrincipal-id} (Application.Read.All)");
/// Lists service principals.
pub const LIST_PRINCIPALS: Operation = Operation("GET /servicePrincipals (Application.Read.All)");
/// Finds an application, or lists them.
pub const LIST_APPLICATIONS: Operation = Operation("GET /applications (Application.Read.All)");
/// Reads who is trusted to act as an application without a secret.
pub const READ_FEDERATED: Operation = Operation(
    "GET /applications/{application-id}/federatedIdentityCredentials (Application.Read.All)",
);
/// Reads which permissions of other applications a service principal was given.
pub const READ_APP_ROLES: Operation = Operation(
    "GET /servicePrincipals/{servicePrincipal-id}/appRoleAssignments (Application.Read.All)",
);
/// Reads what a service principal may do in the name of users.
pub const READ_GRANTS: Operation = Operation(
    "GET /servicePrincipals/{servicePrincipal-id}/oauth2PermissionGrants (Directory.Read.All)",
);
/// Reads who has which role of the directory.
pub const READ_ROLES: Operation =
    Operation("GET /roleManagement/directory/roleAssignments (RoleManagement.Read.Directory)");
/// Reads who owns a service principal.
pub const READ_OWNERS: Operation =
    Operation("GET /servicePrincipals/{servicePrincipal-id}/owners (Application.Read.All)");
/// Reads who answers for a user: for a guest, or for the account of an agent.
pub const READ_SPONSORS: Operation = Operation("GET /users/{user-id}/sponsors (User.Read.All)");
/// Reads how risky a user, a service principal or an agent is.
pub const READ_RISK: Operation = Operation(
    "GET /identityProtection/riskyUsers/{riskyUser-id} (IdentityRiskyUser.Read.All for users, IdentityRiskyServicePrincipal.Read.All for service principals, IdentityRiskyAgent.Read.All for agents)",
);

/// Turns an account off or on, a user's or a service principal's.
pub const SET_ENABLED: Operation = Operation(
    "PATCH /users/{user-id} (User.EnableDisableAccount.All for users, Application.ReadWrite.All for service principals)",
);
/// Ends the sessions of a user.
pub const REVOKE_SESSIONS: Operation =
    Operation("POST /users/{user-id}/revokeSignInSessions (User.RevokeSessions.All)");
/// Says that a user, a service principal or an agent is compromised.
pub const CONFIRM: Operation = Operation(
    "POST /identityProtection/riskyUsers/confirmCompromised (IdentityRiskyUser.ReadWrite.All for users, IdentityRiskyServicePrincipal.ReadWrite.All for service principals, IdentityRiskyAgent.ReadWrite.All for agents)",
);
/// Takes that back.
pub const DISMISS: Operation = Operation(
    "POST /identityProtection/riskyUsers/dismiss (IdentityRiskyUser.ReadWrite.All for users, IdentityRiskyServicePrincipal.ReadWrite.All for service principals, IdentityRiskyAgent.ReadWrite.All for agents)",
);
/// Makes a secret, on an application or a service principal.
pub const ADD_SECRET: Operation =
    Operation("POST /applications/{application-id}/addPassword (Application.ReadWrite.All)");
/// Writes the certificates of an application or a service principal.
pub const SET_KEYS: Operation =
    Operation("PATCH /applications/{application-id} (Application.ReadWrite.All for certificates)");
/// Removes a secret, from an application or a service principal.
pub const REMOVE_SECRET: Operation =
    Operation("POST /applications/{application-id}/removePassword (Application.ReadWrite.All)");
/// Takes a trust by which somebody else's workload signs in as an application.
pub const REMOVE_FEDERATED: Operation = Operation(
    "DELETE /applications/{application-id}/federatedIdentityCredentials/{federatedIdentityCredential-id} (Application.ReadWrite.All)",
);
/// Gives it again.
pub const ADD_FEDERATED: Operation = Operation(
    "POST /applications/{application-id}/federatedIdentityCredentials (Application.ReadWrite.All)",
);
/// Turns an application off or on, in every tenant.
pub const SET_DISABLED: Operation =
    Operation("PATCH /applications/{application-id} (Application.ReadWrite.All)");
/// Takes a permission of another application.
pub const REMOVE_APP_ROLE: Operation = Operation(
    "DELETE /servicePrincipals/{servicePrincipal-id}/appRoleAssignments/{appRoleAssignment-id} (AppRoleAssignment.ReadWrite.All)",
);
/// Gives it again.
pub const ASSIGN_APP_ROLE: Operation = Operation(
    "POST /servicePrincipals/{servicePrincipal-id}/appRoleAssignments (AppRoleAssignment.ReadWrite.All)",
);
/// Takes what may be done in the name of users.
pub const REMOVE_GRANT: Operation = Operation(
    "DELETE /oauth2PermissionGrants/{oAuth2PermissionGrant-id} (DelegatedPermissionGrant.ReadWrite.All)",
);
/// Gives it again.
pub const ADD_GRANT: Operation =
    Operation("POST /oauth2PermissionGrants (DelegatedPermissionGrant.ReadWrite.All)");
