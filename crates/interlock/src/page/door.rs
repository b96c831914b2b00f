//! The page's paths: sign in with a token, look, sign out. Nothing here changes the house.
//!
//! The session is a cookie that scripts cannot read and that other sites' requests do not carry.
//! It opens only the page: the API wants the token itself.

use super::view::{CasePage, ListPage};
use super::{STYLE, Style, build, render_case, render_list, render_login};
use crate::api::case::CaseQuery;
use crate::api::reading::ReadError;
use crate::clock;
use crate::serve::Desk;
use crate::serve::auth::{COOKIE, Caller, Need, SESSION_SECONDS, address, refuse_unknown};
use crate::serve::extract::Text;
use crate::serve::problem::{Code, Problem};
use axum::extract::{Form, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, extract::FromRequest as _};
use serde::Deserialize;

/// How many cases the list shows.
const SHOWN: usize = 200;

/// The page's paths.
pub fn routes() -> Router<Desk> {
    Router::new()
        .route("/", get(list))
        .route("/cases/{id}", get(case))
        .route("/style.css", get(style))
        .route("/login", get(login_form).post(login))
        .route("/logout", post(logout))
}

#[derive(Deserialize)]
struct Login {
    token: String,
}

async fn style() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=300")];
    (headers, STYLE).into_response()
}

async fn list(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    let Some(reader) = reader(&desk, &headers) else { return to_login() };
    match list_page(&desk, &reader).await {
        Ok(page) => html(StatusCode::OK, render_list(&page, Style::Linked)),
        Err(problem) => problem.into_response(),
    }
}

async fn list_page(desk: &Desk, reader: &Caller) -> Result<ListPage, Problem> {
    let query = CaseQuery { limit: Some(SHOWN), ..CaseQuery::default() };
    let cases = desk.reading.cases(query).await?.items;
    let mode = desk.reading.look(|world| world.settings().mode.to_string()).await?;
    Ok(build::list(&cases, &mode, Some(&reader.name), cases.len() == SHOWN))
}

async fn case(State(desk): State<Desk>, Text(id): Text, headers: HeaderMap) -> Response {
    let Some(reader) = reader(&desk, &headers) else { return to_login() };
    match case_page(&desk, &id, &reader).await {
        Ok(page) => html(StatusCode::OK, render_case(&page, Style::Linked)),
        Err(problem) => problem.into_response(),
    }
}

async fn case_page(desk: &Desk, id: &str, reader: &Caller) -> Result<CasePage, Problem> {
    let case = desk.reading.case(id).await?;
    let identity = match &case.summary.identity {
        Some(it) => match desk.reading.identity(&it.id).await {
            Ok(identity) => Some(identity),
            Err(ReadError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    Ok(build::case(&case, identity.as_ref(), Some(&reader.name)))
}

/// Who looks.
fn reader(desk: &Desk, headers: &HeaderMap) -> Option<Caller> {
    let caller = desk.gate.session(headers, clock::now().as_second())?;
    caller.has(Need::Read.roles()).then_some(caller)
}

async fn login_form(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    if reader(&desk, &headers).is_some() {
        return Redirect::to("/").into_response();
    }
    html(StatusCode::OK, render_login(None))
}

async fn login(State(desk): State<Desk>, request: Request) -> Response {
    if !same_site(request.headers()) {
        return Problem::new(Code::Forbidden, "the form was sent from another site")
            .into_response();
    }
    let from = address(request.extensions());
    let Ok(Form(form)) = Form::<Login>::from_request(request, &desk).await else {
        return Problem::new(Code::Malformed, "the form cannot be read").into_response();
    };
    let Some(caller) = desk.gate.token(form.token.trim()) else {
        let problem = refuse_unknown(&desk, from, "/login").await;
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::UNAUTHORIZED);
        return html(status, render_login(Some(&problem.message)));
    };
    if !caller.has(Need::Read.roles()) {
        let text = format!("token `{}` may not look at the page", caller.name);
        return html(StatusCode::FORBIDDEN, render_login(Some(&text)));
    }
    let Some(session) = desk.gate.open_session(caller, clock::now().as_second()) else {
        return Problem::new(Code::Internal, "the system gives no randomness").into_response();
    };
    let cookie =
        format!("{COOKIE}={session}; HttpOnly; SameSite=Strict; Path=/; Max-Age={SESSION_SECONDS}");
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

async fn logout(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    if same_site(&headers) {
        desk.gate.close_session(&headers);
    }
    let cookie = format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    ([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response()
}

/// Whether a form came from this page and not from another site.
///
/// What the browser itself says of the request counts first; only old ones do not say it. `Origin` alone is not
/// enough to refuse by: it is `null` where a page asks for no referrer.
fn same_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(by_browser), ..) => by_browser == "same-origin" || by_browser == "none",
        (None, None, _) => true,
        (None, Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, it)| it.eq_ignore_ascii_case(host))
        }
        (None, Some(_), None) => false,
    }
}

fn to_login() -> Response {
    Redirect::to("/login").into_response()
}

fn html(status: StatusCode, page: askama::Result<String>) -> Response {
    match page {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            Problem::new(Code::Internal, "the page could not be made").into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_other_sites_are_refused() {
        for (headers, same) in [
            (&[][..], true),
            (&[("host", "127.0.0.1:7300"), ("origin", "http://127.0.0.1:7300")], true),
            (&[("host", "127.0.0.1:7300"), ("origin", "http://evil.example")], false),
            (&[("host", "127.0.0.1:7300"), ("origin", "null")], false),
            (&[("origin", "http://127.0.0.1:7300")], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-origin"), ("host", "a"), ("origin", "null")], true),
            (&[("sec-fetch-site", "cross-site"), ("host", "a"), ("origin", "http://a")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
        ] {
            let map = headers
                .iter()
                .map(|(name, value)| {
                    (header::HeaderName::from_static(name), value.parse().unwrap())
                })
                .collect();
            assert_eq!(same_site(&map), same, "{headers:?}");
        }
    }
}
