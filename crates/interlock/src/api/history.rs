//! What an identity was: owner, environment and names, and since when.

use super::identity::provenance;
use super::reading::{ReadError, Reading};
use super::types::moment;
use crate::serve::Desk;
use crate::serve::extract::{Query, Text};
use crate::serve::problem::{Problem, Unauthorised};
use axum::Json;
use axum::extract::State;
use interlock_model::{IdentityFacts, IdentityId, Ownership, Timestamp};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::{IntoParams, ToSchema};

/// What an identity was.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PastView {
    /// From when on.
    pub since: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where it acted.
    pub environment: String,
    /// The team that answered for it.
    pub owner: Option<String>,
    /// `declared`, `inferred` or `unowned`.
    pub ownership: String,
    /// What providers called it.
    pub principals: Vec<String>,
    /// Never contained without a person.
    pub protected: bool,
    /// `declared` or `derived`.
    pub provenance: String,
    /// Since when the person or the purpose behind it was gone.
    pub departed: Option<String>,
}

impl PastView {
    fn of(since: Timestamp, it: IdentityFacts) -> Self {
        let ownership = match it.owner {
            Ownership::Declared { .. } => "declared",
            Ownership::Inferred { .. } => "inferred",
            Ownership::Unowned => "unowned",
        };
        Self {
            since: moment(since),
            kind: it.kind.to_string(),
            name: it.name,
            environment: it.environment.to_string(),
            owner: it.owner.owner().map(ToString::to_string),
            ownership: ownership.to_owned(),
            principals: it.principals.iter().map(ToString::to_string).collect(),
            protected: it.protected,
            provenance: provenance(it.provenance).to_owned(),
            departed: it.departed.map(moment),
        }
    }
}

/// Of which time: a moment, a day or a month, in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct When {
    text: String,
    from: Timestamp,
    /// The first moment after it; of a moment the moment itself.
    until: Timestamp,
}

/// The text is no time.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no time: write a moment such as `2026-03-15T08:00:00Z`, a day such as `2026-03-15`, or a month such as `2026-03`"
)]
pub struct NoTime(String);

impl FromStr for When {
    type Err = NoTime;

    fn from_str(text: &str) -> Result<Self, NoTime> {
        let begins = |day: Date| day.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp());
        let span = || {
            if let Ok(moment) = text.parse::<Timestamp>() {
                return Some((moment, moment));
            }
            let (first, long) = match text.parse::<Date>() {
                Ok(day) => (day, 1.day()),
                Err(_) => (format!("{text}-01").parse::<Date>().ok()?, 1.month()),
            };
            Some((begins(first)?, begins(first.checked_add(long).ok()?)?))
        };
        let (from, until) = span().ok_or_else(|| NoTime(text.escape_debug().to_string()))?;
        Ok(Self { text: text.to_owned(), from, until })
    }
}

impl TryFrom<String> for When {
    type Error = NoTime;

    fn try_from(text: String) -> Result<Self, NoTime> {
        text.parse()
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl When {
    /// What held then, of what came one after the other.
    fn of<T>(&self, past: Vec<(Timestamp, T)>) -> Vec<(Timestamp, T)> {
        let ends: Vec<Option<Timestamp>> =
            past.iter().skip(1).map(|it| Some(it.0)).chain([None]).collect();
        let began = |since: Timestamp| since < self.until || since <= self.from;
        let held = past.into_iter().zip(ends);
        let held =
            held.filter(|((since, _), end)| began(*since) && end.is_none_or(|end| end > self.from));
        held.map(|it| it.0).collect()
    }
}

/// Of which time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// Only what held then: a moment, a day `2026-03-15` or a month `2026-03`, in UTC.
    #[param(value_type = Option<String>)]
    pub at: Option<When>,
}

impl Reading {
    /// What an identity was, oldest first; of that time alone where one is given.
    ///
    /// One that is in the directory no more is found by its id.
    pub async fn history(&self, text: &str, at: Option<&When>) -> Result<Vec<PastView>, ReadError> {
        // The id itself first: what it was may have gone over to another since.
        let own = text.parse::<IdentityId>();
        let mut past = match &own {
            Ok(id) => self.store().history(id).await?,
            Err(_) => Vec::new(),
        };
        if past.is_empty() {
            let id = self.identity_id(text).await?;
            past = self.store().history(&id).await?;
        }
        if let Some(at) = at {
            past = at.of(past);
        }
        Ok(past.into_iter().map(|(since, facts)| PastView::of(since, facts)).collect())
    }
}

/// Shows what an identity was: owner, environment and names, and since when.
#[utoipa::path(
    get, path = "/v1/identities/{identity}/history", tag = "identities",
    params(
        ("identity" = String, Path, description = "id, principal, name or access key id", example = "idn_ci-deploy"),
        HistoryQuery
    ),
    responses((status = 200, body = Vec<PastView>), (status = 404, body = Problem), Unauthorised)
)]
pub async fn show(
    State(desk): State<Desk>,
    Text(identity): Text,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<Vec<PastView>>, Problem> {
    Ok(Json(desk.reading.history(&identity, query.at.as_ref()).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_held_at_a_moment_a_day_a_month() {
        let past = || {
            [("2026-02-10T09:00:00Z", 1), ("2026-03-15T12:00:00Z", 2), ("2026-03-31T23:59:59Z", 3)]
                .map(|(since, it)| (since.parse::<Timestamp>().unwrap(), it))
                .to_vec()
        };
        for (at, expected) in [
            ("2026-01", &[][..]),
            ("2026-02-10T08:59:59Z", &[]),
            ("2026-02-10T09:00:00Z", &[1]),
            ("2026-02", &[1]),
            ("2026-03-14", &[1]),
            ("2026-03-15", &[1, 2]),
            ("2026-03-15T12:00:00Z", &[2]),
            ("2026-03-15T14:00:00+02:00", &[2]),
            ("2026-03", &[1, 2, 3]),
            ("2026-04", &[3]),
        ] {
            let when: When = at.parse().unwrap();
            let held: Vec<i32> = when.of(past()).into_iter().map(|it| it.1).collect();
            assert_eq!(held, expected, "{at}");
        }
        for no in ["", "march", "2026-13", "2026-02-30", "2026", "9999-12-31T99:00:00Z"] {
            assert!(no.parse::<When>().is_err(), "{no}");
        }
    }
}
