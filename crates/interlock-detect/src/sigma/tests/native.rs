//! Rules with the field names of the public collections, on records as their vendors write them.

use crate::sigma::RuleSet;
use interlock_ingest::{Normalised, Normaliser, Record};
use interlock_model::{FieldPlan, Limits, Place};

/// Whether a rule on this log source with this search matches the record, read by the house.
#[track_caller]
fn matches(source: &str, search: &str, record: &str) -> bool {
    let search: String = search.lines().map(|it| format!("    {it}\n")).collect();
    let text =
        format!("title: t\nlogsource: {source}\ndetection:\n  it:\n{search}  condition: it\n");
    let (mut rules, problems) = RuleSet::load(&[("t.yml".into(), text)]);
    assert_eq!(problems, [], "{search}");
    let mut plan = FieldPlan::new();
    rules.plan(&mut plan).unwrap();
    let place = Place { file: "t.jsonl".into(), record: 0 };
    let record = Record::new(place, record.into(), false);
    match Normaliser::new(&plan, Limits::STANDARD).normalise(&record) {
        Ok(Normalised::Event(event)) => {
            assert!(rules.reads(event.source), "{source} is not {}", event.source);
            let mut hits = Vec::new();
            rules.inspect(&event, &mut hits);
            !hits.is_empty()
        }
        Ok(Normalised::Alert(_)) => panic!("an alert: {}", record.text),
        Err(rejected) => panic!("{}: {}", rejected.why, record.text),
    }
}

#[track_caller]
fn check(source: &str, record: &str, table: &[(&str, bool)]) {
    for (search, wanted) in table {
        assert_eq!(matches(source, search, record), *wanted, "{search} on {record}");
    }
}

#[test]
fn entra_audit() {
    let rule = "{product: azure, service: auditlogs}";
    let table = [
        ("properties.message: Add member to role", true),
        ("properties.message: Add user", false),
        ("OperationName|contains|all: [Add, member to role]", true),
        ("operationName: Add member to role\nproperties.result: success", true),
        ("ActivityDisplayName: Add member to role\nStatus: Success", true),
        ("Status: failure", false),
        ("Category: RoleManagement\nLoggedByService: Core Directory", true),
        ("properties.category: RoleManagement", true),
        ("TargetResources|contains: 62e90394-69f5-4237-9190-012177145e10", true),
        ("properties.targetResources|contains: [Admins, Administrator]", true),
        ("TargetResources.ModifiedProperties.NewValue|contains: global", true),
        ("TargetResources.modifiedProperties.displayName: Role.DisplayName", true),
        ("targetResources.type: User", true),
        ("properties.initiatedBy|contains: alice@", true),
        ("Initiatied.By: alice@example.com", true),
        ("properties.initiatedBy.user.userPrincipalName: alice@example.com", true),
        ("properties.initiatedBy.app.servicePrincipalId|exists: true", false),
        ("activityType|contains: member to", true),
    ];
    let body = |upper: bool| {
        let name = |it: &str| {
            let mut chars = it.chars();
            let first = chars.next().unwrap();
            let first = if upper { first.to_ascii_uppercase() } else { first };
            format!("{first}{}", chars.as_str())
        };
        format!(
            r#""{}":"Directory_1","{}":"RoleManagement","{}":"success","{}":"Add member to role","{}":"2026-03-02T10:00:00Z","{}":"Core Directory","{}":{{"user":{{"id":"00000000-0000-4000-8000-00000000a11c","userPrincipalName":"alice@example.com"}}}},"{}":[{{"id":"00000000-0000-4000-8000-0000000bad01","type":"User","userPrincipalName":"mallory@example.com","modifiedProperties":[{{"displayName":"Role.DisplayName","oldValue":null,"newValue":"\"Global Administrator\""}},{{"displayName":"Role.TemplateId","oldValue":null,"newValue":"\"62e90394-69f5-4237-9190-012177145e10\""}}]}}]"#,
            name("id"),
            name("category"),
            name("result"),
            name("activityDisplayName"),
            name("activityDateTime"),
            name("loggedByService"),
            name("initiatedBy"),
            name("targetResources")
        )
    };
    let (graph, analytics) = (body(false), body(true));
    check(
        rule,
        &format!(
            r#"{{"time":"2026-03-02T10:00:00Z","category":"AuditLogs","operationName":"Add member to role","properties":{{{graph}}}}}"#
        ),
        &table,
    );
    check(rule, &format!("{{{graph}}}"), &table);
    check(
        rule,
        &format!(
            r#"{{"TimeGenerated":"2026-03-02T10:00:00Z","Type":"AuditLogs","OperationName":"Add member to role",{analytics}}}"#
        ),
        &table,
    );
}

