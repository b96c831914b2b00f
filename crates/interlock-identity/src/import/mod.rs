//! What other places know of owners, as files of the directory: to be reviewed, and kept in Git.
//!
//! An import writes what people could have written; it decides nothing. What it cannot use is named.

mod backstage;
mod codeowners;

pub use backstage::backstage;
pub use codeowners::codeowners;

use crate::declare::Declaration;
use interlock_model::OwnerId;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Teams and identities from elsewhere, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    #[serde(serialize_with = "listed")]
    teams: BTreeMap<String, Team>,
    #[serde(serialize_with = "listed")]
    identities: BTreeMap<String, Person>,
    /// What could not be used, and why; one line each.
    #[serde(skip)]
    pub skipped: Vec<String>,
}

/// A team, as `teams` of the directory has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Team {
    id: String,
    name: String,
    contact: String,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    approvers: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<String>,
}

/// An identity, as `identities` of the directory has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Person {
    id: String,
    name: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'static str>,
    principals: BTreeSet<String>,
}

fn listed<T: Serialize, S: serde::Serializer>(
    map: &BTreeMap<String, T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_seq(map.values())
}

impl Imported {
    /// How many teams and identities there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.teams.len() + self.identities.len()
    }

    /// The file, in YAML.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        // INVARIANT: text keys and text values serialise without failing.
        serde_saphyr::to_string(self).unwrap_or_default()
    }

    /// Whether most of what a file declared before would be gone: then somebody has to say that this is right.
    #[must_use]
    pub fn loses_most_of(&self, before: &Declaration) -> bool {
        let known = before.owners.len() + before.identities.len();
        known > FEW && self.count() * 2 < known
    }

    fn team(&mut self, id: &str) -> Option<&mut Team> {
        let id = slug(id);
        let full = format!("{}{id}", OwnerId::PREFIX);
        full.parse::<OwnerId>().ok()?;
        Some(self.teams.entry(full.clone()).or_insert_with(|| Team {
            id: full,
            name: id,
            ..Team::default()
        }))
    }

    /// The id of a team, which is made when it is not there yet.
    fn team_id(&mut self, id: &str, contact: &str) -> Option<String> {
        let team = self.team(id)?;
        if team.contact.is_empty() {
            contact.clone_into(&mut team.contact);
        }
        Some(team.id.clone())
    }

    fn identity(&mut self, person: Person) {
        match self.identities.get_mut(&person.id) {
            Some(known) => known.principals.extend(person.principals),
            None => drop(self.identities.insert(person.id.clone(), person)),
        }
    }
}

/// A file of so few may lose any number of them.
const FEW: usize = 10;

/// Text as part of an id: lower-case letters, digits, `.`, `_` and `-`.
fn slug(text: &str) -> String {
    let fits =
        |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '.' | '_' | '-');
    let slug: String = text
        .trim()
        .to_lowercase()
        .chars()
        .map(|it| if fits(it) { it } else { '-' })
        .take(48)
        .collect();
    slug.trim_matches(['-', '.', '_']).to_owned()
}

