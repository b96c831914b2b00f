//! Asking policies one question: may this asker do this to this identity, like this?

use super::Policies;
use crate::words::{one_line, percent};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request,
    RestrictedExpression,
};
use interlock_model::{
    ActionKind, BlastRadius, Confidence, Consent, Criticality, Environment, Identity, Mode,
    Provenance, Tier, Timestamp,
};
use std::collections::{HashMap, HashSet};
use std::error::Error;

/// One question to the policies.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Who wants it.
    pub asker: Asker<'a>,
    /// The verb.
    pub action: ActionKind,
    /// Whom it hits.
    pub identity: &'a Identity,
    /// Whether the owner is known and can be asked; the policies see an owner only then.
    pub owner_known: bool,
    /// How much hangs on it, where people say.
    pub criticality: Option<Criticality>,
    /// What would break.
    pub blast_radius: &'a BlastRadius,
    /// Under which circumstances.
    pub circumstances: Circumstances,
}

/// Who wants something done.
#[derive(Debug, Clone, Copy)]
pub enum Asker<'a> {
    /// The house, answering a case by a playbook.
    House,
    /// A person, by hand.
    Person {
        /// The name of their API token.
        name: &'a str,
        /// In which role.
        role: Role,
    },
}

/// In which role a person asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Runs the house, decides nothing.
    Operator,
    /// Answers for the identity.
    Owner,
    /// The security team.
    Security,
}

impl Role {
    /// The role as text, as in policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Owner => "owner",
            Self::Security => "security",
        }
    }
}

/// Under which circumstances something would be done.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// How sure the case is.
    pub confidence: Confidence,
    /// The tier of the whole answer.
    pub tier: Tier,
    /// Whose yes would be waited for; [`Consent::Automatic`] is what policies see as `automatic`.
    pub consent: Consent,
    /// What the house may do at all.
    pub mode: Mode,
    /// Whether an earlier answer to the case was seen not to hold.
    pub disproven: bool,
    /// The time, of which policies see the hour in UTC.
    pub now: Timestamp,
}

/// What the policies say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposition {
    /// Whether it is allowed: a policy permits, none forbids, and none failed.
    pub allowed: bool,
    /// The policies that determined it, sorted: those that permit when it is allowed, those that
    /// forbid when it is not; empty when nothing permits it or an error refused it.
    pub policies: Vec<String>,
    /// What went wrong while asking, one line each; anything here means refused.
    pub errors: Vec<String>,
}

impl Policies {
    /// Asks the policies. Default deny; **any** error refuses.
    ///
    /// Cedar leaves a policy out that fails while it is evaluated (an overflow, for example) and
    /// answers with the rest. Left to itself, a `forbid` that fails would so become a permission.
    #[must_use]
    pub fn dispose(&self, asked: &Asked<'_>) -> Disposition {
        let response = match self.request(asked) {
            Ok((request, entities)) => {
                Authorizer::new().is_authorized(&request, &self.set, &entities)
            }
            Err(error) => {
                let error = one_line(&format!("the question cannot be put to policies: {error}"));
                return Disposition { allowed: false, policies: Vec::new(), errors: vec![error] };
            }
        };
        let said = response.diagnostics();
        let mut errors: Vec<String> = said.errors().map(|it| one_line(&it.to_string())).collect();
        errors.sort();
        let mut policies: Vec<String> = said.reason().map(ToString::to_string).collect();
        policies.sort();
        if !errors.is_empty() {
            policies.clear();
        }
        let allowed = response.decision() == Decision::Allow && errors.is_empty();
        Disposition { allowed, policies, errors }
    }