#[test]
fn entra_sign_in() {
    let rule = "{product: azure, service: signinlogs}";
    let table = [
        ("ResultType: 50053", true),
        ("resultType: 0", false),
        ("Status: Success", false),
        ("ResultDescription|contains: locked", true),
        ("AuthenticationRequirement: singleFactorAuthentication\nRiskState: atRisk", true),
        ("DeviceDetail.trusttype: ''", true),
        ("DeviceDetail.isCompliant: 'false'", true),
        ("ClientApp: IMAP4", true),
        ("userAgent|contains: axios", true),
        ("location: NO", true),
        ("location: SE", false),
        ("properties.ipAddress|cidr: 203.0.113.0/24", true),
        ("callerIpAddress: 203.0.113.9", true),
        ("properties.riskEventTypes_v2: unfamiliarFeatures", true),
        ("properties.message: Device Code", true),
        ("properties.message: ROPC", false),
    ];
    let good = [("Status: Success", true), ("resultType: 0", true), ("ResultType: 50053", false)];
    let inner = r#""id":"1","createdDateTime":"2026-03-02T10:00:00Z","userPrincipalName":"alice@example.com","userId":"00000000-0000-4000-8000-00000000a11c","appId":"de8bc8b5-d9f9-48b1-a8ad-b748da725064","ipAddress":"203.0.113.9","clientAppUsed":"IMAP4","userAgent":"axios/1.7","authenticationRequirement":"singleFactorAuthentication","authenticationProtocol":"deviceCode","riskState":"atRisk","riskEventTypes_v2":["unfamiliarFeatures"],"signInEventTypes":["interactiveUser"],"status":{"errorCode":50053,"failureReason":"The account is locked"},"deviceDetail":{"deviceId":"","isCompliant":false,"trustType":""},"location":{"city":"Oslo","countryOrRegion":"NO"}"#;
    let export = format!(
        r#"{{"time":"2026-03-02T10:00:00Z","category":"SignInLogs","operationName":"Sign-in activity","resultType":"50053","location":"NO","callerIpAddress":"203.0.113.9","properties":{{{inner}}}}}"#
    );
    check(rule, &export, &table);
    check(rule, &format!("{{{inner}}}"), &table);
    let analytics = r#"{"TimeGenerated":"2026-03-02T10:00:00Z","Type":"SigninLogs","Category":"SignInLogs","OperationName":"Sign-in activity","ResultType":"50053","ResultDescription":"The account is locked","Location":"NO","LocationDetails":"{\"city\":\"Oslo\",\"countryOrRegion\":\"NO\"}","Id":"1","CreatedDateTime":"2026-03-02T10:00:00Z","UserPrincipalName":"alice@example.com","UserId":"00000000-0000-4000-8000-00000000a11c","AppId":"de8bc8b5-d9f9-48b1-a8ad-b748da725064","IPAddress":"203.0.113.9","ClientAppUsed":"IMAP4","UserAgent":"axios/1.7","AuthenticationRequirement":"singleFactorAuthentication","AuthenticationProtocol":"deviceCode","RiskState":"atRisk","RiskEventTypes_V2":"[\"unfamiliarFeatures\"]","Status":"{\"errorCode\":50053,\"failureReason\":\"The account is locked\"}","DeviceDetail":"{\"deviceId\":\"\",\"isCompliant\":false,\"trustType\":\"\"}"}"#;
    // A list that is text stays text: look for the risk inside it.
    let inside = table.map(|(search, wanted)| {
        (
            if search.contains("_v2: ") {
                "properties.riskEventTypes_v2|contains: unfamiliarFeatures"
            } else {
                search
            },
            wanted,
        )
    });
    check(rule, analytics, &inside);
    for (form, from) in [(&export, "50053"), (&format!("{{{inner}}}"), "50053")] {
        check(rule, &form.replace(from, "0"), &good);
    }
    check(rule, &analytics.replace("50053", "0"), &good);
    check(
        "{product: azure, service: riskdetection}",
        &export,
        &[("riskEventType: unfamiliarFeatures", true), ("riskEventType: impossibleTravel", false)],
    );
}

