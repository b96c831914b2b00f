//! Laws that hold whatever is asked.

use crate::world::{ANYTHING, Content, World, breaks, finding, session_finding};
use interlock_decide::{Playbooks, Policies, tier_of};
use interlock_model::{
    ActionKind, BlastRadius, CredentialKind, Decision, Environment, FindingSource, IdentityKind,
    Mode, Ownership, Resolution, Standing, Tier, Verdict,
};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

static STARTER: LazyLock<Content> = LazyLock::new(Content::starter);

/// Acts wherever it may, so that only the house's own rules hold it back.
static LOOSE: LazyLock<Content> = LazyLock::new(|| {
    Content::of(
        "name: loose\ndescription: t\ntiers:\n  disable:\n    confidence: 0\n    \
         do: [disable_credential, delete_credential, require_reauthentication]\n    \
         instead: [quarantine, disable_identity]\n    consent:\n      \
         {production: automatic, staging: automatic, development: automatic}\n\
         caps: {blast_radius: production}\n",
        ANYTHING,
    )
});

fn worlds() -> impl Strategy<Value = World> {
    use IdentityKind::{Agent, Human, Pipeline, ServiceAccount};
    let identity = (
        prop::sample::select(vec![Human, ServiceAccount, Pipeline, Agent]),
        prop::sample::select(vec![
            Environment::Production,
            Environment::Staging,
            Environment::Development,
            Environment::Unknown,
        ]),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.7),
        prop::sample::select(vec![
            BlastRadius::None,
            breaks(false, 1),
            breaks(true, 9),
            BlastRadius::Unknown,
        ]),
    );
    let resolution = prop::sample::select(vec![
        Resolution::Known { identity: "idn_ci".parse().unwrap() },
        Resolution::Undeclared { identity: "idn_ci".parse().unwrap() },
        Resolution::Known { identity: "idn_other".parse().unwrap() },
        Resolution::Ambiguous {
            candidates: vec!["idn_ci".parse().unwrap(), "idn_b".parse().unwrap()],
        },
        Resolution::Unknown,
    ]);
    let claims = prop::collection::vec((0..5u8, 0.0..1.0f64, any::<bool>()), 1..4);
    let state = (
        prop::sample::select(vec![Mode::Observe, Mode::Recommend, Mode::Enforce]),
        prop::sample::subsequence(ActionKind::ALL.to_vec(), 0..4),
        prop::sample::select(vec![Standing::Clear, Standing::Watched, Standing::Quarantined]),
        0..24i64,
    );
    (identity, resolution, claims, state).prop_map(|(identity, resolution, claims, state)| {
        let (kind, environment, protected, owner_known, blast_radius) = identity;
        let (mode, disproven, standing, hour) = state;
        let mut world = World::new(kind, environment, 0.5);
        world.identity.protected = protected;
        world.owner_known = owner_known;
        if !owner_known {
            world.identity.owner = Ownership::Unowned;
        }
        world.resolution = resolution;
        world.blast_radius = blast_radius;
        world.mode = mode;
        world.disproven = disproven;
        world.standing = standing;
        world.now += jiff::SignedDuration::from_hours(hour);
        let rules = ["a", "b", "containment_ineffective", "monitor", "privilege_spike.x"];
        world.findings = claims
            .into_iter()
            .map(|(rule, confidence, session)| {
                let rule = rules[usize::from(rule)];
                let make = if session { session_finding } else { finding };
                let mut it = make(rule, confidence);
                if rule == "monitor" {
                    it.rule.source = FindingSource::Alert;
                }
                if rule.starts_with("privilege") {
                    it.techniques = vec!["T1098".into()];
                }
                it
            })
            .collect();
        world
    })
}

