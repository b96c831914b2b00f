//! Where a command reads: from a running house, or from the store of the configuration.

use super::Client;
use crate::api::case::{CaseQuery, CaseSummary, CaseView};
use crate::api::containment::{ContainmentQuery, ContainmentView};
use crate::api::discovery::DiscoveryView;
use crate::api::drill::DrillView;
use crate::api::explain::ExplainView;
use crate::api::finding::{FindingQuery, FindingView};
use crate::api::history::{PastView, When};
use crate::api::identity::{GapView, IdentityView};
use crate::api::least_privilege::SuggestionView;
use crate::api::notice::{NoticeQuery, NoticeView};
use crate::api::readiness::{ReadinessQuery, ReadinessView};
use crate::api::reading::Reading;
use crate::api::rejected::{LimitQuery, RejectedView};
use crate::api::types::Page;
use crate::cli::{Common, ServerArgs};
use crate::config::{self};
use crate::exit::Failure;
use crate::house;

/// Where a command reads.
#[derive(Debug)]
pub enum Source {
    /// A running `serve`.
    Server(Client),
    /// The store of the configuration.
    Store(Reading),
}

impl Source {
    /// The server that was named, or the store of the configuration.
    ///
    /// # Errors
    /// Neither can be had.
    pub async fn open(common: &Common, args: &ServerArgs) -> Result<Self, Failure> {
        if let Some(address) = &args.server {
            return Ok(Self::Server(Client::new(address, args)?));
        }
        let (store, world) = house::look(config::to_read(common)?).await?;
        Ok(Self::Store(Reading::of_world(store, world)))
    }

    /// Identities by id.
    pub async fn identities(&self, limit: usize) -> Result<Page<IdentityView>, Failure> {
        match self {
            Self::Server(it) => {
                Ok(it.get(&["identities"], &[("limit", limit.to_string())]).await?)
            }
            Self::Store(it) => Ok(it.identities(None, limit).await?),
        }
    }

    /// One identity.
    pub async fn identity(&self, text: &str) -> Result<IdentityView, Failure> {
        match self {
            Self::Server(it) => Ok(it.get(&["identities", text], &[]).await?),
            Self::Store(it) => Ok(it.identity(text).await?),
        }
    }

    /// What people should mend.
    pub async fn gaps(
        &self,
        after: Option<String>,
        limit: usize,
    ) -> Result<Page<GapView>, Failure> {
        match self {
            Self::Server(it) => {
                let mut pairs = vec![("limit", limit.to_string())];
                pairs.extend(after.map(|it| ("after", it)));
                Ok(it.get(&["identities", "gaps"], &pairs).await?)
            }
            Self::Store(it) => Ok(it.gaps(after, limit).await?),
        }
    }

    /// What an identity was, at all times or at one.
    pub async fn history(&self, text: &str, at: Option<&When>) -> Result<Vec<PastView>, Failure> {
        match self {
            Self::Server(it) => {
                let pairs: Vec<_> = at.iter().map(|it| ("at", it.to_string())).collect();
                Ok(it.get(&["identities", text, "history"], &pairs).await?)
            }
            Self::Store(it) => Ok(it.history(text, at).await?),
        }
    }

    /// Smaller policies for an identity's principals.
    pub async fn least_privilege(
        &self,
        text: &str,
        days: Option<u16>,
    ) -> Result<Vec<SuggestionView>, Failure> {
        match self {
            Self::Server(it) => {
                let pairs: Vec<_> = days.iter().map(|it| ("days", it.to_string())).collect();
                Ok(it.get(&["identities", text, "least-privilege"], &pairs).await?)
            }
            Self::Store(it) => Ok(it.least_privilege(text, days).await?),
        }
    }

    /// How far connectors have looked.
    pub async fn discoveries(&self) -> Result<Vec<DiscoveryView>, Failure> {
        match self {
            Self::Server(it) => Ok(it.get(&["discoveries"], &[]).await?),
            Self::Store(it) => Ok(it.discoveries().await?),
        }
    }

