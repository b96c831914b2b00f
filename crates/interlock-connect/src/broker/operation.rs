//! The operations of the broker that its connector calls, by their permission names.

use interlock_model::Operation;

/// A client: whether it may get tokens, and which of its tokens are refused.
pub const GET_CLIENT: Operation = Operation("broker:GetClient");
/// The keys of a client, without their secrets.
pub const LIST_KEYS: Operation = Operation("broker:ListKeys");
/// Which key a client's delivery file names, and nothing else of it.
pub const GET_DELIVERY: Operation = Operation("broker:GetDelivery");
/// Whether tokens are live.
pub const INTROSPECT_TOKEN: Operation = Operation("broker:IntrospectToken");
/// Whether an exchange would be granted; none is made.
pub const TRY_EXCHANGE: Operation = Operation("broker:TryExchange");

/// Allows or refuses new tokens to a client.
pub const SET_ISSUANCE: Operation = Operation("broker:SetIssuance");
/// Refuses the tokens of a client that were issued until a moment.
pub const SET_REVOCATION: Operation = Operation("broker:SetRevocation");
/// Makes a key active or disabled.
pub const SET_KEY_STATUS: Operation = Operation("broker:SetKeyStatus");
/// Deletes a key.
pub const DELETE_KEY: Operation = Operation("broker:DeleteKey");
/// Makes a key.
pub const CREATE_KEY: Operation = Operation("broker:CreateKey");
/// Puts a key into the client's delivery file, or puts the former file back.
pub const PUT_DELIVERY: Operation = Operation("broker:PutDelivery");