/// `owner/repository` as the subject of its workflows.
fn workflows(slug: &str) -> Option<String> {
    let (owner, repository) = slug.split_once('/')?;
    let fits = |it: &str| {
        !it.is_empty()
            && it.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.'))
    };
    (fits(owner) && fits(repository)).then(|| format!("github:repo:{owner}/{repository}:*"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare;
    use proptest::prelude::*;

    fn declared(it: &Imported) -> Declaration {
        let (declaration, problems) = declare::load(&[("imported.yaml".into(), it.to_yaml())]);
        assert!(problems.is_empty(), "{}\n{problems:?}", it.to_yaml());
        declaration
    }

    const CATALOG: &str = r"
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: platform}
spec: {type: team, parent: engineering, members: [ana, user:default/bo], profile: {displayName: Platform, email: platform@example.com}}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: engineering}
spec: {type: department}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata:
  name: ana
  annotations:
    graph.microsoft.com/user-id: 0A1B2C3D-0000-4000-8000-00000000000a
    github.com/user-login: ana-acme
spec: {memberOf: [platform, sales]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: shop
  annotations: {github.com/project-slug: acme/shop}
spec: {type: service, owner: group:default/platform, lifecycle: production}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: page}
spec: {type: website, owner: platform}
---
apiVersion: backstage.io/v1alpha1
kind: Location
metadata: {name: all}
---
not: an entity
";

    #[test]
    fn a_catalogue_becomes_teams_people_and_pipelines() {
        let it = backstage(CATALOG);
        let directory = declared(&it);
        let platform =
            &directory.owners.iter().find(|it| it.id.as_str() == "own_platform").unwrap();
        assert_eq!(
            (platform.name.as_str(), platform.contact.as_str()),
            ("Platform", "platform@example.com")
        );
        assert_eq!(platform.approvers, ["ana"], "bo is nobody that is known");
        assert_eq!(platform.fallback.as_ref().unwrap().as_str(), "own_engineering");
        let named: Vec<&str> = directory.owners.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(named, ["own_engineering", "own_platform", "own_sales"]);
        let shop =
            directory.identities.iter().find(|it| it.id.as_str() == "idn_shop-pipeline").unwrap();
        assert_eq!(shop.owner.as_ref().unwrap().as_str(), "own_platform");
        assert_eq!(shop.patterns[0].as_str(), "github:repo:acme/shop:*");
        let ana = directory.identities.iter().find(|it| it.id.as_str() == "idn_ana").unwrap();
        let names: Vec<String> = ana.principals.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["entra:0a1b2c3d-0000-4000-8000-00000000000a", "github:ana-acme"]);
        let skipped = it.skipped.join("\n");
        assert!(skipped.contains("Component `page` names no repository"), "{skipped}");
        assert!(skipped.contains("has no `kind`"), "{skipped}");
        assert!(!skipped.contains("Location"), "what owns nothing is no news: {skipped}");
    }

    #[test]
    fn what_is_no_catalogue_is_said() {
        assert!(backstage("[1, 2").skipped[0].starts_with("not readable as YAML"));
        assert_eq!(backstage("").count(), 0);
        let hostile = "kind: Component\nmetadata: {name: \"../../x y\", annotations: {github.com/project-slug: 'a/b c'}}\nspec: {owner: 7}\n";
        let it = backstage(hostile);
        assert_eq!(it.count(), 0, "{it:?}");
        declared(&it);
    }

    #[test]
    fn code_owners_answer_for_the_workflows_of_a_repository() {
        for (text, owner) in [
            ("* @acme/platform\n", Some("own_platform")),
            (
                "# all\n* @acme/everybody\n/docs/ @acme/writers\n.github/ @acme/delivery # last\n",
                Some("own_delivery"),
            ),
            ("* @acme/a\n/.github/workflows/*.yml @acme/b @acme/c\n", Some("own_b")),
            ("* @acme/a\n*.yml @bo\n", Some("own_bo")),
            ("* @acme/a\n/.github/workflows/\n", None),
            ("/src/ @acme/a\n", None),
            ("* someone@example.com\n", Some("own_someone")),
        ] {
            let it = codeowners(text, "acme/shop");
            let directory = declared(&it);
            let pipeline = directory.identities.first();
            let found = pipeline.and_then(|it| it.owner.as_ref()).map(|it| it.as_str().to_owned());
            assert_eq!(found.as_deref(), owner, "{text}");
        }
        assert!(codeowners("* @a", "no slug").skipped[0].contains("is no repository"));
    }

    proptest! {
        #[test]
        fn whatever_the_text_what_is_written_is_sound(
            name in ".{0,40}", owner in ".{0,40}", slug in ".{0,40}", other in ".{0,60}"
        ) {
            let entity = |kind: &str| serde_json::json!({
                "kind": kind,
                "metadata": {"name": name, "annotations": {
                    "github.com/project-slug": slug, "github.com/user-login": other,
                }},
                "spec": {"owner": owner, "parent": other, "members": [name, owner],
                    "memberOf": [owner], "profile": {"displayName": other, "email": owner}},
            });
            let text = ["Group", "User", "Component"].map(|it| entity(it).to_string()).join("\n---\n");
            declared(&backstage(&text));
            declared(&codeowners(&format!("{owner} {name}\n* {other}"), "acme/shop"));
        }
    }

    #[test]
    fn half_of_a_file_is_not_lost_in_silence() {
        let teams = |count: usize| {
            let mut it = Imported::default();
            for number in 0..count {
                it.team_id(&format!("team{number}"), "x").unwrap();
            }
            it
        };
        let before = declared(&teams(20));
        assert!(teams(9).loses_most_of(&before));
        assert!(!teams(10).loses_most_of(&before));
        assert!(!teams(0).loses_most_of(&declared(&teams(10))));
    }
}
