//! Where the access behind a finding came from becomes facts of it: at the time of the finding, for
//! sessions are forgotten once they are over.

use interlock_identity::Directory;
use interlock_model::{Finding, Principal};

/// A step back from the credential.
const PATH: &str = "access_path";
/// The deployment upstream that made the access path.
const DEPLOYED: &str = "deployed_by";
/// The application and its team.
const APPLICATION: &str = "application";
/// What has to be replaced so that the access does not come back.
const REPLACE: &str = "replace";
/// Why the trail goes no further.
const ENDS: &str = "access_path_ends";

const ALL: [&str; 5] = [PATH, DEPLOYED, APPLICATION, REPLACE, ENDS];

/// Adds to a finding on a generated identity what is known of where its access came from.
pub(crate) fn add(directory: &Directory, finding: &mut Finding) {
    let session = finding.session.as_ref().map(|it| &*it.id);
    let (credential, principal) = (finding.credential.as_ref(), finding.principal.as_ref());
    let Some(it) = directory.ancestry(credential, principal, session) else { return };
    if it.steps.is_empty() && it.deployment.is_none() {
        return;
    }
    finding.facts.retain(|it| !ALL.contains(&it.0.as_str()));
    let mut say = |name: &str, what: String| finding.facts.push((name.to_owned(), what));
    it.steps.iter().for_each(|it| say(PATH, it.to_string()));
    if let Some(why) = it.ends {
        say(ENDS, why);
    }
    if let Some(deployment) = it.deployment {
        say(DEPLOYED, deployment.sentence());
    }
    if let Some(it) = it.application {
        say(APPLICATION, format!("{} of `{}` ({})", it.name, it.owner, it.basis));
    }
    say(REPLACE, it.replace.to_string());
}

/// Whom the provider let in when it issued the session that a finding accuses. An update of a finding
/// that came after the session was forgotten keeps what was `known`.
pub(crate) fn let_in(
    directory: &Directory,
    finding: &Finding,
    known: Option<&Finding>,
) -> Option<Principal> {
    let (credential, principal) = (finding.credential.as_ref()?, finding.principal.as_ref()?);
    let same = |it: &&Finding| it.credential == finding.credential;
    directory
        .let_in(credential, principal)
        .or_else(|| known.filter(same).and_then(|it| it.let_in.clone()))
}