#[test]
fn azure_activity() {
    let rule = "{product: azure, service: activitylogs}";
    let table = [
        ("operationName: MICROSOFT.KEYVAULT/VAULTS/WRITE", true),
        ("operationName|startswith: MICROSOFT.KEYVAULT/\noperationName|endswith: /WRITE", true),
        ("OperationNameValue: Microsoft.KeyVault/vaults/write", true),
        ("ResourceProviderValue: Microsoft.KeyVault", true),
        ("ResourceProviderValue: Microsoft.Key", false),
        ("CategoryValue: Administrative", true),
        ("category: Administrative", true),
        ("ResourceId|contains: /vaults/front", true),
        ("resultType: Success", true),
        ("resultType|startswith: Succ", true),
        ("resultType: Failure", false),
        ("callerIpAddress: 203.0.113.24", true),
        ("identity.claims.appid: 04b07795-8ddb-461a-bbee-02f9f8423e6d", true),
        ("identity.claims.appid: 00000000-0000-4000-8000-0000000000d0", false),
        ("properties.statusCode: Created", true),
    ];
    let claims = r#"{"appid":"04b07795-8ddb-461a-bbee-02f9f8423e6d"}"#;
    let authorization = r#"{"evidence":{"role":"Owner"}}"#;
    let id = "/subscriptions/00000000-0000-4000-8000-0000000000d0/resourceGroups/prod/providers/Microsoft.KeyVault/vaults/front";
    for record in [
        format!(
            r#"{{"time":"2026-03-02T11:00:00Z","resourceId":"{id}","operationName":"MICROSOFT.KEYVAULT/VAULTS/WRITE","category":"Administrative","resultType":"Success","callerIpAddress":"203.0.113.24","identity":{{"claims":{claims},"authorization":{authorization}}},"properties":{{"statusCode":"Created"}}}}"#
        ),
        format!(
            r#"{{"eventTimestamp":"2026-03-02T11:00:00Z","id":"1","eventDataId":"2","resourceId":"{id}","operationName":{{"value":"Microsoft.KeyVault/vaults/write"}},"resourceProviderName":{{"value":"Microsoft.KeyVault"}},"category":{{"value":"Administrative"}},"status":{{"value":"Succeeded"}},"httpRequest":{{"clientIpAddress":"203.0.113.24"}},"claims":{claims},"authorization":{authorization},"properties":{{"statusCode":"Created"}}}}"#
        ),
        format!(
            r#"{{"event_timestamp":"2026-03-02T11:00:00Z","id":"1","event_data_id":"2","resource_id":"{id}","operation_name":{{"value":"Microsoft.KeyVault/vaults/write"}},"category":{{"value":"Administrative"}},"status":{{"value":"Succeeded"}},"http_request":{{"client_ip_address":"203.0.113.24"}},"claims":{claims},"authorization":{authorization},"properties":{{"statusCode":"Created"}}}}"#
        ),
        format!(
            r#"{{"TimeGenerated":"2026-03-02T11:00:00Z","Type":"AzureActivity","_ResourceId":"{id}","OperationNameValue":"MICROSOFT.KEYVAULT/VAULTS/WRITE","CategoryValue":"Administrative","ActivityStatusValue":"Success","CallerIpAddress":"203.0.113.24","Claims":{claims},"Authorization":{authorization},"Properties":{{"statusCode":"Created"}}}}"#
        ),
    ] {
        check(rule, &record, &table);
    }
}

#[test]
fn google() {
    let payload = r#""@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"k8s.io","methodName":"io.k8s.core.v1.pods.create","authenticationInfo":{"principalEmail":"alice@example.com"},"authorizationInfo":[{"permission":"io.k8s.core.v1.pods.create","granted":true}]"#;
    check(
        "{product: gcp, service: gcp.audit}",
        &format!(
            r#"{{"logName":"projects/acme/logs/cloudaudit.googleapis.com%2Factivity","timestamp":"2026-03-02T11:00:00Z","insertId":"1","resource":{{"type":"k8s_cluster","labels":{{}}}},"protoPayload":{{{payload}}}}}"#
        ),
        &[
            ("gcp.audit.method_name: io.k8s.core.v*.pods.create", true),
            ("gcp.audit.method_name|endswith: .delete", false),
            ("data.protoPayload.resource.type: k8s_cluster", true),
            (
                "data.protoPayload.logName: [cloudaudit.googleapis.com/activity, 'cloudaudit.googleapis.com%2Factivity']",
                true,
            ),
            ("data.protoPayload.logName: cloudaudit.googleapis.com/data_access", false),
            (
                "data.protoPayload.authorizationInfo.granted: 'true'\ndata.protoPayload.serviceName: k8s.io",
                true,
            ),
        ],
    );
    let (admin, login) = (
        "{product: gcp, service: google_workspace.admin}",
        "{product: gcp, service: google_workspace.login}",
    );
    check(
        admin,
        r#"{"kind":"admin#reports#activity","id":{"time":"2026-03-02T11:00:00Z","uniqueQualifier":"1","applicationName":"admin","customerId":"C1"},"actor":{"email":"alice@example.com"},"events":[{"type":"SECURITY_SETTINGS","name":"ALLOW_STRONG_AUTHENTICATION","parameters":[{"name":"NEW_VALUE","value":"false"},{"name":"SETTING_NAME","value":"ContextAwareAccess x"}]}]}"#,
        &[
            (
                "eventService: admin.googleapis.com\neventName: ALLOW_STRONG_AUTHENTICATION\nnew_value: 'false'",
                true,
            ),
            ("setting_name|startswith: ContextAwareAccess", true),
            ("new_value: 'true'", false),
        ],
    );
    let shared = r#"{"logName":"organizations/1/logs/cloudaudit.googleapis.com%2Fdata_access","timestamp":"2026-03-02T11:00:00Z","insertId":"1","resource":{"type":"audited_resource","labels":{}},"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"login.googleapis.com","methodName":"google.login.LoginService.suspiciousLogin","authenticationInfo":{"principalEmail":"alice@example.com"},"metadata":{"event":[{"eventName":"suspicious_login","parameter":[{"name":"NEW_VALUE","value":"false"}]}]}}}"#;
    let of_login = [
        (
            "protoPayload.Servicename: login.googleapis.com\nprotoPayload.metadata.event.eventName: suspicious_login",
            true,
        ),
        ("protoPayload.metadata.event.eventName: gov_attack_warning", false),
    ];
    check(login, shared, &of_login);
    check(
        admin,
        shared,
        &[(
            "eventService: login.googleapis.com\neventName: suspicious_login\nnew_value: 'false'",
            true,
        )],
    );
    check(
        login,
        r#"{"kind":"admin#reports#activity","id":{"time":"2026-03-02T11:00:00Z","uniqueQualifier":"1","applicationName":"login","customerId":"C1"},"actor":{"email":"alice@example.com"},"events":[{"type":"account_warning","name":"suspicious_login","parameters":[]}]}"#,
        &of_login,
    );
}

