//! Golden tables: what is decided where, on whom, how sure, with how much at stake.

use crate::world::{ANYTHING, Content, World, breaks, finding};
use expect_test::expect;
use interlock_model::{BlastRadius, Environment, IdentityKind};

const ENVIRONMENTS: [Environment; 4] =
    [Environment::Production, Environment::Unknown, Environment::Staging, Environment::Development];

#[test]
fn the_starter_content_in_every_environment() {
    let content = Content::starter();
    let radii = [BlastRadius::None, breaks(false, 2), breaks(true, 2), BlastRadius::Unknown];
    let mut table = format!("{:<12}{:<9}{:<6}", "environment", "kind", "sure");
    for it in &radii {
        table += &format!("| breaks {:<22}", it.as_str());
    }
    for environment in ENVIRONMENTS {
        for kind in [IdentityKind::Pipeline, IdentityKind::Human] {
            for confidence in [0.3, 0.5, 0.7, 0.92, 0.97] {
                let mut world = World::new(kind, environment, confidence);
                table += "\n";
                table +=
                    &format!("{:<12}{:<9}{confidence:<6}", environment.as_str(), kind.as_str());
                for it in &radii {
                    world.blast_radius = it.clone();
                    let made = world.decide(&content);
                    let cell = format!("{} {} ({})", made.verdict, made.tier, made.consent);
                    table += &format!("| {cell:<29}");
                }
            }
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    expect![[r#"
        environment kind     sure  | breaks none                  | breaks contained             | breaks production            | breaks unknown
        production  pipeline 0.3   | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)
        production  pipeline 0.5   | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)
        production  pipeline 0.7   | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)
        production  pipeline 0.92  | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)
        production  pipeline 0.97  | ask disable (owner)          | ask disable (owner)          | ask disable (owner)          | ask disable (owner)
        production  human    0.3   | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)
        production  human    0.5   | act revalidate (automatic)   | act revalidate (automatic)   | ask revalidate (owner)       | ask revalidate (owner)
        production  human    0.7   | ask restrict (security)      | ask restrict (security)      | ask restrict (security)      | ask restrict (security)
        production  human    0.92  | ask disable (security)       | ask disable (security)       | ask disable (security)       | ask disable (security)
        production  human    0.97  | ask disable (security)       | ask disable (security)       | ask disable (security)       | ask disable (security)
        unknown     pipeline 0.3   | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)
        unknown     pipeline 0.5   | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)
        unknown     pipeline 0.7   | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)
        unknown     pipeline 0.92  | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)
        unknown     pipeline 0.97  | ask disable (owner)          | ask disable (owner)          | ask disable (owner)          | ask disable (owner)
        unknown     human    0.3   | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)
        unknown     human    0.5   | act revalidate (automatic)   | act revalidate (automatic)   | ask revalidate (owner)       | ask revalidate (owner)
        unknown     human    0.7   | ask restrict (security)      | ask restrict (security)      | ask restrict (security)      | ask restrict (security)
        unknown     human    0.92  | ask disable (security)       | ask disable (security)       | ask disable (security)       | ask disable (security)
        unknown     human    0.97  | ask disable (security)       | ask disable (security)       | ask disable (security)       | ask disable (security)
        staging     pipeline 0.3   | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)
        staging     pipeline 0.5   | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)
        staging     pipeline 0.7   | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)
        staging     pipeline 0.92  | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)
        staging     pipeline 0.97  | ask disable (owner)          | ask disable (owner)          | ask disable (owner)          | ask disable (owner)
        staging     human    0.3   | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)
        staging     human    0.5   | act revalidate (automatic)   | act revalidate (automatic)   | ask revalidate (owner)       | ask revalidate (owner)
        staging     human    0.7   | ask restrict (security)      | ask restrict (security)      | ask restrict (security)      | ask restrict (security)
        staging     human    0.92  | ask disable (security)       | ask disable (security)       | ask disable (security)       | ask disable (security)
        staging     human    0.97  | ask disable (security)       | ask disable (security)       | ask disable (security)       | ask disable (security)
        development pipeline 0.3   | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)
        development pipeline 0.5   | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)
        development pipeline 0.7   | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)         | ask restrict (owner)
        development pipeline 0.92  | act restrict (automatic)     | act restrict (automatic)     | ask restrict (owner)         | ask restrict (owner)
        development pipeline 0.97  | act disable (automatic)      | act disable (automatic)      | ask disable (owner)          | ask disable (owner)
        development human    0.3   | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)  | observe observe (automatic)
        development human    0.5   | act revalidate (automatic)   | act revalidate (automatic)   | ask revalidate (owner)       | ask revalidate (owner)
        development human    0.7   | ask restrict (security)      | ask restrict (security)      | ask restrict (security)      | ask restrict (security)
        development human    0.92  | ask disable (security)       | ask disable (security)       | ask disable (security)       | ask disable (security)
        development human    0.97  | ask disable (security)       | ask disable (security)       | ask disable (security)       | ask disable (security)"#]].assert_eq(&table.join("\n"));
}

