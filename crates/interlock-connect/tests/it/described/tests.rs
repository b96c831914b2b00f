//! The checker itself: it says nothing of what is as described, and what is wrong of all else.

use super::discovery::discovery;
use super::openapi::openapi;
use super::{Described, description, read};
use interlock_connect::http::Exchange;
use serde_json::{Value, json};

fn asked(method: &str, path: &str, body: Option<Value>, status: u16, answer: Value) -> Exchange {
    Exchange {
        method: method.to_owned(),
        url: format!("https://api.example.com{path}"),
        content_type: body.as_ref().map(|_| "application/json".to_owned()),
        body: body.map(|it| it.to_string().into_bytes()).unwrap_or_default(),
        status,
        answer: answer.to_string().into_bytes(),
    }
}

#[track_caller]
fn check(described: &Described, exchange: &Exchange, says: Option<&str>) {
    let wrong = described.wrong(exchange).join("; ");
    match says {
        Some(says) => assert!(wrong.contains(says), "`{says}` is not in `{wrong}`"),
        None => assert_eq!(wrong, ""),
    }
}

fn third() -> Described {
    openapi(json!({
        "servers": [{ "url": "https://api.example.com/v1" }],
        "paths": { "/users/{id}": {
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }],
            "get": {
                "parameters": [
                    { "name": "view", "in": "query", "required": true, "schema": { "enum": ["all", "some"], "type": "string" } },
                    { "name": "only", "in": "query", "schema": { "type": "array", "items": { "type": "integer" } } },
                ],
                "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/User" } } } } },
            },
            "patch": {
                "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/User" } } } },
                "responses": { "204": {} },
            },
        } },
        "components": { "schemas": {
            "User": { "allOf": [
                { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } },
                { "properties": { "manager": { "oneOf": [{ "type": "string" }, { "$ref": "#/components/schemas/User" }] }, "note": { "type": "string", "nullable": true } } },
            ] },
        } },
    }))
}

#[test]
fn openapi_3() {
    let it = third();
    let nothing = || Value::Null;
    for (exchange, says) in [
        (asked("GET", "/v1/users/7?view=all&only[]=1", None, 200, json!({"name": "ann"})), None),
        (asked("GET", "/v1/users/7?view=all", None, 403, nothing()), None),
        (asked("GET", "/v1/users/7", None, 200, nothing()), Some("`view` is missing")),
        (asked("GET", "/v1/users/7?view=none", None, 200, nothing()), Some("is none of")),
        (asked("GET", "/v1/users/7?view=all&depth=2", None, 200, nothing()), Some("`depth`")),
        (asked("GET", "/v1/users/7?view=all&only[]=x", None, 200, nothing()), Some("integer")),
        (asked("GET", "/v1/users/ann?view=all", None, 200, nothing()), Some("integer")),
        (asked("GET", "/v1/user/7", None, 200, nothing()), Some("no path")),
        (asked("DELETE", "/v1/users/7", None, 204, nothing()), Some("no method")),
        (asked("GET", "/v1/users/7?view=all", None, 302, nothing()), Some("never answers 302")),
        (asked("GET", "/v1/users/7?view=all", None, 200, json!({"age": 7})), Some("no member")),
        (asked("GET", "/v1/users/7?view=all", None, 200, json!({"name": 7})), Some("no string")),
        (
            asked("PATCH", "/v1/users/7", Some(json!({"name": "a", "note": null})), 204, nothing()),
            None,
        ),
        (
            asked(
                "PATCH",
                "/v1/users/7",
                Some(json!({"name": "a", "manager": {"name": "b"}})),
                204,
                nothing(),
            ),
            None,
        ),
        (
            asked("PATCH", "/v1/users/7", Some(json!({"note": "a"})), 204, nothing()),
            Some("`name` is missing"),
        ),
        (
            asked("PATCH", "/v1/users/7", Some(json!({"name": "a", "x": 1})), 204, nothing()),
            Some("no member"),
        ),
        (
            asked(
                "PATCH",
                "/v1/users/7",
                Some(json!({"name": "a", "manager": {"x": 1}})),
                204,
                nothing(),
            ),
            Some("body.manager"),
        ),
        (asked("PATCH", "/v1/users/7", None, 204, nothing()), Some("the body is missing")),
        (
            asked("GET", "/v1/users/7?view=all", Some(json!({})), 200, nothing()),
            Some("takes no body"),
        ),
    ] {
        check(&it, &exchange, says);
    }
}

