//! What somebody else does in the account, for the tests of the whole house.

use crate::account::{Account, Keys};

/// Makes a key active again, as a colleague would who knows of nothing.
pub async fn activate(account: &Account, user: &str, key: &Keys) {
    let call = account.iam.update_access_key().user_name(user).access_key_id(&key.id);
    call.status(aws_sdk_iam::types::StatusType::Active).send().await.unwrap();
}