#[test]
fn consent_asked_for_and_consent_taken() {
    let mut table = String::from("playbook wants | owner known    | nobody owns it | protected\n");
    for consent in ["automatic", "owner", "security", "both"] {
        let playbook = format!(
            "name: t\ndescription: t\ntiers:\n  restrict:\n    confidence: 0\n    \
             do: [disable_credential]\n    consent: {{development: {consent}}}\n"
        );
        let content = Content::of(&playbook, ANYTHING);
        let world = World::new(IdentityKind::Pipeline, Environment::Development, 0.9);
        let mut unowned = world.clone();
        unowned.owner_known = false;
        let mut protected = world.clone();
        protected.identity.protected = true;
        table += &format!("{consent:<15}");
        for world in [world, unowned, protected] {
            let made = world.decide(&content);
            table += &format!("| {:<15}", format!("{} {}", made.verdict, made.consent));
        }
        table = table.trim_end().to_owned() + "\n";
    }
    expect![[r#"
        playbook wants | owner known    | nobody owns it | protected
        automatic      | act automatic  | act automatic  | ask security
        owner          | ask owner      | ask security   | ask both
        security       | ask security   | ask security   | ask security
        both           | ask both       | ask security   | ask both
    "#]]
    .assert_eq(&table);
}

#[test]
fn caps_of_a_playbook_ask() {
    let mut table = String::new();
    for caps in ["{}", "{blast_radius: none}", "{blast_radius: production}", "{dependents: 1}"] {
        let playbook = format!(
            "name: t\ndescription: t\ntiers:\n  restrict:\n    confidence: 0\n    \
             do: [disable_credential]\n    consent: {{development: automatic}}\ncaps: {caps}\n"
        );
        let content = Content::of(&playbook, ANYTHING);
        let mut world = World::new(IdentityKind::Pipeline, Environment::Development, 0.9);
        table += &format!("{caps:<28}");
        for it in [BlastRadius::None, breaks(false, 2), breaks(true, 2), BlastRadius::Unknown] {
            let name = it.as_str();
            world.blast_radius = it;
            table += &format!("{name} {:<6}", world.decide(&content).verdict.to_string());
        }
        table = table.trim_end().to_owned() + "\n";
    }
    expect![[r#"
        {}                          none act   contained act   production ask   unknown ask
        {blast_radius: none}        none act   contained ask   production ask   unknown ask
        {blast_radius: production}  none act   contained act   production act   unknown act
        {dependents: 1}             none act   contained ask   production ask   unknown ask
    "#]]
    .assert_eq(&table);
}

#[test]
fn reasons_are_sentences_for_people() {
    let content = Content::starter();
    let mut story = String::new();
    let mut tell = |title: &str, world: &World| {
        let made = world.decide(&content);
        story += &format!("{title}: {} by {:?}\n", crate::world::line(&made), made.policies);
        made.reasons.iter().for_each(|it| story += &format!("  {it}\n"));
    };

    let mut world = World::new(IdentityKind::Pipeline, Environment::Production, 0.8);
    world.findings.push(finding("impossible_travel", 0.6));
    tell("a key in production", &world);

    world.identity.environment = Environment::Development;
    world.owner_known = false;
    tell("in development, owned by nobody", &world);

    let mut world = World::new(IdentityKind::Human, Environment::Unknown, 0.8);
    world.mode = interlock_model::Mode::Recommend;
    tell("a person", &world);

    world.identity.protected = true;
    tell("a break-glass account", &world);
    expect![[r#"
        a key in production: ask restrict owner: rotate_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci` by ["house_may_propose"]
          Playbook `stolen-machine-key` answers `impossible_travel` and `token_abuse.new_network`: its conditions on severity, credentials, kinds hold.
          Confidence 92 % reaches restrict, which starts at 60 %; disable starts at 95 %.
          For restrict in production the playbook wants consent: owner.
        in development, owned by nobody: ask restrict security: rotate_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci` by ["house_may_propose", "unowned_asks"]
          Playbook `stolen-machine-key` answers `impossible_travel` and `token_abuse.new_network`: its conditions on severity, credentials, kinds hold.
          Confidence 92 % reaches restrict, which starts at 60 %; disable starts at 95 %.
          For restrict in development the playbook wants consent: automatic.
          Policy `unowned_asks` forbids `rotate_credential` without asking: nobody answers for it, so people are asked.
        a person: ask restrict security: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci` + revoke_sessions `user/ci` by ["house_may_propose"]
          Playbook `human-account-takeover` answers `token_abuse.new_network`: its conditions on severity, kinds hold.
          Confidence 80 % reaches restrict, which starts at 70 %; disable starts at 90 %.
          For restrict in an unknown environment (it counts as production) the playbook wants consent: security.
          Mode is recommend: plans are shown, nothing is written.
        a break-glass account: refuse restrict both: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci` + revoke_sessions `user/ci` by ["protected_never"]
          Playbook `human-account-takeover` answers `token_abuse.new_network`: its conditions on severity, kinds hold.
          Confidence 80 % reaches restrict, which starts at 70 %; disable starts at 90 %.
          For restrict in an unknown environment (it counts as production) the playbook wants consent: security.
          The identity is protected, so nothing is done without the security team.
          Policy `protected_never` forbids `revoke_sessions` and `disable_credential` even with the consent of owner and security team: protected identities are never contained; take the protection away first, as people.
          Mode is recommend: plans are shown, nothing is written.
    "#]].assert_eq(&story);
}