#[test]
fn swagger_2() {
    let it = openapi(json!({
        "basePath": "/v1",
        "consumes": ["application/json"],
        "paths": { "/users/{id}": { "put": {
            "parameters": [
                { "name": "id", "in": "path", "required": true, "type": "string" },
                { "name": "body", "in": "body", "required": true, "schema": { "$ref": "#/definitions/User" } },
            ],
            "responses": { "200": { "schema": { "$ref": "#/definitions/User" } } },
        } } },
        "definitions": { "User": { "type": "object", "properties": { "on": { "type": "boolean" } } } },
    }));
    let ask = |body| asked("PUT", "/v1/users/7", body, 200, json!({"on": true}));
    check(&it, &ask(Some(json!({"on": false}))), None);
    check(&it, &ask(Some(json!({"on": "false"}))), Some("no boolean"));
    check(&it, &ask(None), Some("the body is missing"));
}

#[test]
fn google_discovery() {
    let it = discovery(&json!({
        "servicePath": "",
        "parameters": { "alt": { "type": "string", "location": "query", "enum": ["json"] } },
        "schemas": {
            "Policy": { "type": "object", "properties": { "policy": { "$ref": "Policy" }, "version": { "type": "integer", "format": "int32" }, "etag": { "type": "string" } } },
            "User": { "type": "object", "properties": { "name": { "type": "string", "annotations": { "required": ["users.insert"] } } } },
        },
        "resources": { "projects": {
            "methods": { "disable": {
                "id": "projects.disable", "httpMethod": "POST", "path": "v1/{+name}:disable",
                "flatPath": "v1/projects/{projectsId}:disable",
                "parameters": { "name": { "type": "string", "location": "path", "required": true } },
                "request": { "$ref": "Policy" }, "response": { "$ref": "Policy" },
            }, "get": {
                "id": "projects.get", "httpMethod": "GET", "path": "v1/{+name}", "flatPath": "v1/projects/{projectsId}",
            } },
            "resources": { "users": { "methods": { "insert": {
                "id": "users.insert", "httpMethod": "POST", "path": "v1/users", "request": { "$ref": "User" },
            } } } },
        } },
    }));
    let nothing = || Value::Null;
    for (exchange, says) in [
        (
            asked(
                "POST",
                "/v1/projects/acme:disable",
                Some(json!({"policy": {"version": 3}})),
                200,
                nothing(),
            ),
            None,
        ),
        (
            asked("POST", "/v1/projects/acme:disable?alt=json", None, 200, json!({"etag": "x"})),
            None,
        ),
        (
            asked(
                "POST",
                "/v1/projects/acme:disable",
                Some(json!({"policy": {"v": 3}})),
                200,
                nothing(),
            ),
            Some("body.policy.v"),
        ),
        (
            asked(
                "POST",
                "/v1/projects/acme:disable",
                Some(json!({"policy": {"version": "3"}})),
                200,
                nothing(),
            ),
            Some("no integer"),
        ),
        (asked("POST", "/v1/projects/acme:enable", None, 200, nothing()), Some("no path")),
        (asked("GET", "/v1/projects/acme", None, 201, nothing()), Some("never answers 201")),
        (asked("POST", "/v1/users", Some(json!({})), 200, nothing()), Some("`name` is missing")),
    ] {
        check(&it, &exchange, says);
    }
}

#[test]
fn what_github_publishes_is_read() {
    let Some(path) = description("INTERLOCK_TEST_GITHUB_OPENAPI") else { return };
    let it = openapi(read(&path));
    let body = |role: &str| Some(json!({ "role": role }));
    let path = "/orgs/acme/memberships/ann";
    check(&it, &asked("PUT", path, body("owner"), 200, Value::Null), Some("is none of"));
    let called = it.keeps(&[asked("PUT", path, body("admin"), 200, json!({"state": "active"}))]);
    assert_eq!(called.into_iter().collect::<Vec<_>>(), ["PUT /orgs/{org}/memberships/{username}"]);
}

#[test]
fn what_google_publishes_is_read() {
    let Some(folder) = description("INTERLOCK_TEST_GOOGLE_DISCOVERY") else { return };
    let it = discovery(&read(&folder.join("iam.v1.json")));
    let path = "/v1/projects/acme/serviceAccounts/ci@acme.iam.gserviceaccount.com:disable";
    let called = it.keeps(&[asked("POST", path, Some(json!({})), 200, json!({}))]);
    assert!(called.iter().all(|it| it.ends_with("{serviceAccountsId}:disable")), "{called:?}");
    check(&it, &asked("PUT", path, None, 200, Value::Null), Some("no method"));
}