    fn request(&self, asked: &Asked<'_>) -> Result<(Request, Entities), Box<dyn Error>> {
        let it = &asked.circumstances;
        let identity = asked.identity;
        let (principal, asker) = match asked.asker {
            Asker::House => {
                let uid = uid("House", "house")?;
                (uid.clone(), Entity::new_no_attrs(uid, HashSet::new()))
            }
            Asker::Person { name, role } => {
                let uid = uid("Person", name)?;
                let role = HashMap::from([("role".to_owned(), word("Role", role.as_str())?)]);
                (uid.clone(), Entity::new(uid, role, HashSet::new())?)
            }
        };
        let dependents = i64::try_from(asked.blast_radius.dependents().len())?;
        let (environment, known) = match identity.environment {
            Environment::Unknown => (Environment::Production, false),
            it @ (Environment::Production | Environment::Staging | Environment::Development) => {
                (it, true)
            }
        };
        let provenance = match identity.provenance {
            Provenance::Declared => "declared",
            Provenance::Derived => "derived",
        };
        let mut attributes = HashMap::from([
            ("kind".to_owned(), word("Kind", identity.kind.as_str())?),
            ("environment".to_owned(), word("Environment", environment.as_str())?),
            ("environment_known".to_owned(), RestrictedExpression::new_bool(known)),
            ("protected".to_owned(), RestrictedExpression::new_bool(identity.protected)),
            ("blast_radius".to_owned(), word("BlastRadius", asked.blast_radius.as_str())?),
            ("dependents".to_owned(), RestrictedExpression::new_long(dependents)),
            ("provenance".to_owned(), word("Provenance", provenance)?),
        ]);
        if let Some(owner) = identity.owner.owner().filter(|_| asked.owner_known) {
            let owner = RestrictedExpression::new_string(owner.to_string());
            attributes.insert("owner".to_owned(), owner);
        }
        if let Some(level) = asked.criticality {
            attributes.insert("criticality".to_owned(), word("Criticality", level.as_str())?);
        }
        let resource = uid("Identity", identity.id.as_str())?;
        let hit = Entity::new(resource.clone(), attributes, HashSet::new())?;
        let hour = it.now.to_zoned(jiff::tz::TimeZone::UTC).hour();
        let context = Context::from_pairs([
            ("confidence".to_owned(), RestrictedExpression::new_long(percent(it.confidence))),
            ("tier".to_owned(), word("Tier", it.tier.as_str())?),
            ("consent".to_owned(), word("Consent", &it.consent.to_string())?),
            ("mode".to_owned(), word("Mode", &it.mode.to_string())?),
            (
                "automatic".to_owned(),
                RestrictedExpression::new_bool(it.consent == Consent::Automatic),
            ),
            ("disproven".to_owned(), RestrictedExpression::new_bool(it.disproven)),
            ("hour".to_owned(), RestrictedExpression::new_long(i64::from(hour))),
        ])?;
        let action = uid("Action", asked.action.as_str())?;
        let request = Request::new(principal, action, resource, context, Some(&self.schema))?;
        let entities = Entities::from_entities([asker, hit], Some(&self.schema))?;
        Ok((request, entities))
    }
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, Box<dyn Error>> {
    let kind: EntityTypeName = format!("Interlock::{kind}").parse()?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn word(kind: &str, word: &str) -> Result<RestrictedExpression, Box<dyn Error>> {
    Ok(RestrictedExpression::new_entity_uid(uid(kind, word)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::{EnvironmentBasis, IdentityKind, Ownership};

    /// What Cedar says by itself, and what the house makes of it.
    #[track_caller]
    fn check(policies: &str, cedar: Decision, allowed: bool, by: &[&str], errors: usize) {
        let (policies, problems) = Policies::load(&[("a.cedar".into(), policies.to_owned())]);
        assert_eq!(problems, []);
        let policies = policies.unwrap();
        let identity = Identity {
            id: "idn_ci".parse().unwrap(),
            kind: IdentityKind::Pipeline,
            name: "ci".to_owned(),
            environment: Environment::Unknown,
            environment_basis: EnvironmentBasis::None,
            owner: Ownership::Declared { owner: "own_platform".parse().unwrap() },
            principals: Vec::new(),
            credentials: Vec::new(),
            entitlements: Vec::new(),
            dependents: Vec::new(),
            lineage: Vec::new(),
            protected: false,
            provenance: Provenance::Derived,
            departed: None,
            canary: false,
        };
        let asked = Asked {
            asker: Asker::Person { name: "a \"quoted\" name", role: Role::Owner },
            action: ActionKind::DisableCredential,
            identity: &identity,
            owner_known: false,
            criticality: Some(Criticality::High),
            blast_radius: &BlastRadius::Unknown,
            circumstances: Circumstances {
                confidence: Confidence::new(0.9),
                tier: Tier::Disable,
                consent: Consent::Automatic,
                mode: Mode::Enforce,
                disproven: true,
                now: "2026-01-01T23:30:00Z".parse().unwrap(),
            },
        };
        let (request, entities) = policies.request(&asked).unwrap();
        let answer = Authorizer::new().is_authorized(&request, &policies.set, &entities);
        assert_eq!(answer.decision(), cedar);
        let said = policies.dispose(&asked);
        assert_eq!((said.allowed, said.errors.len()), (allowed, errors), "{said:?}");
        assert_eq!(said.policies, by);
    }

    const YES: &str = "@id(\"yes\") permit(principal, action, resource);";
    const FAILS: &str = "context.confidence * 9223372036854775807 > 0";

    #[test]
    fn a_failing_forbid_is_a_refusal_although_cedar_allows() {
        let no = format!("{YES} forbid(principal, action, resource) when {{ {FAILS} }};");
        check(&no, Decision::Allow, false, &[], 1);
    }

    #[test]
    fn a_failing_permit_is_a_refusal_although_another_permits() {
        let also = format!("{YES} permit(principal, action, resource) when {{ {FAILS} }};");
        check(&also, Decision::Allow, false, &[], 1);
    }

    #[test]
    fn default_is_deny_and_forbid_wins() {
        check(YES, Decision::Allow, true, &["yes"], 0);
        check("", Decision::Deny, false, &[], 0);
        let no = format!("{YES} @id(\"no\") forbid(principal, action, resource);");
        check(&no, Decision::Deny, false, &["no"], 0);
    }

    #[test]
    fn policies_see_what_the_schema_says() {
        check(
            "@id(\"all\") permit(
                principal is Interlock::Person,
                action in Interlock::Action::\"restrict\",
                resource == Interlock::Identity::\"idn_ci\"
            ) when {
                principal.role == Interlock::Role::\"owner\" &&
                resource.kind == Interlock::Kind::\"pipeline\" &&
                resource.environment == Interlock::Environment::\"production\" &&
                !resource.environment_known && !(resource has owner) && !resource.protected &&
                resource.blast_radius == Interlock::BlastRadius::\"unknown\" &&
                resource.dependents == 0 &&
                resource has criticality &&
                resource.criticality == Interlock::Criticality::\"high\" &&
                resource.provenance == Interlock::Provenance::\"derived\" &&
                context.confidence == 90 && context.tier == Interlock::Tier::\"disable\" &&
                context.consent == Interlock::Consent::\"automatic\" && context.automatic &&
                context.mode == Interlock::Mode::\"enforce\" && context.disproven &&
                context.hour == 23
            };",
            Decision::Allow,
            true,
            &["all"],
            0,
        );
    }

    #[test]
    fn every_verb_stands_in_the_group_of_its_tier() {
        let (policies, _) = Policies::load(&[]);
        let schema = policies.unwrap().schema;
        for verb in ActionKind::ALL {
            let verb_id = uid("Action", verb.as_str()).unwrap();
            let entities = schema.action_entities().unwrap();
            let groups: Vec<String> = entities
                .ancestors(&verb_id)
                .unwrap()
                .map(|it| it.id().unescaped().to_owned())
                .collect();
            let mut expect = vec![crate::tier_of(verb).as_str().to_owned()];
            expect.retain(|_| verb != ActionKind::Restore);
            assert_eq!(groups, expect, "{verb}");
        }
    }
}
