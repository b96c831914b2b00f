//! Readiness: what can be revoked, through which path, proven when, and what would stay alive.

use super::reading::{ReadError, Reading, limit};
use super::types::moment;
use crate::clock;
use crate::serve::Desk;
use crate::serve::extract::Query;
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use interlock_engine::{Needed, Readiness, Subject, Tried};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// How many identities are looked at between two turns.
const AT_A_TIME: usize = 2_000;

/// How ready everything is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReadinessView {
    /// In all, by platform, by team and by environment.
    pub scores: Vec<ScoreView>,
    /// Principals and long-lived credentials in force, by identity.
    pub items: Vec<ReadinessItemView>,
    /// What to pass on as `after` to get the next items; absent when these are the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which items to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReadinessQuery {
    /// Also those that are revocable, and proven to be.
    #[serde(default)]
    pub all: bool,
    /// At most so many, 1 to 1000, but an identity's items stay together; 100 without it.
    pub limit: Option<usize>,
    /// Only those of identities after this one: `next` of the page before.
    pub after: Option<String>,
}

/// How many of a group are ready.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ScoreView {
    /// `all`, `platform`, `team` or `environment`.
    #[schema(example = "platform")]
    pub by: String,
    /// Which one.
    #[schema(example = "postgresql")]
    pub group: String,
    /// Principals and credentials.
    pub total: u64,
    /// Those that a connector saw at their provider.
    pub seen: u64,
    /// Those that somebody answers for.
    pub owned: u64,
    /// Those that can be cut off today: a connector reaches them, may write, and lacks no permission.
    pub revocable: u64,
    /// Those whose way was proven lately, by a drill or by a containment whose effect was seen.
    pub proven: u64,
    /// The longest that any access would live after containment, in seconds; absent when it has no end.
    pub window_seconds: Option<u64>,
}

/// What one principal or credential is ready for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReadinessItemView {
    /// Whose.
    #[schema(example = "idn_ci-deploy")]
    pub identity: String,
    /// The identity's name.
    pub name: String,
    /// The principal or credential.
    #[schema(example = "postgresql:shop")]
    pub what: String,
    /// `principal` or `credential`.
    pub kind: String,
    /// The team that answers for it.
    pub owner: Option<String>,
    /// Where it acts.
    pub environment: String,
    /// Whether a connector saw it.
    pub seen: bool,
    /// Whether it can be cut off today.
    pub revocable: bool,
    /// The connector of the best way.
    pub connector: Option<String>,
    /// The action of the best way.
    pub action: Option<String>,
    /// What keeps it from being used.
    pub hindrances: Vec<String>,
    /// What the connector needs for it at the provider.
    #[serde(default)]
    pub permissions: Vec<NeededView>,
    /// When the way was last proven; absent when never, or too long ago.
    pub proven: Option<String>,
    /// How long the provider may take until it is done, in seconds.
    pub settle_seconds: Option<u64>,
    /// What stays alive afterwards, in words; empty when nothing does.
    pub leaves: Option<String>,
    /// The longest that access would live afterwards, in seconds; absent when it has no end.
    pub window_seconds: Option<u64>,
}

/// One permission of a connector that a way needs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NeededView {
    /// The provider's name of it.
    #[schema(example = "iam:UpdateAccessKey")]
    pub permission: String,
    /// What came of trying it after the connector's last whole look: `given`, `missing`, `not known`
    /// where the provider does not say, or `not tried`.
    pub tried: String,
}

impl From<&Needed> for NeededView {
    fn from(it: &Needed) -> Self {
        let tried = match it.tried {
            Tried::Given => "given",
            Tried::Missing => "missing",
            Tried::NotKnown => "not known",
            Tried::Never => "not tried",
        };
        Self { permission: it.permission.to_owned(), tried: tried.to_owned() }
    }
}

