//! What the house answers to the thefts that matter most: the built-in content and every connector put to
//! one story each. Generated, so that nobody has to believe it.

use crate::connectors::imagined;
use crate::content::Content;
use crate::generate::{cell, length, stops};
use interlock_contain::{Composition, compose, deletes, residual, sessions, ways_in};
use interlock_decide::{Question, decide};
use interlock_model::{
    BlastRadius, Case, CaseId, CaseState, Confidence, Credential, CredentialKind, CredentialRef,
    CredentialStatus, Decision, Environment, EnvironmentBasis, Finding, FindingId, FindingSource,
    Gate, Identity, IdentityId, IdentityKind, Mode, Origin, OwnerId, Ownership, Principal,
    Provenance, Resolution, RuleRef, SessionRef, Severity, Standing, Tier, Timestamp,
};
use std::fmt::Write as _;
use std::time::Duration;

/// One theft.
struct Story {
    title: &'static str,
    kind: IdentityKind,
    /// What providers call it; the first one was seen.
    principals: &'static [(&'static str, &'static str)],
    /// What it holds at the first provider; the first one was seen.
    credentials: &'static [(CredentialKind, &'static str)],
    /// Which session, and when it was issued, where records say both.
    session: Option<(&'static str, i64)>,
    /// The subject of another provider for whom the session was issued, where that call was seen.
    let_in: Option<(&'static str, &'static str)>,
    technique: &'static str,
    /// The tiers that are shown, with a confidence that leads to each.
    answers: &'static [(Tier, f64)],
}

const RESTRICT: (Tier, f64) = (Tier::Restrict, 0.8);
const DISABLE: (Tier, f64) = (Tier::Disable, 0.96);

