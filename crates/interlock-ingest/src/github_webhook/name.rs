//! Which event a body tells of. A header says so; without it, what the body holds.

use super::paths::Path;
use crate::source::Core;

/// What must be there (and, behind the bar, what must not), and the event that it is; the first that fits.
///
/// Bodies nest in each other: a review of a pull request holds the pull request too, so the narrower comes first.
const SHAPES: [(&[Path], &[Path], &str); 39] = [
    (&[Path::Zen, Path::Hook], &[], "ping"),
    (&[Path::TokenRequest], &[], "personal_access_token_request"),
    (&[Path::Ruleset], &[], "repository_ruleset"),
    (&[Path::WorkflowJob], &[], "workflow_job"),
    (&[Path::DeploymentStatus], &[], "deployment_status"),
    (&[Path::Reviewers, Path::WorkflowRun], &[], "deployment_review"),
    (&[Path::Deployment], &[], "deployment"),
    (&[Path::WorkflowRun], &[], "workflow_run"),
    (&[Path::Review], &[], "pull_request_review"),
    (&[Path::Comment, Path::PullRequest], &[], "pull_request_review_comment"),
    (&[Path::Comment, Path::Issue], &[], "issue_comment"),
    (&[Path::Comment], &[], "commit_comment"),
    (&[Path::PullRequest], &[], "pull_request"),
    (&[Path::Issue], &[], "issues"),
    (&[Path::Pages], &[], "gollum"),
    (&[Path::AlertSecret], &[], "secret_scanning_alert"),
    (&[Path::AlertRule], &[], "code_scanning_alert"),
    (&[Path::AlertDependency], &[], "dependabot_alert"),
    (&[Path::Alert], &[], "repository_vulnerability_alert"),
    (&[Path::Commits], &[], "push"),
    (&[Path::Pusher], &[], "push"),
    (&[Path::Key, Path::Whole], &[], "deploy_key"),
    (&[Path::Rule, Path::Whole], &[], "branch_protection_rule"),
    (&[Path::Release], &[], "release"),
    (&[Path::Forkee], &[], "fork"),
    (&[Path::Hook], &[], "meta"),
    (&[Path::Scope, Path::Member], &[], "membership"),
    (&[Path::Membership], &[], "organization"),
    (&[Path::Invitation], &[], "organization"),
    (&[Path::BlockedUser], &[], "org_block"),
    (&[Path::Member], &[], "member"),
    (&[Path::Team], &[Path::Action], "team_add"),
    (&[Path::Team], &[], "team"),
    (&[Path::RepositoriesAdded], &[], "installation_repositories"),
    (&[Path::RefType], &[], "create"),
    (&[Path::ClientPayload], &[], "repository_dispatch"),
    (&[Path::Inputs, Path::Ref], &[], "workflow_dispatch"),
    (&[Path::Installation, Path::Action], &[Path::Whole, Path::Organisation], "installation"),
    (&[Path::Action], &[Path::Whole, Path::Organisation], "github_app_authorization"),
];

/// The event's name, as the header would say it.
pub fn read<'a>(core: &Core<'a>) -> &'a str {
    if let Some(name) = core.text(Path::Event).or_else(|| core.text(Path::EventHeader)) {
        return name;
    }
    let there = |path: &Path| core.has(*path);
    let fits = |(with, without, _): &&(&[Path], &[Path], &str)| {
        with.iter().all(there) && !without.iter().any(there)
    };
    if let Some((_, _, name)) = SHAPES.iter().find(fits) {
        // Both tell of a branch or tag; only what is made names the branch it comes from.
        let gone = *name == "create" && !core.has(Path::MasterBranch);
        return if gone { "delete" } else { name };
    }
    match (core.has(Path::Action), core.has(Path::Whole)) {
        (true, true) => "repository",
        (true, false) => "organization",
        (false, _) if core.has(Path::Ref) => "push",
        (false, _) => "public",
    }
}
