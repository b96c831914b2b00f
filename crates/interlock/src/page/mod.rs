//! The page: the list of cases, and one case with its timeline and graph. It only reads.
//!
//! [`render_list`] and [`render_case`] are plain functions from [`view`]s to HTML, for `serve`, the demo
//! and reports. Everything is escaped, nothing is loaded from elsewhere, nothing needs JavaScript.

pub mod build;
pub mod door;
mod graph;
mod timeline;
pub mod view;

use askama::Template;
use view::{CasePage, CaseRow, ListPage, ReportPage};

/// The one stylesheet.
pub const STYLE: &str = include_str!("style.css");

/// Where a page finds its stylesheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// At `/style.css`, as `serve` answers it.
    Linked,
    /// Inside the page, for a file that stands alone.
    Inside,
}

#[derive(Template)]
#[template(path = "list.html")]
struct List<'a> {
    page: &'a ListPage,
    style: Style,
}

#[derive(Template)]
#[template(path = "case.html")]
struct OneCase<'a> {
    page: &'a CasePage,
    style: Style,
    timeline: String,
    graph: String,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Report<'a> {
    report: &'a ReportPage,
    cases: Vec<Told<'a>>,
    style: Style,
}

/// One case of a report with its pictures.
struct Told<'a> {
    row: &'a CaseRow,
    page: &'a CasePage,
    timeline: String,
    graph: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login<'a> {
    failed: Option<&'a str>,
    style: Style,
}

/// The list of cases as a whole HTML page.
///
/// # Errors
/// Never in practice: writing into memory does not fail.
pub fn render_list(page: &ListPage, style: Style) -> askama::Result<String> {
    List { page, style }.render()
}

/// One case as a whole HTML page.
///
/// # Errors
/// As [`render_list`].
pub fn render_case(page: &CasePage, style: Style) -> askama::Result<String> {
    let (timeline, graph) = (timeline::draw(page), graph::draw(page));
    OneCase { page, style, timeline, graph }.render()
}

/// Several cases as one HTML page that stands alone.
///
/// # Errors
/// As [`render_list`].
pub fn render_report(report: &ReportPage) -> askama::Result<String> {
    let cases = report
        .cases
        .iter()
        .map(|(row, page)| {
            let (timeline, graph) = (timeline::draw(page), graph::draw(page));
            Told { row, page, timeline, graph }
        })
        .collect();
    Report { report, cases, style: Style::Inside }.render()
}

/// The login form as a whole HTML page.
fn render_login(failed: Option<&str>) -> askama::Result<String> {
    Login { failed, style: Style::Linked }.render()
}
