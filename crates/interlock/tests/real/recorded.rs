//! CloudTrail records as AWS would write them for what happens on the test server.

use crate::account::now;
use interlock_model::Timestamp;

/// One call of a user with a long-lived key.
pub struct Call<'a> {
    pub account: &'a str,
    pub user: &'a str,
    pub key: &'a str,
    pub service: &'a str,
    pub operation: &'a str,
    /// The error code, when it was refused.
    pub refused: Option<&'a str>,
    pub id: String,
    pub time: Timestamp,
}

impl<'a> Call<'a> {
    /// A successful call, now.
    pub fn now(
        account: &'a str,
        user: &'a str,
        key: &'a str,
        service: &'a str,
        operation: &'a str,
    ) -> Self {
        let time = now();
        let id = format!("{user}-{operation}-{time}");
        Self { account, user, key, service, operation, refused: None, id, time }
    }

    /// The record.
    pub fn record(&self) -> serde_json::Value {
        let Self { account, user, key, service, operation, .. } = self;
        let seconds = Timestamp::from_second(self.time.as_second()).unwrap();
        let mut record = serde_json::json!({
            "eventVersion": "1.11", "eventID": self.id, "eventTime": seconds,
            "eventSource": format!("{service}.amazonaws.com"), "eventName": operation,
            "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.77",
            "userAgent": "aws-cli/2.15.0", "readOnly": false, "eventType": "AwsApiCall",
            "managementEvent": true, "eventCategory": "Management", "recipientAccountId": account,
            "userIdentity": {
                "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": account,
                "arn": format!("arn:aws:iam::{account}:user/{user}"),
                "accessKeyId": key, "userName": user,
            },
            "requestParameters": {"name": "trail"}, "responseElements": null,
        });
        if let Some(code) = self.refused {
            record["errorCode"] = code.into();
        }
        record
    }
}
