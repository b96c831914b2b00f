//! What a principal, a session's name and labels say of the deployment that made an access: repository,
//! workflow, run and commit.
//!
//! GitHub's subject is `repo:OWNER/NAME:` and pairs of claims that the organisation chose, see
//! <https://docs.github.com/en/actions/reference/security/oidc>; GitLab's is `project_path:…:ref:…`.
//! A session's name and its tags are chosen by whoever opens it: what they say is a claim, and is shown as
//! one. Tags: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>.

use interlock_model::Principal;
use std::collections::BTreeMap;

/// The deployment upstream that made an access path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The pipeline, workload or person that it is known as.
    pub principal: Principal,
    /// Whose access it made: the principal that it acts as, deploys or created.
    pub made: Principal,
    /// The repository that it is built from.
    pub repository: Option<String>,
    /// The branch or tag, or what else it ran for.
    pub reference: Option<String>,
    /// The workflow.
    pub workflow: Option<String>,
    /// The run.
    pub run: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// What runs in it.
    pub images: Vec<String>,
}

/// The claims in GitHub's subject that say something here, each followed by its value.
const CLAIMS: [&str; 7] =
    ["repo", "ref", "environment", "job_workflow_ref", "workflow_ref", "run_id", "sha"];

/// Where labels say what something is built from, the surest first.
const SOURCES: [&str; 4] = [
    "org.opencontainers.image.source",
    "github.com/project-slug",
    "backstage.io/source-location",
    "repository",
];
const REVISIONS: [&str; 3] =
    ["org.opencontainers.image.revision", "argocd.argoproj.io/revision", "commit"];

impl Deployment {
    pub(super) fn of(principal: &Principal, made: &Principal) -> Self {
        let mut it = Self {
            principal: principal.clone(),
            made: made.clone(),
            repository: None,
            reference: None,
            workflow: None,
            run: None,
            commit: None,
            images: Vec::new(),
        };
        if let Some(rest) = principal.name.strip_prefix("project_path:") {
            it.read_gitlab(rest);
        } else if principal.name.starts_with("repo:") {
            it.read_github(&principal.name);
        }
        it
    }

    fn read_github(&mut self, subject: &str) {
        let mut words = subject.split(':');
        while let Some(word) = words.next() {
            if word == "pull_request" {
                self.reference = Some("a pull request".to_owned());
            }
            if !CLAIMS.contains(&word) {
                continue;
            }
            let Some(value) = words.next().map(|it| it.replace("%3A", ":")) else { return };
            match word {
                "repo" => self.repository = Some(value),
                "ref" => self.reference = Some(value),
                "environment" => self.reference = Some(format!("environment {value}")),
                "run_id" => self.run = Some(value),
                "sha" => self.commit = Some(value),
                _ => self.workflow = Some(value),
            }
        }
    }

    fn read_gitlab(&mut self, rest: &str) {
        let mut words = rest.split(':');
        self.repository = words.next().map(str::to_owned);
        while let (Some(key), Some(value)) = (words.next(), words.next()) {
            if key == "ref" {
                self.reference = Some(value.to_owned());
            }
        }
    }

    /// What a tag of the session says, such as the official action of GitHub sets them, where the subject
    /// says less.
    pub(super) fn read_tag(&mut self, tag: &str) {
        let Some((key, value)) = tag.split_once('=') else { return };
        let key: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
        let place = match key.to_ascii_lowercase().as_str() {
            "repository" | "repo" | "project" | "projectpath" => &mut self.repository,
            "branch" | "ref" => &mut self.reference,
            "workflow" | "pipeline" => &mut self.workflow,
            "run" | "runid" | "pipelineid" | "job" | "jobid" => &mut self.run,
            "commit" | "sha" | "revision" => &mut self.commit,
            _ => return,
        };
        if place.is_none() && !value.is_empty() {
            *place = Some(value.to_owned());
        }
    }

    /// What the session calls itself, where the subject says less.
    pub(super) fn read_session(&mut self, session: &str) {
        let name = session.rsplit('/').next().unwrap_or(session);
        let mut before = "";
        for word in name.split(|it: char| !it.is_ascii_alphanumeric()) {
            let number = !word.is_empty() && word.bytes().all(|it| it.is_ascii_digit());
            // Run ids are long by now; a short number is one only where it is called so.
            let called = ["run", "runid", "pipeline", "job"]
                .iter()
                .any(|it| before.eq_ignore_ascii_case(it));
            if number && (called || word.len() >= 9) && self.run.is_none() {
                self.run = Some(word.to_owned());
            }
            if is_commit(word) && self.commit.is_none() {
                self.commit = Some(word.to_owned());
            }
            before = word;
        }
    }

