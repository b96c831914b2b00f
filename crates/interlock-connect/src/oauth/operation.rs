//! What this connector asks of an authorization server, by method and endpoint.

use interlock_model::Operation;

/// Asks whether a token is good.
pub const INTROSPECT: Operation =
    Operation("POST introspection_endpoint (a client that may introspect tokens)");
/// Reads the registration of a client.
pub const READ_CLIENT: Operation =
    Operation("GET registration_client_uri (the client's registration access token)");
/// Tries whether a client is let in, with a token to revoke that is none.
pub const AUTHENTICATE: Operation =
    Operation("POST revocation_endpoint (the client's own secret, only tried)");

/// Ends all sessions and tokens of a user, as far as the receiver does.
pub const REVOKE_USER: Operation =
    Operation("POST global_token_revocation_endpoint (a signer that the receiver trusts)");
/// Revokes a token.
pub const REVOKE: Operation = Operation("POST revocation_endpoint (the client's own secret)");
/// Deletes the registration of a client.
pub const DELETE_CLIENT: Operation =
    Operation("DELETE registration_client_uri (the client's registration access token)");