    /// The drills and what came of them.
    pub async fn drills(&self) -> Result<Vec<DrillView>, Failure> {
        match self {
            Self::Server(it) => Ok(it.drills().await?),
            Self::Store(it) => Ok(it.drills().await?),
        }
    }

    /// How ready everything is, and a page of what is asked for.
    pub async fn readiness(&self, query: ReadinessQuery) -> Result<ReadinessView, Failure> {
        match self {
            Self::Server(it) => {
                let mut pairs = vec![("all", query.all.to_string())];
                pairs.extend(query.limit.map(|it| ("limit", it.to_string())));
                pairs.extend(query.after.map(|it| ("after", it)));
                Ok(it.get(&["readiness"], &pairs).await?)
            }
            Self::Store(it) => Ok(it.readiness(query).await?),
        }
    }

    /// Findings, newest first.
    pub async fn findings(&self, limit: usize) -> Result<Page<FindingView>, Failure> {
        match self {
            Self::Server(it) => Ok(it.get(&["findings"], &[("limit", limit.to_string())]).await?),
            Self::Store(it) => {
                let query = FindingQuery { limit: Some(limit), ..FindingQuery::default() };
                Ok(it.findings(query).await?)
            }
        }
    }

    /// One finding.
    pub async fn finding(&self, id: &str) -> Result<FindingView, Failure> {
        match self {
            Self::Server(it) => Ok(it.get(&["findings", id], &[]).await?),
            Self::Store(it) => Ok(it.finding(id).await?),
        }
    }

    /// Cases, last updated first.
    pub async fn cases(&self, limit: usize) -> Result<Page<CaseSummary>, Failure> {
        match self {
            Self::Server(it) => Ok(it.get(&["cases"], &[("limit", limit.to_string())]).await?),
            Self::Store(it) => {
                let query = CaseQuery { limit: Some(limit), ..CaseQuery::default() };
                Ok(it.cases(query).await?)
            }
        }
    }

    /// One case.
    pub async fn case(&self, id: &str) -> Result<CaseView, Failure> {
        match self {
            Self::Server(it) => Ok(it.get(&["cases", id], &[]).await?),
            Self::Store(it) => Ok(it.case(id).await?),
        }
    }

    /// Containments, last requested first; of the query the limit and what is in force.
    pub async fn containments(
        &self,
        query: ContainmentQuery,
    ) -> Result<Page<ContainmentView>, Failure> {
        match self {
            Self::Server(it) => {
                let mut pairs = Vec::new();
                pairs.extend(query.limit.map(|it| ("limit", it.to_string())));
                pairs.extend(query.in_force.map(|it| ("in_force", it.to_string())));
                Ok(it.get(&["containments"], &pairs).await?)
            }
            Self::Store(it) => Ok(it.containments(query).await?),
        }
    }

    /// One containment.
    pub async fn containment(&self, id: &str) -> Result<ContainmentView, Failure> {
        match self {
            Self::Server(it) => Ok(it.containment(id).await?),
            Self::Store(it) => Ok(it.containment(id).await?),
        }
    }

    /// Notices, newest first.
    pub async fn notices(&self, query: NoticeQuery) -> Result<Page<NoticeView>, Failure> {
        match self {
            Self::Server(it) => {
                let mut pairs = Vec::new();
                pairs.extend(query.limit.map(|it| ("limit", it.to_string())));
                pairs.extend(query.containment.map(|it| ("containment", it)));
                Ok(it.get(&["notices"], &pairs).await?)
            }
            Self::Store(it) => Ok(it.notices(query).await?),
        }
    }

    /// Refused records, newest first.
    pub async fn rejected(&self, limit: usize) -> Result<Page<RejectedView>, Failure> {
        match self {
            Self::Server(it) => Ok(it.get(&["rejected"], &[("limit", limit.to_string())]).await?),
            Self::Store(it) => Ok(it.rejected(LimitQuery { limit: Some(limit) }).await?),
        }
    }

    /// What was, or would be, decided, and why.
    pub async fn explain(&self, text: &str) -> Result<ExplainView, Failure> {
        match self {
            Self::Server(it) => Ok(it.get(&["explain", text], &[]).await?),
            Self::Store(it) => Ok(it.explain(text).await?),
        }
    }
}