    /// What the provider's labels say of what runs there.
    pub(super) fn read_labels(&mut self, labels: &BTreeMap<String, String>) {
        let first = |keys: &[&str]| {
            let found = keys.iter().find_map(|key| labels.get(*key).filter(|it| !it.is_empty()));
            found.map(|it| without_scheme(it).to_owned())
        };
        self.repository = self.repository.take().or_else(|| first(&SOURCES));
        self.commit = self.commit.take().or_else(|| first(&REVISIONS));
        if let Some(images) = labels.get("images") {
            self.images.extend(images.split(", ").map(str::to_owned));
        }
    }

    /// In one line: `github:repo:acme/shop:ref:refs/heads/main` (repository acme/shop, run 991).
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut known = Vec::new();
        for (word, value) in [
            ("repository", &self.repository),
            ("for", &self.reference),
            ("workflow", &self.workflow),
            ("run", &self.run),
            ("commit", &self.commit),
        ] {
            known.extend(value.as_ref().map(|it| format!("{word} {it}")));
        }
        if !self.images.is_empty() {
            known.push(format!("image {}", self.images.join(" and ")));
        }
        if known.is_empty() {
            return format!("`{}`", self.principal);
        }
        format!("`{}` ({})", self.principal, known.join(", "))
    }
}

fn is_commit(word: &str) -> bool {
    word.len() == 40 && word.bytes().all(|it| it.is_ascii_hexdigit())
}

/// `https://github.com/acme/shop.git` and `url:https://github.com/acme/shop/` are `github.com/acme/shop`.
fn without_scheme(source: &str) -> &str {
    let rest = source.split_once("://").map_or(source, |it| it.1);
    rest.trim_end_matches('/').trim_end_matches(".git")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(subject: &str, session: &str, expect: &str) {
        let principal = Principal::from_text(subject).unwrap();
        let mut it = Deployment::of(&principal, &principal);
        it.read_session(session);
        assert_eq!(it.sentence(), format!("`{subject}`{expect}"));
    }

    #[test]
    fn what_subjects_and_session_names_say() {
        let main = "github:repo:acme/shop:ref:refs/heads/main";
        let main_is = " (repository acme/shop, for refs/heads/main";
        check(main, "GitHubActions", &format!("{main_is})"));
        check(
            main,
            "arn:aws:sts::111122223333:assumed-role/ci/gh-run-991",
            &format!("{main_is}, run 991)"),
        );
        check(main, "GitHubActions-12345678901-1", &format!("{main_is}, run 12345678901)"));
        let commit = "0123456789abcdef0123456789abcdef01234567";
        check(main, &format!("deploy@{commit}"), &format!("{main_is}, commit {commit})"));
        check(
            "github:repo:acme/shop:environment:live:job_workflow_ref:acme/ci/.github/workflows/deploy.yml@refs/heads/main:run_id:77:sha:abc",
            "x",
            " (repository acme/shop, for environment live, workflow acme/ci/.github/workflows/deploy.yml@refs/heads/main, run 77, commit abc)",
        );
        check(
            "github:repo:acme/shop:pull_request",
            "",
            " (repository acme/shop, for a pull request)",
        );
        check(
            "gitlab:project_path:acme/shop:ref_type:branch:ref:main",
            "",
            " (repository acme/shop, for main)",
        );
        // An instance's id and a person's number are no runs.
        check("github:ana", "i-0abcdef1234567890", "");
        check("github:ana", "ana-42", "");
        check("github:repo", "", "");
        check("github:repo:", "", " (repository )");
    }

    #[test]
    fn what_labels_say_of_what_runs() {
        let principal = Principal::new("kubernetes", "deployment/shop/web");
        let mut it = Deployment::of(&principal, &principal);
        it.read_labels(&BTreeMap::from(
            [
                ("org.opencontainers.image.source", "https://github.com/acme/shop.git"),
                ("org.opencontainers.image.revision", "0a1b2c3"),
                ("images", "registry.example.com/web:1"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
        ));
        assert_eq!(
            it.sentence(),
            "`kubernetes:deployment/shop/web` (repository github.com/acme/shop, commit 0a1b2c3, image registry.example.com/web:1)"
        );
    }
}