fn check_always(world: &World, made: &Decision) -> Result<(), TestCaseError> {
    let known = world.resolution.identity() == Some(&world.identity.id);
    if !known {
        prop_assert!(matches!(made.verdict, Verdict::Ask | Verdict::Observe));
        prop_assert!(made.intents.is_empty());
    }
    if world.identity.protected {
        prop_assert!(made.verdict != Verdict::Act);
    }
    if made.verdict == Verdict::Act {
        prop_assert!(!made.intents.is_empty());
        prop_assert!(!made.policies.is_empty());
    }
    for intent in &made.intents {
        prop_assert!(!world.disproven.contains(&intent.kind));
        prop_assert!(tier_of(intent.kind) <= made.tier);
        let kind = intent.target.credential().and_then(|it| it.kind());
        prop_assert!(kind != Some(CredentialKind::SessionKey));
    }
    for reason in &made.reasons {
        prop_assert!(!reason.contains('\n') && reason.ends_with('.'), "{}", reason);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_starter_content_is_safe(world in worlds()) {
        let made = world.decide(&STARTER);
        check_always(&world, &made)?;
        if made.verdict == Verdict::Act {
            let guarded = matches!(
                world.identity.environment,
                Environment::Production | Environment::Unknown | Environment::Staging
            );
            let mild = made.tier <= Tier::Revalidate;
            prop_assert!(mild || !guarded);
            prop_assert!(mild || world.identity.kind.is_machine());
            prop_assert!(mild || world.owner_known);
            prop_assert!(mild || made.confidence.value() >= 0.9);
            let breaks = world.blast_radius.as_str();
            prop_assert!(mild || breaks == "none" || breaks == "contained");
        }
    }

    #[test]
    fn no_content_makes_the_house_guess(world in worlds()) {
        check_always(&world, &world.decide(&LOOSE))?;
    }

    #[test]
    fn the_same_inputs_make_the_same_decision(world in worlds(), other in worlds()) {
        let made = world.decide(&STARTER);
        prop_assert_eq!(&made, &world.decide(&STARTER));
        let mut later = world.clone();
        later.now += jiff::SignedDuration::from_hours(1);
        prop_assert_eq!(&made.id, &later.decide(&STARTER).id);
        let differs = other.decide(&STARTER);
        if differs.id == made.id {
            prop_assert_eq!(&made.intents, &differs.intents);
            prop_assert_eq!(made.verdict, differs.verdict);
        }
        prop_assert!(made.id != world.decide(&LOOSE).id);
    }

    #[test]
    fn loaders_survive_anything(text in "(name|tiers|do|when|[-: \\[\\]{}\"'#&*!|>%@,\n\té]|permit|forbid|\\(|\\)|;|[a-z0-9.]{1,4}){0,60}") {
        let files = [(Arc::from("x"), text.clone())];
        let (_, mut problems) = Playbooks::load(&files);
        problems.extend(Policies::load(&files).1);
        for problem in problems {
            if let Some(span) = problem.span {
                prop_assert!(text.get(span.clone()).is_some(), "{:?} of {:?}", span, text);
            }
        }
    }
}

#[test]
fn a_policy_that_fails_refuses() {
    // The validator cannot see an overflow; Cedar itself would skip the policy and allow.
    let fails = "when { context.confidence * 9223372036854775807 > 0 }";
    for policies in [
        format!("{ANYTHING} @id(\"no\") forbid(principal, action, resource) {fails};"),
        format!("{ANYTHING} @id(\"yes\") permit(principal, action, resource) {fails};"),
    ] {
        let playbook = "name: t\ndescription: t\ntiers:\n  restrict:\n    confidence: 0\n    \
                        do: [disable_credential]\n    consent: {development: automatic}\n";
        let content = Content::of(playbook, &policies);
        let world = World::new(IdentityKind::Pipeline, Environment::Development, 0.9);
        let made = world.decide(&content);
        assert_eq!(made.verdict, Verdict::Refuse);
        assert_eq!(made.policies, Vec::<String>::new());
        let told = made.reasons.iter().any(|it| it.contains("overflow"));
        assert!(told, "{:?}", made.reasons);
    }
}

#[test]
fn without_a_policy_nothing_is_allowed() {
    let (policies, problems) = Policies::load(&[]);
    assert_eq!(problems, []);
    let content = Content { playbooks: Content::starter().playbooks, policies: policies.unwrap() };
    let world = World::new(IdentityKind::Pipeline, Environment::Development, 0.97);
    let made = world.decide(&content);
    assert_eq!(made.verdict, Verdict::Refuse);
    assert!(made.reasons.iter().any(|it| it.starts_with("No policy permits")));
}

#[test]
fn an_hour_that_changes_the_outcome_changes_the_id() {
    let content = Content::of(
        "name: t\ndescription: t\ntiers:\n  restrict:\n    confidence: 0\n    \
         do: [disable_credential]\n    consent: {development: automatic}\n",
        &format!(
            "{ANYTHING} @id(\"night\") forbid(principal, action, resource) when {{ context.automatic && context.hour >= 22 }};"
        ),
    );
    let mut world = World::new(IdentityKind::Pipeline, Environment::Development, 0.9);
    let day = world.decide(&content);
    world.now = "2026-01-01T23:00:00Z".parse().unwrap();
    let night = world.decide(&content);
    assert_eq!((day.verdict, night.verdict), (Verdict::Act, Verdict::Ask));
    assert_ne!(day.id, night.id);
    assert_eq!(night.policies, ["anything", "night"]);
}
