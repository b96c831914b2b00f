//! An organisation with one member account, on a server of somebody else's that keeps policies.

use crate::servers::{Server, json};
use serde_json::{Value, json};

/// A policy that denies nobody yet.
pub const EMPTY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"InterlockDenyPrincipals","Effect":"Deny","Action":"*","Resource":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":["arn:aws:iam::000000000000:role/nobody"]}}}]}"#;

/// The organisation.
pub struct Place {
    pub server: Server,
    /// The unit in which the account is.
    pub unit: String,
    /// Another unit.
    pub other: String,
    /// The member account.
    pub member: String,
    /// The account of the organisation itself.
    pub management: String,
    pub policy: String,
}

/// One request of an administrator of the organisation.
pub fn ask(server: &Server, operation: &str, body: &Value) -> Value {
    json(server, "organizations", &format!("AWSOrganizationsV20161128.{operation}"), body)
}

/// Makes it.
pub fn place(server: Server) -> Place {
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let made = ask(&server, "CreateOrganization", &json!({ "FeatureSet": "ALL" }));
    let management = text(&made["Organization"]["MasterAccountId"]);
    let root = text(&ask(&server, "ListRoots", &json!({}))["Roots"][0]["Id"]);
    ask(
        &server,
        "EnablePolicyType",
        &json!({ "RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY" }),
    );
    let made = ask(
        &server,
        "CreatePolicy",
        &json!({
            "Name": "interlock-deny", "Type": "SERVICE_CONTROL_POLICY", "Description": "d",
            "Content": EMPTY,
        }),
    );
    let policy = text(&made["Policy"]["PolicySummary"]["Id"]);
    let unit = |name: &str| {
        let made = json!({ "ParentId": root, "Name": name });
        text(&ask(&server, "CreateOrganizationalUnit", &made)["OrganizationalUnit"]["Id"])
    };
    let (shops, other) = (unit("Shops"), unit("Other"));
    let made = json!({ "AccountName": "shop", "Email": "shop@example.com" });
    let member = text(&ask(&server, "CreateAccount", &made)["CreateAccountStatus"]["AccountId"]);
    let moved =
        json!({ "AccountId": member, "SourceParentId": root, "DestinationParentId": shops });
    ask(&server, "MoveAccount", &moved);
    Place { server, unit: shops, other, member, management, policy }
}
