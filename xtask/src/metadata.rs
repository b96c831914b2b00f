//! `cargo metadata` as a graph of packages: who uses whom, and in which way.

use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the workspace and its dependencies look like, by package id.
///
/// Features are resolved as cargo does it for the whole workspace, on every platform at once.
/// So this is the widest graph that any build can see.
#[derive(Debug)]
pub struct Graph {
    packages: BTreeMap<String, Package>,
}

/// One package of the graph.
#[derive(Debug)]
pub struct Package {
    /// Its name in the registry or in the workspace.
    pub name: String,
    /// Whether it belongs to the workspace.
    pub member: bool,
    uses: Vec<(Way, String)>,
}

/// In which way one package uses another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// In the code that ships.
    Normal,
    /// In its build script.
    Build,
    /// In its tests only.
    Dev,
}

impl Graph {
    /// Asks cargo. Fails when the lock file is out of date, or a manifest is broken.
    pub fn ask() -> Result<Graph> {
        let text = crate::report::output(crate::report::cargo().args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
        ]))?;
        Graph::from_metadata(&serde_json::from_str(&text).context("cargo printed no JSON")?)
    }

    /// Reads the answer of `cargo metadata --format-version 1`.
    pub fn from_metadata(metadata: &Value) -> Result<Graph> {
        let members: BTreeSet<&str> =
            list(metadata, "workspace_members")?.iter().filter_map(Value::as_str).collect();
        let mut packages = BTreeMap::new();
        for package in list(metadata, "packages")? {
            let id = text(package, "id")?;
            let name = text(package, "name")?.to_string();
            let member = members.contains(id);
            packages.insert(id.to_string(), Package { name, member, uses: Vec::new() });
        }
        let resolve = metadata.get("resolve").context("the metadata has no `resolve`")?;
        for node in list(resolve, "nodes")? {
            let package = packages
                .get_mut(text(node, "id")?)
                .context("the metadata resolves a package that it does not list")?;
            for dependency in list(node, "deps")? {
                let to = text(dependency, "pkg")?;
                let ways: BTreeSet<Way> = list(dependency, "dep_kinds")?.iter().map(way).collect();
                package.uses.extend(ways.into_iter().map(|way| (way, to.to_string())));
            }
        }
        Ok(Graph { packages })
    }

    /// The packages of the workspace, each with its id, sorted by name.
    pub fn members(&self) -> Vec<(&str, &Package)> {
        let mut members: Vec<_> = self
            .packages
            .iter()
            .filter(|(_, package)| package.member)
            .map(|(id, package)| (id.as_str(), package))
            .collect();
        members.sort_by_key(|(_, package)| package.name.as_str());
        members
    }

    /// What the package with this id uses directly: the way, the other's id, the other.
    pub fn uses(&self, id: &str) -> impl Iterator<Item = (Way, &str, &Package)> {
        self.packages.get(id).into_iter().flat_map(|package| &package.uses).filter_map(
            |(way, to)| {
                let (id, package) = self.packages.get_key_value(to)?;
                Some((*way, id.as_str(), package))
            },
        )
    }
}

fn way(kind: &Value) -> Way {
    match kind.get("kind").and_then(Value::as_str) {
        Some("dev") => Way::Dev,
        Some("build") => Way::Build,
        Some(_) | None => Way::Normal,
    }
}

fn list<'v>(value: &'v Value, key: &str) -> Result<&'v Vec<Value>> {
    value
        .get(key)
        .and_then(Value::as_array)
        .with_context(|| format!("the metadata has no list `{key}`"))
}

fn text<'v>(value: &'v Value, key: &str) -> Result<&'v str> {
    value
        .get(key)
        .and_then(Value::as_str)
        .with_context(|| format!("the metadata has no text `{key}`"))
}
