//! IAM Roles Anywhere, as far as it is called.

use super::wire::{Route, from_json};
use super::{Answered, Call, Service, Unread};
use crate::anywhere::{Anywhere, AnywhereProfile, TrustAnchor};
use crate::client::{Acknowledged, admit};
use crate::live::{Live, Pages};
use crate::operation as op;
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use serde::Deserialize;

/// One page of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where to go on.
    pub next: Option<String>,
}

/// A call that says all it has to say by its place.
macro_rules! placed {
    ($call:ident, $operation:ident, $method:literal, $route:expr) => {
        impl Call for $call<'_> {
            const SERVICE: Service = Service::RolesAnywhere;
            const OPERATION: Operation = op::$operation;

            fn body(&self) -> Result<Vec<u8>, Unread> {
                Ok(Vec::new())
            }

            fn route(&self) -> Route {
                let route: fn(&Self, Route) -> Route = $route;
                route(self, Route::of($method))
            }
        }
    };
}

/// The profiles of a region, from a place in the list.
#[derive(Debug)]
pub(crate) struct ListProfiles<'a>(pub Option<&'a str>);
/// The trust anchors of a region, from a place in the list.
#[derive(Debug)]
pub(crate) struct ListTrustAnchors<'a>(pub Option<&'a str>);
/// The profile of this id.
#[derive(Debug)]
pub(crate) struct GetProfile<'a>(pub &'a str);
/// The trust anchor of this id.
#[derive(Debug)]
pub(crate) struct GetTrustAnchor<'a>(pub &'a str);
/// Gives sessions through a profile again.
#[derive(Debug)]
pub(crate) struct EnableProfile<'a>(pub &'a str);
/// Gives no more sessions through a profile.
#[derive(Debug)]
pub(crate) struct DisableProfile<'a>(pub &'a str);
/// Takes the certificates of a trust anchor again.
#[derive(Debug)]
pub(crate) struct EnableTrustAnchor<'a>(pub &'a str);
/// Takes no certificate of a trust anchor any more.
#[derive(Debug)]
pub(crate) struct DisableTrustAnchor<'a>(pub &'a str);

placed!(ListProfiles, LIST_ANYWHERE_PROFILES, "GET", |it, to| {
    to.part("profiles").maybe("nextToken", it.0)
});
placed!(ListTrustAnchors, LIST_TRUST_ANCHORS, "GET", |it, to| {
    to.part("trustanchors").maybe("nextToken", it.0)
});
placed!(GetProfile, GET_ANYWHERE_PROFILE, "GET", |it, to| to.part("profile").part(it.0));
placed!(GetTrustAnchor, GET_TRUST_ANCHOR, "GET", |it, to| to.part("trustanchor").part(it.0));
placed!(EnableProfile, ENABLE_ANYWHERE_PROFILE, "POST", |it, to| {
    to.part("profile").part(it.0).part("enable")
});
placed!(DisableProfile, DISABLE_ANYWHERE_PROFILE, "POST", |it, to| {
    to.part("profile").part(it.0).part("disable")
});
placed!(EnableTrustAnchor, ENABLE_TRUST_ANCHOR, "POST", |it, to| {
    to.part("trustanchor").part(it.0).part("enable")
});
placed!(DisableTrustAnchor, DISABLE_TRUST_ANCHOR, "POST", |it, to| {
    to.part("trustanchor").part(it.0).part("disable")
});

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProfileDetail {
    profile_id: String,
    name: Option<String>,
    enabled: Option<bool>,
    #[serde(default)]
    role_arns: Vec<String>,
}