/// The stories that are told.
const STORIES: &[Story] = &[
    Story {
        title: "A stolen session of a role that a pipeline assumes",
        kind: IdentityKind::Pipeline,
        principals: &[("aws", "arn:aws:iam::111122223333:role/ci")],
        credentials: &[(CredentialKind::SessionKey, "ASIAIOSFODNN7EXAMPLE")],
        session: Some(("arn:aws:sts::111122223333:assumed-role/ci/run-7", 1_767_323_045)),
        let_in: None,
        technique: "T1550.001",
        answers: &[RESTRICT],
    },
    Story {
        title: "The same, where the call that let one workflow of GitHub in was seen",
        kind: IdentityKind::Pipeline,
        principals: &[("aws", "arn:aws:iam::111122223333:role/ci")],
        credentials: &[(CredentialKind::SessionKey, "ASIAIOSFODNN7EXAMPLE")],
        session: Some(("arn:aws:sts::111122223333:assumed-role/ci/run-7", 1_767_323_045)),
        let_in: Some(("github", "repo:acme/shop:ref:refs/heads/main")),
        technique: "T1550.001",
        answers: &[RESTRICT],
    },
    Story {
        title: "The same, where nothing says when the session was issued, or a second one is accused",
        kind: IdentityKind::Pipeline,
        principals: &[("aws", "arn:aws:iam::111122223333:role/ci")],
        credentials: &[(CredentialKind::SessionKey, "ASIAIOSFODNN7EXAMPLE")],
        session: None,
        let_in: None,
        technique: "T1550.001",
        answers: &[RESTRICT],
    },
    Story {
        title: "A leaked key of a user who also has a password for the console",
        kind: IdentityKind::Human,
        principals: &[("aws", "arn:aws:iam::111122223333:user/ann")],
        credentials: &[(CredentialKind::AccessKey, "AKIAIOSFODNN7EXAMPLE")],
        session: None,
        let_in: None,
        technique: "T1078.004",
        answers: &[RESTRICT, DISABLE],
    },
    Story {
        title: "A leaked key of a pipeline",
        kind: IdentityKind::Pipeline,
        principals: &[("aws", "arn:aws:iam::111122223333:user/deploy")],
        credentials: &[(CredentialKind::AccessKey, "AKIAI44QH8DHBEXAMPLE")],
        session: None,
        let_in: None,
        technique: "T1078.004",
        answers: &[RESTRICT, DISABLE],
    },
    Story {
        title: "A role of PostgreSQL that gave itself more, with a session after `SET ROLE`",
        kind: IdentityKind::Workload,
        principals: &[("postgresql", "app")],
        credentials: &[],
        session: None,
        let_in: None,
        technique: "T1548",
        answers: &[RESTRICT, DISABLE],
    },
    Story {
        title: "An application of Entra with a secret on the application and one on the service principal",
        kind: IdentityKind::ApiClient,
        principals: &[("entra", "0a1b2c3d-1111-4000-8000-00000000000a")],
        credentials: &[
            (CredentialKind::Token, "0a1b2c3d-2222-4000-8000-00000000000b"),
            (CredentialKind::Token, "0a1b2c3d-3333-4000-8000-00000000000c"),
        ],
        session: None,
        let_in: None,
        technique: "T1078.004",
        answers: &[RESTRICT, DISABLE],
    },
    Story {
        title: "A workload of Kubernetes that is also a role of AWS",
        kind: IdentityKind::Workload,
        principals: &[
            ("kubernetes", "system:serviceaccount:shop:payments"),
            ("aws", "arn:aws:iam::111122223333:role/payments"),
        ],
        credentials: &[(CredentialKind::Token, "pod/shop/payments-7d9f")],
        session: None,
        let_in: None,
        technique: "T1528",
        answers: &[RESTRICT, DISABLE],
    },
    Story {
        title: "A leaked key of a service account of Google Cloud",
        kind: IdentityKind::ServiceAccount,
        principals: &[("google", "deploy@acme-prod.iam.gserviceaccount.com")],
        credentials: &[(
            CredentialKind::AccessKey,
            "deploy@acme-prod.iam.gserviceaccount.com/keys/0a1b2c3d4e5f",
        )],
        session: None,
        let_in: None,
        technique: "T1078.004",
        answers: &[RESTRICT, DISABLE],
    },
    Story {
        title: "A deploy key of GitHub in strange hands",
        kind: IdentityKind::Pipeline,
        principals: &[("github", "repo:acme/shop:ref:refs/heads/main")],
        credentials: &[(
            CredentialKind::AccessKey,
            "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        )],
        session: None,
        let_in: None,
        technique: "T1078.004",
        answers: &[RESTRICT, DISABLE],
    },
];

/// The page: each story with what would be decided, planned, and left alive.
pub fn page() -> String {
    let mut text = String::from(
        "# Plans\n\n\
         Generated from the built-in playbooks and policies and from what each action declares: `interlock generate`.\n\
         Each story is put to them as if every connector were there, in production, with an owner who can be asked.\n\
         Steps are made in this order, each read back before the next; nothing is taken back by itself.\n",
    );
    let content = match Content::built_in() {
        Ok(content) => content,
        Err(failure) => return failure.to_string(),
    };
    for story in STORIES {
        let _ = write!(text, "\n## {}\n", story.title);
        for (tier, confidence) in story.answers {
            let told = answer(story, *confidence, &content);
            let _ = write!(text, "\n### As sure as {confidence}: tier `{tier}`\n\n{told}");
        }
    }
    text
}

fn answer(story: &Story, confidence: f64, content: &Content) -> String {
    let identity = identity(story);
    let case = case(story, &identity, confidence);
    let connectors = imagined();
    let mut disproven = Vec::new();
    let mut told = String::new();
    // What nothing here can do is followed by the next rung, as in a house.
    for _ in 0..8 {
        let question = Question {
            case: &case,
            identity: Some(&identity),
            owner_known: true,
            criticality: None,
            blast_radius: &BlastRadius::None,
            mode: Mode::Enforce,
            disproven: &disproven,
            standing: Standing::Clear,
            ways_in: &ways_in(&case.findings, &connectors),
            sessions: &sessions(&case.findings, &connectors),
            deletes: &deletes(identity.principals.iter(), &connectors),
            now: Timestamp::UNIX_EPOCH,
        };
        let decision = decide(&question, &content.playbooks, &content.policies);
        let all = compose(&decision.id, &decision.intents, Some(&identity), &connectors);
        if all.unserved.is_empty() {
            tell(&decision, &all, &mut told);
            return told;
        }
        for it in &all.unserved {
            let _ = writeln!(told, "- not possible: {it}");
            disproven.push(it.intent.kind);
        }
        told.push('\n');
    }
    told
}

fn tell(decision: &Decision, all: &Composition, text: &mut String) {
    let playbook = decision.playbook.as_deref().unwrap_or("none");
    let _ = write!(
        text,
        "Playbook `{playbook}`: {}, consent of `{}`.\n\n| Step | Stops | Waits |\n| --- | --- | --- |\n",
        decision.verdict, decision.consent
    );
    for want in &all.wanted {
        let waits = match &want.gate {
            Gate::Now => "for nothing".to_owned(),
            Gate::WhenUsed { .. } => "until the new credential was used".to_owned(),
            Gate::After { seconds, .. } => {
                format!("{} after the step before", length(Duration::from_secs(*seconds)))
            }
        };
        let step = format!("`{}`: {}", want.action.name, want.action.summary);
        let _ = writeln!(text, "| {} | {} | {waits} |", cell(&step), stops(want.action.stops));
    }
    let actions: Vec<_> = all.wanted.iter().map(|it| it.action).collect();
    let left = residual(&actions, &all.left_out, Timestamp::UNIX_EPOCH);
    text.push_str("\nStays alive all the same:\n\n");
    if left.is_empty() {
        text.push_str("- nothing\n");
    }
    for it in left {
        let until = it.until.and_then(|it| u64::try_from(it.as_second()).ok());
        let until = until.map_or_else(
            || "with no end by itself".to_owned(),
            |it| format!("for at most {}", length(Duration::from_secs(it))),
        );
        let _ = writeln!(text, "- {}: {until}", it.what);
    }
    text.push_str("\nMind, or refused when it is so:\n\n");
    let mut told = Vec::new();
    for trap in actions.iter().flat_map(|it| it.traps) {
        if !told.contains(trap) {
            told.push(*trap);
            let _ = writeln!(text, "- {trap}");
        }
    }
}

fn identity(story: &Story) -> Identity {
    let (provider, name) = story.principals.first().copied().unwrap_or_default();
    let credential = |reference| Credential {
        reference,
        status: CredentialStatus::Active,
        issued: None,
        expires: None,
        last_used: None,
        session: None,
        revocation: None,
    };
    Identity {
        id: IdentityId::derive(&[provider, name]),
        kind: story.kind,
        name: name.to_owned(),
        environment: Environment::Production,
        environment_basis: EnvironmentBasis::Declared,
        owner: Ownership::Declared { owner: OwnerId::derive(&["platform"]) },
        principals: story.principals.iter().map(|(of, name)| Principal::new(of, name)).collect(),
        credentials: references(story).map(credential).collect(),
        entitlements: Vec::new(),
        dependents: Vec::new(),
        lineage: Vec::new(),
        protected: false,
        provenance: Provenance::Declared,
        departed: None,
        canary: false,
    }
}

fn references(story: &Story) -> impl Iterator<Item = CredentialRef> {
    let provider = story.principals.first().map_or("", |it| it.0);
    story.credentials.iter().map(move |(kind, id)| CredentialRef::new(provider, *kind, id))
}

fn case(story: &Story, identity: &Identity, confidence: f64) -> Case {
    let (time, confidence) = (Timestamp::UNIX_EPOCH, Confidence::new(confidence));
    let resolution = Resolution::Known { identity: identity.id.clone() };
    let finding = Finding {
        id: FindingId::derive(&[story.title]),
        rule: RuleRef {
            id: "story".into(),
            name: "Story".into(),
            source: FindingSource::Behaviour,
        },
        title: story.title.to_owned(),
        confidence,
        severity: Severity::High,
        techniques: vec![story.technique.into()],
        time,
        last: time,
        resolution: resolution.clone(),
        principal: identity.principals.first().cloned(),
        credential: references(story).next(),
        session: story.session.map(|(id, issued)| SessionRef {
            id: id.into(),
            issued: Timestamp::from_second(issued).ok(),
            mfa: None,
        }),
        chain: Vec::new(),
        origin: Origin::default(),
        evidence: Vec::new(),
        facts: Vec::new(),
        response: None,
        artefacts: Vec::new(),
        let_in: story.let_in.map(|(provider, name)| Principal::new(provider, name)),
    };
    Case {
        id: CaseId::derive(&[story.title]),
        resolution,
        subject: identity.name.clone(),
        findings: vec![finding],
        confidence,
        opened: time,
        updated: time,
        state: CaseState::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The part of a story's page that belongs to one tier.
    fn told<'a>(page: &'a str, title: &str, tier: &str) -> &'a str {
        let story = page.split("\n## ").find(|it| it.starts_with(title)).unwrap();
        story.split("\n### ").find(|it| it.contains(&format!("tier `{tier}`\n"))).unwrap()
    }

    /// The actions of a plan, in order.
    fn steps(told: &str) -> Vec<&str> {
        let rows = told.lines().filter_map(|it| it.strip_prefix("| `"));
        rows.filter_map(|it| it.split('`').next()).collect()
    }

    #[test]
    fn each_theft_has_the_narrowest_answer_that_is_enough_and_says_what_is_left() {
        let page = page();
        // One session is named and ended; who else uses the role is not hit, and what is left is said.
        let session = told(&page, "A stolen session", "restrict");
        assert_eq!(steps(session), ["aws_iam.deny_role_session"]);
        for left in [
            "- sessions of other roles that were assumed from this one: for at most 1h",
            "- whoever opened this session may open the next one, until that way in is closed: with no end by itself",
        ] {
            assert!(session.contains(left), "{session}");
        }
        // One workflow is shut out, not everybody; who else comes in is said.
        let workflow = told(&page, "The same, where the call", "restrict");
        assert_eq!(steps(workflow), ["aws_iam.disable_web_identity", "aws_iam.deny_role_session"]);
        assert!(
            workflow.contains("other subjects that this role trusts: with no end by itself"),
            "{workflow}"
        );
        for hit in ["every consumer of the role is hit", "all sessions of the role are hit"] {
            assert!(!session.contains(hit) && !workflow.contains(hit), "{session}{workflow}");
        }
        let whole = told(&page, "The same, where nothing says", "restrict");
        assert_eq!(
            steps(whole),
            ["aws_iam.block_role_issuance", "aws_iam.deny_older_role_sessions"],
            "nothing new first, then what is live"
        );
        let key = told(&page, "A leaked key of a user", "restrict");
        assert_eq!(steps(key), ["aws_iam.disable_access_key", "aws_iam.deny_older_user_sessions"]);
        assert!(key.contains("a password for the console"), "{key}");
        assert!(key.contains("already assumed: for at most 12h"), "{key}");
        let rotated = told(&page, "A leaked key of a pipeline", "restrict");
        assert_eq!(
            steps(rotated),
            ["aws_iam.issue_access_key", "aws_iam.disable_access_key", "aws_iam.delete_access_key"]
        );
        for tier in ["restrict", "disable"] {
            let role = told(&page, "A role of PostgreSQL", tier);
            let login =
                ["postgresql.forbid_login", "postgresql.disable_role"].contains(&steps(role)[0]);
            assert!(login, "{role}");
            assert_eq!(steps(role)[1..], ["postgresql.end_sessions"], "{tier}");
            assert!(role.contains("became it by SET ROLE"), "{role}");
        }
        // The secret that was seen is replaced, wherever it sits; what it fetched, and the other one, is said.
        let app = told(&page, "An application of Entra", "restrict");
        assert_eq!(steps(app), ["entra.issue_secret", "entra.remove_secret"]);
        assert!(app.contains("until the new credential was used"), "{app}");
        assert!(app.contains("access tokens that the client fetched"), "{app}");
        assert!(app.contains("secrets sit on two objects"), "{app}");
        // The token's own platform cannot end what it was exchanged for elsewhere.
        for (tier, step) in
            [("restrict", "kubernetes.replace_tokens"), ("disable", "kubernetes.delete_bound_pod")]
        {
            let pod = told(&page, "A workload of Kubernetes", tier);
            assert_eq!(steps(pod), [step]);
            let role = "what `arn:aws:iam::111122223333:role/payments` may do at `aws`: it acts as that too";
            assert!(pod.contains(role), "{pod}");
        }
        let key = told(&page, "A leaked key of a service account", "restrict");
        assert_eq!(
            steps(key),
            ["google_cloud.issue_key", "google_cloud.disable_key", "google_cloud.delete_key"]
        );
        // What is for people is aimed at no service account.
        let account = Principal::new("google", "deploy@acme-prod.iam.gserviceaccount.com");
        let target = interlock_model::Target::Principal { principal: account };
        let known = imagined();
        let ways: Vec<_> = interlock_contain::ways(&target, &known).map(|it| it.1.name).collect();
        assert!(ways.contains(&"google_cloud.disable_service_account"), "{ways:?}");
        for of_people in ["google_cloud.suspend_user", "google_cloud.revoke_tokens"] {
            assert!(!ways.contains(&of_people), "{ways:?}");
        }
        let key = told(&page, "A deploy key of GitHub", "restrict");
        assert_eq!(steps(key), ["github.issue_deploy_key", "github.remove_deploy_key"]);
    }
}