#[test]
fn kubernetes_and_microsoft_365() {
    let rule = "{product: kubernetes, service: audit}";
    check(
        rule,
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"1","stage":"ResponseComplete","verb":"create","requestURI":"/api/v1/namespaces/x/pods?command=%2fbin%2fsh","user":{"username":"alice"},"objectRef":{"resource":"pods","apiGroup":"apps"},"responseStatus":{"code":201},"requestReceivedTimestamp":"2026-03-02T11:00:00Z","annotations":{"authorization.k8s.io/decision":"allow"},"requestObject":{"spec":{"containers":[{"securityContext":{"capabilities":{"add":["SYS_ADMIN"]}}}],"volumes":[{"hostPath":{"path":"/etc"}}]}}}"#,
        &[
            ("verb: create\napiGroup: apps", true),
            ("hostPath: '*'", true),
            ("hostPath|exists: true", true),
            ("capabilities: '*'", true),
            ("capabilities: NET_ADMIN", false),
            ("responseStatus.code: ALLOW\nrequestURI|contains: '%2fbin%2fsh'", true),
            ("responseStatus.code: [401, 403]", false),
            ("responseStatus.code|gte: 200", true),
        ],
    );
    let m365 = "{product: m365, service: threat_management}";
    check(
        m365,
        r#"{"CreationTime":"2026-03-02T11:00:00","Id":"1","Operation":"AlertTriggered","RecordType":40,"UserId":"alice@example.com","Workload":"SecurityComplianceCenter","ResultStatus":"Succeeded","Name":"User restricted from sending email","Data":"{\"op\":\"New-ComplianceSearchAction\",\"act\":\"Export\",\"t\":\"pst\"}"}"#,
        &[
            (
                "eventSource: SecurityComplianceCenter\neventName: User restricted from sending email\nstatus: success",
                true,
            ),
            (
                "eventSource: SecurityComplianceCenter\nPayload|contains|all: [New-ComplianceSearchAction, Export, pst]",
                true,
            ),
            ("eventName: Impossible travel activity", false),
        ],
    );
    let parameters = r#"{"CreationTime":"2026-03-02T11:00:00","Id":"1","Operation":"New-InboxRule","RecordType":1,"UserId":"alice@example.com","Workload":"Exchange","ResultStatus":"True","Parameters":[{"Name":"ForwardTo","Value":"mallory@example.net"},{"Name":"Name","Value":"."}],"ExtendedProperties":[{"Name":"UserAgent","Value":"azurehound/2"}]}"#;
    let table = [
        ("Operation: New-InboxRule\nParameters|contains: ForwardTo", true),
        ("Parameters|contains: RedirectTo", false),
        ("eventSource: Exchange\neventName: New-InboxRule\nstatus: success", true),
        ("ExtendedProperties.UserAgent|contains: azurehound", true),
    ];
    check("{product: m365, service: audit}", parameters, &table);
    let analytics = parameters
        .replace(
            "\"CreationTime\":\"2026-03-02T11:00:00\"",
            "\"TimeGenerated\":\"2026-03-02T11:00:00Z\",\"Type\":\"OfficeActivity\"",
        )
        .replace("\"Workload\"", "\"OfficeWorkload\"");
    check("{product: m365, service: audit}", &analytics, &table);
}
