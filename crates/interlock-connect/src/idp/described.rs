//! Requests held against what a vendor publishes about its API: the sources of its own Python SDK, which
//! is generated from its description. They are read, not run.

use super::ask::{Ask, Body};
use crate::conformance::idp::Tenant;
use crate::conformance::{noon, permit_for};
use interlock_contain::{Connector as _, DiscoverCx, ReadCx, Undo, WriteCx, mirror};
use interlock_model::{Intent, Operation, Step, StepId};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What an SDK says of one method on one path.
#[derive(Debug, Default)]
struct Method {
    query: BTreeSet<String>,
}

/// The methods by their name and their path, names in the path left out.
#[derive(Debug, Default)]
pub(crate) struct Interface {
    methods: BTreeMap<(String, Vec<String>), Method>,
    folder: PathBuf,
}

/// The folder that a variable names; without it the test is skipped.
pub(crate) fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        let required = std::env::var_os("INTERLOCK_TEST_REQUIRE").is_some_and(|it| it == "1");
        assert!(!required, "{variable} does not name the description");
        println!("skipped: {variable} does not name the description");
    }
    folder
}

fn shape(template: &str) -> Vec<String> {
    let parts = template.split('/').filter(|it| !it.is_empty());
    parts.map(|it| if it.starts_with('{') { "{}".to_owned() } else { it.to_owned() }).collect()
}

/// The text between the first pair of these after a mark.
fn quoted<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    line.split_once(mark)?.1.split('"').next()
}

fn files(folder: &Path, wanted: &str, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, wanted, into);
        } else if path.to_string_lossy().ends_with(wanted) {
            into.push(path);
        }
    }
}

impl Interface {
    /// As openapi-generator writes it: Okta's SDK.
    pub(crate) fn generated(folder: &Path) -> Self {
        let mut it = Self { folder: folder.to_owned(), ..Self::default() };
        let mut all = Vec::new();
        files(&folder.join("api"), "_api.py", &mut all);
        for file in all {
            let (mut query, mut method) = (BTreeSet::new(), String::new());
            for line in fs::read_to_string(file).unwrap().lines() {
                if line.contains("_serialize(") && line.contains("def ") {
                    query.clear();
                }
                query.extend(quoted(line, "_query_params.append((\"").map(str::to_owned));
                // A long one stands on the next line.
                query.extend(quoted(line.trim_start(), "(\"").map(str::to_owned));
                if let Some(name) = quoted(line, "method=\"") {
                    name.clone_into(&mut method);
                }
                if let Some(path) = quoted(line, "resource_path=\"") {
                    let known = Method { query: query.clone() };
                    it.methods.insert((method.clone(), shape(path)), known);
                }
            }
        }
        it
    }

    /// As Kiota writes it: the SDK of Microsoft Graph.
    pub(crate) fn kiota(folder: &Path) -> Self {
        let mut it = Self { folder: folder.to_owned(), ..Self::default() };
        let mut all = Vec::new();
        for area in [
            "applications",
            "identity_protection",
            "oauth2_permission_grants",
            "role_management/directory/role_assignments",
            "service_principals",
            "users",
        ] {
            files(&folder.join(area), "_request_builder.py", &mut all);
        }
        for file in all {
            let text = fs::read_to_string(file).unwrap();
            let Some(template) = quoted(&text, "\"{+baseurl}") else { continue };
            let template = template.replace("%2D", "-").replace("%24", "$");
            let (path, query) = template.split_once("{?").unwrap_or((&template, ""));
            let query: BTreeSet<String> =
                query.trim_end_matches('}').split(',').map(str::to_owned).collect();
            for method in ["DELETE", "GET", "PATCH", "POST", "PUT"] {
                if text.contains(&format!("Method.{method}")) {
                    let known = Method { query: query.clone() };
                    it.methods.insert((method.to_owned(), shape(path)), known);
                }
            }
        }
        it
    }

    /// As Keycloak writes its own client: a class for each part of the interface, with the methods and
    /// the paths below its own as plain text. What a list may be asked for stands in the types beside it.
    pub(crate) fn of_keycloak(folder: &Path) -> Self {
        let mut it = Self { folder: folder.to_owned(), ..Self::default() };
        let mut all = Vec::new();
        files(&folder.join("resources"), ".js", &mut all);
        for file in all {
            let text = fs::read_to_string(&file).unwrap();
            let Some((_, made)) = text.split_once("constructor(client)") else { continue };
            let Some(base) = quoted(made, "path: \"") else { continue };
            let types = fs::read_to_string(file.with_extension("d.ts")).unwrap();
            let members = types.lines().filter_map(|line| line.trim().split_once("?: "));
            let query: BTreeSet<String> = members.map(|it| it.0.to_owned()).collect();
            for request in text.split("Request({").skip(1) {
                let request = request.split("});").next().unwrap();
                let Some(method) = quoted(request, "method: \"") else { continue };
                let path = format!("{base}{}", quoted(request, "path: \"").unwrap_or(""));
                let known = Method { query: query.clone() };
                it.methods.insert((method.to_owned(), shape(&path)), known);
            }
        }
        it
    }