impl From<&Readiness> for ReadinessItemView {
    fn from(it: &Readiness) -> Self {
        let (kind, what) = match &it.what {
            Subject::Principal(it) => ("principal", it.to_string()),
            Subject::Credential(it) => ("credential", it.to_string()),
        };
        let way = it.way.as_ref();
        Self {
            identity: it.identity.to_string(),
            name: it.name.clone(),
            what,
            kind: kind.to_owned(),
            owner: it.owner.as_ref().map(ToString::to_string),
            environment: it.environment.to_string(),
            seen: it.seen,
            revocable: it.revocable(),
            connector: way.map(|it| it.connector.to_string()),
            action: way.map(|it| it.action.to_owned()),
            hindrances: way.map_or_else(
                || vec!["no connector reaches it".to_owned()],
                |it| it.hindrances.clone(),
            ),
            permissions: way
                .map_or_else(Vec::new, |it| it.permissions.iter().map(NeededView::from).collect()),
            proven: way.and_then(|it| it.proven).map(moment),
            settle_seconds: way.map(|it| it.settle.as_secs()),
            leaves: way.map(|it| it.leaves.to_owned()),
            window_seconds: way.and_then(|it| it.window).map(|it| it.as_secs()),
        }
    }
}

/// The scores, as items are added.
#[derive(Debug, Default)]
struct Scores(BTreeMap<(u8, &'static str, String), ScoreView>);

impl Scores {
    fn add(&mut self, item: &ReadinessItemView, provider: &str) {
        let team = item.owner.as_deref().unwrap_or("nobody");
        for (rank, by, group) in [
            (0, "all", "everything"),
            (1, "platform", provider),
            (2, "team", team),
            (3, "environment", item.environment.as_str()),
        ] {
            let fresh = || ScoreView {
                by: by.to_owned(),
                group: group.to_owned(),
                window_seconds: Some(0),
                ..ScoreView::default()
            };
            let score = self.0.entry((rank, by, group.to_owned())).or_insert_with(fresh);
            score.total += 1;
            score.seen += u64::from(item.seen);
            score.owned += u64::from(item.owner.is_some());
            score.revocable += u64::from(item.revocable);
            score.proven += u64::from(item.revocable && item.proven.is_some());
            let window = item.window_seconds.filter(|_| item.revocable);
            score.window_seconds = score.window_seconds.zip(window).map(|(a, b)| a.max(b));
        }
    }
}

impl Reading {
    /// How ready everything is: all scores, and a page of the items, by identity.
    ///
    /// The world is looked at a part at a time: other turns go on between two of them.
    pub async fn readiness(&self, query: ReadinessQuery) -> Result<ReadinessView, ReadError> {
        let now = clock::now();
        let limit = limit(query.limit);
        let (mut scores, mut items, mut next) = (Scores::default(), Vec::new(), None);
        let mut from: Option<String> = None;
        loop {
            let after = from.clone();
            let looked =
                self.look(move |world| world.readiness(after.as_deref(), AT_A_TIME, now)).await?;
            let (part, more) = looked;
            for it in &part {
                let item = ReadinessItemView::from(it);
                scores.add(&item, it.provider());
                let wanted = query.all || !item.revocable || item.proven.is_none();
                let later = query.after.as_deref().is_none_or(|it| item.identity.as_str() > it);
                if !wanted || !later || next.is_some() {
                    continue;
                }
                // An identity's items stay together.
                let last: Option<&ReadinessItemView> = items.last();
                match last.filter(|it| items.len() >= limit && it.identity != item.identity) {
                    Some(last) => next = Some(last.identity.clone()),
                    None => items.push(item),
                }
            }
            match more {
                Some(more) => from = Some(more),
                None => break,
            }
        }
        Ok(ReadinessView { scores: scores.0.into_values().collect(), items, next })
    }
}

/// Shows what can be revoked, through which path, proven when, and what would stay alive.
#[utoipa::path(
    get, path = "/v1/readiness", tag = "identities", params(ReadinessQuery),
    responses((status = 200, body = ReadinessView), Unauthorised)
)]
pub async fn show(
    State(desk): State<Desk>,
    Query(query): Query<ReadinessQuery>,
) -> Result<Json<ReadinessView>, Problem> {
    Ok(Json(desk.reading.readiness(query).await?))
}