impl From<ProfileDetail> for AnywhereProfile {
    fn from(it: ProfileDetail) -> Self {
        Self {
            id: it.profile_id,
            name: it.name.unwrap_or_default(),
            // Where AWS does not say, it is taken for open.
            enabled: it.enabled.unwrap_or(true),
            roles: it.role_arns.into_iter().collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TrustAnchorDetail {
    trust_anchor_id: String,
    trust_anchor_arn: Option<String>,
    name: Option<String>,
    enabled: Option<bool>,
}

impl From<TrustAnchorDetail> for TrustAnchor {
    fn from(it: TrustAnchorDetail) -> Self {
        Self {
            id: it.trust_anchor_id,
            arn: it.trust_anchor_arn.unwrap_or_default(),
            name: it.name.unwrap_or_default(),
            enabled: it.enabled.unwrap_or(true),
        }
    }
}

impl Answered for ListProfiles<'_> {
    type Answer = Page<AnywhereProfile>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            #[serde(default)]
            profiles: Vec<ProfileDetail>,
            next_token: Option<String>,
        }
        let answer: Answer = from_json(body)?;
        let items = answer.profiles.into_iter().map(Into::into).collect();
        Ok(Page { items, next: answer.next_token })
    }
}

impl Answered for ListTrustAnchors<'_> {
    type Answer = Page<TrustAnchor>;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            #[serde(default)]
            trust_anchors: Vec<TrustAnchorDetail>,
            next_token: Option<String>,
        }
        let answer: Answer = from_json(body)?;
        let items = answer.trust_anchors.into_iter().map(Into::into).collect();
        Ok(Page { items, next: answer.next_token })
    }
}

impl Answered for GetProfile<'_> {
    type Answer = AnywhereProfile;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        struct Answer {
            profile: ProfileDetail,
        }
        from_json(body).map(|it: Answer| it.profile.into())
    }
}

impl Answered for GetTrustAnchor<'_> {
    type Answer = TrustAnchor;

    fn read(body: &[u8]) -> Result<Self::Answer, Unread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            trust_anchor: TrustAnchorDetail,
        }
        from_json(body).map(|it: Answer| it.trust_anchor.into())
    }
}

fn profile(id: &str) -> String {
    format!("profile `{id}` of Roles Anywhere")
}

fn anchor(id: &str) -> String {
    format!("trust anchor `{id}`")
}

#[async_trait::async_trait]
impl Anywhere for Live {
    async fn anywhere_profiles(&self, pass: ReadPass) -> Result<Vec<AnywhereProfile>, CallError> {
        admit(pass.operation(), op::LIST_ANYWHERE_PROFILES)?;
        let (what, mut pages, mut all) = ("the region's profiles", Pages::new(), Vec::new());
        loop {
            let page = self.read(what, ListProfiles(pages.marker())).await?;
            all.extend(page.items);
            if !pages.go_on::<ListProfiles<'_>>(what, page.next)? {
                return Ok(all);
            }
        }
    }

    async fn anywhere_profile(
        &self,
        pass: ReadPass,
        id: &str,
    ) -> Result<AnywhereProfile, CallError> {
        admit(pass.operation(), op::GET_ANYWHERE_PROFILE)?;
        self.read(&profile(id), GetProfile(id)).await
    }

    async fn trust_anchors(&self, pass: ReadPass) -> Result<Vec<TrustAnchor>, CallError> {
        admit(pass.operation(), op::LIST_TRUST_ANCHORS)?;
        let (what, mut pages, mut all) = ("the region's trust anchors", Pages::new(), Vec::new());
        loop {
            let page = self.read(what, ListTrustAnchors(pages.marker())).await?;
            all.extend(page.items);
            if !pages.go_on::<ListTrustAnchors<'_>>(what, page.next)? {
                return Ok(all);
            }
        }
    }

    async fn trust_anchor(&self, pass: ReadPass, id: &str) -> Result<TrustAnchor, CallError> {
        admit(pass.operation(), op::GET_TRUST_ANCHOR)?;
        self.read(&anchor(id), GetTrustAnchor(id)).await
    }

    async fn set_anywhere(&self, pass: WritePass, id: &str) -> Result<Acknowledged, CallError> {
        let pass = pass.operation();
        match pass {
            op::ENABLE_ANYWHERE_PROFILE => self.write(pass, &profile(id), EnableProfile(id)).await,
            op::DISABLE_ANYWHERE_PROFILE => {
                self.write(pass, &profile(id), DisableProfile(id)).await
            }
            op::ENABLE_TRUST_ANCHOR => self.write(pass, &anchor(id), EnableTrustAnchor(id)).await,
            // Any other pass does not open this.
            _ => self.write(pass, &anchor(id), DisableTrustAnchor(id)).await,
        }
    }
}
