//! `identity least-privilege` on a cluster: what was used, the smaller role as YAML, and the way back.
//!
//! The API server is one of the test's own that answers lists; what a real one does with the YAML is not shown.

use crate::served::Folder;
use expect_test::expect;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

const WEB: &str = "kubernetes:system:serviceaccount:shop:web";

/// What a list holds.
fn listed(resource: &str) -> Value {
    let meta =
        |name: &str| json!({"namespace": "shop", "name": name, "uid": format!("uid-{name}")});
    let group = "rbac.authorization.k8s.io";
    let items = match resource {
        "serviceaccounts" => json!([{"kind": "ServiceAccount", "metadata": meta("web")}]),
        "roles" => json!([{"kind": "Role", "metadata": meta("reader"), "rules": [
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["delete", "get", "list"]},
            {"apiGroups": [group], "resources": ["roles"], "verbs": ["bind"]},
        ]}]),
        "rolebindings" => json!([{
            "kind": "RoleBinding", "metadata": meta("web"),
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "reader"},
            "subjects": [
                {"kind": "User", "apiGroup": group, "name": "bob"},
                {"kind": "ServiceAccount", "namespace": "shop", "name": "web"},
            ],
        }]),
        _ => json!([]),
    };
    json!({"metadata": {}, "items": items})
}

/// Answers every request on this port for as long as the test runs.
fn cluster() -> u16 {
    fn answer(stream: &TcpStream) -> Option<()> {
        let mut lines = BufReader::new(stream);
        let mut first = String::new();
        let (mut line, mut length) = (String::new(), 0);
        lines.read_line(&mut first).ok()?;
        while lines.read_line(&mut line).ok()? > 2 {
            if let Some(it) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = it.trim().parse().ok()?;
            }
            line.clear();
        }
        lines.take(length).read_to_end(&mut Vec::new()).ok()?;
        let path = first.split(' ').nth(1)?.split('?').next()?.to_owned();
        let body = match path.rsplit('/').next()? {
            "selfsubjectreviews" => json!({"status": {"userInfo": {"username": "interlock"}}}),
            "selfsubjectaccessreviews" => json!({"status": {"allowed": true}}),
            resource => listed(resource),
        };
        let body = body.to_string();
        let mut stream = stream;
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .ok()
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(&stream);
        }
    });
    port
}

fn record(number: u32, verb: &str, code: u16) -> Value {
    #[expect(clippy::disallowed_methods, reason = "what was used is asked for up to this moment")]
    let time = jiff::Timestamp::now().to_string();
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
        "auditID": format!("0f0f0000-0000-4000-8000-{number:012}"), "stage": "ResponseComplete",
        "requestURI": "/api/v1/namespaces/shop/secrets/web", "verb": verb,
        "user": {"username": "system:serviceaccount:shop:web", "groups": ["system:authenticated"]},
        "sourceIPs": ["198.51.100.7"], "userAgent": "web/1.0",
        "objectRef": {"resource": "secrets", "apiVersion": "v1", "namespace": "shop", "name": "web"},
        "responseStatus": {"metadata": {}, "code": code},
        "requestReceivedTimestamp": time, "stageTimestamp": time,
    })
}

/// The text without the times of this run.
fn plain(text: &str) -> String {
    let word = |it: &str| {
        let bare = it.trim_end_matches('.');
        match bare.parse::<jiff::Timestamp>() {
            Ok(_) => it.replace(bare, "TIME"),
            Err(_) => it.to_owned(),
        }
    };
    let line = |it: &str| it.split(' ').map(word).collect::<Vec<_>>().join(" ");
    text.lines().map(|it| line(it.trim_end()) + "\n").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smaller_role_is_told_with_its_way_back() {
    let folder = Folder::new();
    crate::program::write_secret(folder.path().join("cluster.token"), "any");
    folder.add(&format!(
        "\n[[connector]]\nid = \"cluster\"\nkind = \"kubernetes\"\nendpoint = \"http://127.0.0.1:{}\"\ntoken = {{ from = \"file\", path = \"cluster.token\" }}\n",
        cluster()
    ));
    let house = folder.serve();
    house
        .until("the cluster was looked at", async || {
            let (_, looks) = house.get("rita", "/v1/discoveries").await;
            let looks = looks.as_array().cloned().unwrap_or_default();
            looks.iter().any(|it| it["connector"] == "cluster" && it["last"].is_string())
        })
        .await;
    let asked = ["identity", "least-privilege", WEB, "--server", &house.address];
    // Before anything was used, nothing can be said, and that is no finding.
    let ran = folder.run_as("rita", &asked);
    assert_eq!(ran.code, 0, "{ran:?}");
    expect![[r#"
        reader  rolebindings/shop/web of kubernetes:system:serviceaccount:shop:web
          uses from TIME to TIME
          open   reader  kept: nothing was used in the window: whether the log is read cannot be told
          could not be judged: it stays as it is
    "#]].assert_eq(&plain(&ran.out));
    let records = [record(1, "get", 200), record(2, "list", 200), record(3, "delete", 403)];
    let body = records.map(|it| it.to_string()).join("\n");
    let (status, told) = house.events(body, &[]).await;
    assert_eq!(status, 202, "{told}");
    house
        .until("the uses are counted", async || {
            folder.run_as("rita", &asked).out.contains("list secrets  1 times")
        })
        .await;
    let ran = folder.run_as("rita", &asked);
    assert_eq!(ran.code, 1, "{ran:?}");
    expect![[r#"
        reader  rolebindings/shop/web of kubernetes:system:serviceaccount:shop:web
          uses from TIME to TIME
          stays  get secrets  1 times, last TIME
          stays  list secrets  1 times, last TIME
          goes   delete secrets
          open   bind roles.rbac.authorization.k8s.io  kept: it is checked inside other requests and never logged by itself
          the smaller policy, to be reviewed and put in force by hand:
            # What system:serviceaccount:shop:web used of the Role `reader` from TIME to TIME.
            # Review it, then: kubectl apply -f FILE
            # `reader` itself and whoever else has it stay as they are.
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata:
              name: "reader-of-web"
              namespace: "shop"
            rules:
            - apiGroups: [""]
              resources: ["secrets"]
              verbs: ["get", "list"]
            - apiGroups: ["rbac.authorization.k8s.io"]
              resources: ["roles"]
              verbs: ["bind"]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata:
              name: "reader-of-web"
              namespace: "shop"
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: Role
              name: "reader-of-web"
            subjects:
            - {"kind":"ServiceAccount","namespace":"shop","name":"web"}
            ---
            # The binding as it is, without system:serviceaccount:shop:web.
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata:
              name: "web"
              namespace: "shop"
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: Role
              name: "reader"
            subjects:
            - {"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"bob"}
          the way back: `--json` has the present policy as `undo`
    "#]].assert_eq(&plain(&ran.out));
    let mut asked = asked.to_vec();
    asked.push("--json");
    let ran = folder.run_as("rita", &asked);
    let told: Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    assert_eq!((&told["form"], &told["policy"]), (&json!("yaml"), &json!("reader")));
    expect![[r##"
        # The binding as it was. Apply this first, then delete the RoleBinding and the Role `reader-of-web`.
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata:
          name: "web"
          namespace: "shop"
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: Role
          name: "reader"
        subjects:
        - {"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"bob"}
        - {"kind":"ServiceAccount","namespace":"shop","name":"web"}
    "##]].assert_eq(told["undo"].as_str().unwrap());
}