    /// Whether a file of the SDK's models knows a member.
    fn member(&self, model: &str, name: &str) -> bool {
        let file = self.folder.join(model);
        let text =
            fs::read_to_string(&file).unwrap_or_else(|it| panic!("{}: {it}", file.display()));
        text.contains(&format!("alias=\"{name}\""))
            || text.contains(&format!("\n    {name}: "))
            || text.contains(&format!("\"{name}\": lambda"))
            || text.contains(&format!("\n    {name}?: "))
    }

    /// What is wrong with these requests; `models` says which file has the members of which body.
    pub(crate) fn complaints(
        &self,
        asked: &[Ask],
        models: &[(Operation, &[&str])],
    ) -> BTreeSet<String> {
        assert!(
            self.methods.len() > 50,
            "the SDK is not as it was: {} methods",
            self.methods.len()
        );
        let mut wrong = BTreeSet::new();
        for ask in asked {
            let line = format!("{} {}", ask.method(), ask.template());
            let own = shape(ask.template());
            let fits = |of: &Vec<String>| {
                of.len() == own.len()
                    && of.iter().zip(&own).all(|(known, ours)| known == ours || known == "{}")
            };
            let found = self.methods.iter().filter(|it| it.0.0 == ask.method() && fits(&it.0.1));
            // The one with the fewest names in it is meant.
            let meant = found.min_by_key(|it| it.0.1.iter().filter(|it| *it == "{}").count());
            let Some((_, method)) = meant else {
                wrong.insert(format!("{line}: there is no such method"));
                continue;
            };
            for (name, _) in ask.query.iter().filter(|it| !method.query.contains(it.0)) {
                wrong.insert(format!("{line}: it takes no `{name}`"));
            }
            let Body::Json(body) = &ask.body else { continue };
            let known = models.iter().find(|it| it.0 == ask.operation).map_or(&[][..], |it| it.1);
            for name in body.as_object().unwrap().keys() {
                if !known.iter().any(|model| self.member(model, name)) {
                    wrong.insert(format!("{line}: its body has no `{name}`"));
                }
            }
        }
        wrong
    }
}

/// Every request that a connector makes on its fake: done, taken back where it can be, checked, and
/// looked for identities.
pub(crate) async fn every_request(fresh: fn() -> Tenant) -> Vec<Ask> {
    let mut asked = Vec::new();
    let spec = fresh().connector.spec();
    for action in spec.actions {
        let tenant = fresh();
        let all = tenant.connector.actions();
        let it = all.into_iter().find(|it| it.spec().name == action.name).unwrap();
        let cx = ReadCx::new(action, noon());
        let intent = Intent { kind: action.kind, target: (tenant.aim)(action.name) };
        let step =
            it.plan(&cx, &intent, StepId::derive(&["described", action.name])).await.unwrap();
        let run = async |step: &Step| {
            let permit = permit_for(step, noon()).unwrap();
            let cx = WriteCx::open(action, permit, &step.id, &step.connector, noon()).unwrap();
            it.execute(cx, step).await.unwrap();
            it.verify(&ReadCx::new(action, noon()), step).await;
        };
        run(&step).await;
        if let Undo::Step(undo) = mirror(&step, None) {
            run(&undo).await;
        }
        asked.extend(tenant.fake.asked());
    }
    let tenant = fresh();
    tenant.connector.check().await;
    if let Some(discovery) = spec.discovery {
        let cx = DiscoverCx::new(discovery, noon());
        let mut from = None;
        loop {
            let page = tenant.connector.discover(&cx, from.as_deref()).await.unwrap();
            from = page.next;
            if from.is_none() {
                break;
            }
        }
    }
    asked.extend(tenant.fake.asked());
    let declared = crate::reference::permissions(spec).enforce;
    let never: Vec<&Operation> = declared
        .iter()
        .filter(|it| **it != crate::delivery::PUT)
        .filter(|it| asked.iter().all(|ask| ask.operation != **it))
        .collect();
    assert!(never.is_empty(), "declared and never asked for: {never:?}");
    asked
}
