//! The page: the list of cases, and one case with its timeline and graph. It only reads.
//!
//! [`render_list`] and [`render_case`] are plain functions from [`view`]s to HTML, for `serve`, the demo
//! and reports. Everything is escaped, nothing is loaded from elsewhere, nothing needs JavaScript.

pub mod build;
pub mod door;
mod graph;
mod timeline;
pub mod view;

use crate::plain;
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
    shown(&List { page, style })
}

/// One case as a whole HTML page.
///
/// # Errors
/// As [`render_list`].
pub fn render_case(page: &CasePage, style: Style) -> askama::Result<String> {
    let (timeline, graph) = (timeline::draw(page), graph::draw(page));
    shown(&OneCase { page, style, timeline, graph })
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
    shown(&Report { report, cases, style: Style::Inside })
}

/// The page, with what is unseen or turns text around spelled out.
fn shown(page: &impl Template) -> askama::Result<String> {
    page.render().map(|it| plain::lines(&it).into_owned())
}

/// The login form as a whole HTML page.
fn render_login(failed: Option<&str>) -> askama::Result<String> {
    shown(&Login { failed, style: Style::Linked })
}

#[cfg(test)]
mod tests {
    use super::view::{
        BlastCard, CaseRow, Chip, ContainmentCard, CredentialLine, DecisionCard, DependentLine,
        FindingCard, IdentityCard, LineageLine, Mark, ResidualLine, Row, Rung, StepLine, Tone,
        UndoCard,
    };
    use super::*;

    const HOSTILE: &str = "<script>alert('x')</script><img src=x onerror=alert(1)>\"&";

    /// A page on which every single text is hostile.
    fn hostile() -> CasePage {
        let text = || HOSTILE.to_owned();
        let pair = || (text(), text());
        let chip = || Chip { text: text(), tone: Tone::Bad };
        let step = || StepLine {
            summary: text(),
            action: text(),
            status: chip(),
            changes: vec![(text(), text(), text())],
            notes: vec![text()],
        };
        let mark =
            |row, end| Mark { at: 1.0, end, row, tone: Tone::Bad, text: text(), time: text() };
        CasePage {
            id: text(),
            subject: text(),
            headline: text(),
            chips: vec![chip()],
            ladder: vec![Rung { name: text(), means: HOSTILE, reached: true }],
            over: false,
            findings: vec![FindingCard {
                time: text(),
                title: text(),
                rule: text(),
                severity: text(),
                confidence: 1,
                techniques: vec![text()],
                facts: vec![pair()],
                more: vec![pair()],
                evidence: vec![text()],
            }],
            identity: Some(IdentityCard {
                name: text(),
                id: text(),
                kind: text(),
                owner: Some(text()),
                owner_how: text(),
                environment: text(),
                environment_how: text(),
                standing: text(),
                protected: true,
                provenance: text(),
                principals: vec![text()],
                credentials: vec![
                    CredentialLine {
                        name: text(),
                        kind: text(),
                        status: chip(),
                        note: text()
                    };
                    9
                ],
                foremost: 1,
                lineage: vec![LineageLine { says: text(), to: text() }],
            }),
            nobody: text(),
            decision: Some(DecisionCard {
                verdict: chip(),
                tier: text(),
                consent: text(),
                intents: vec![text()],
                reasons: vec![text()],
                basis: text(),
                time: text(),
            }),
            containments: vec![ContainmentCard {
                title: text(),
                status: chip(),
                note: text(),
                steps: vec![step()],
                answers: vec![text()],
                plan: text(),
                undo: UndoCard { text: text(), steps: vec![step()] },
            }],
            residual: vec![ResidualLine { what: text(), until: text() }],
            foreseen: false,
            blast: BlastCard {
                class: chip(),
                note: text(),
                impact: text(),
                dependents: vec![DependentLine { name: text(), basis: text(), production: true }],
            },
            marks: vec![
                mark(Row::Seen, None),
                mark(Row::Decided, None),
                mark(Row::Done, None),
                mark(Row::Left, Some(2.0)),
            ],
            reader: Some(text()),
            back: "/".to_owned(),
        }
    }

    #[test]
    fn nothing_that_was_logged_becomes_markup() {
        let case = hostile();
        let row = CaseRow {
            href: "/cases/cas_1".to_owned(),
            subject: case.subject.clone(),
            kind: case.subject.clone(),
            owner: Some(case.subject.clone()),
            environment: case.subject.clone(),
            severity: case.subject.clone(),
            verdict: case.subject.clone(),
            status: Chip { text: case.subject.clone(), tone: Tone::Bad },
            updated: case.subject.clone(),
            ..CaseRow::default()
        };
        let list = ListPage {
            cases: vec![row],
            mode: case.subject.clone(),
            reader: Some(case.subject.clone()),
            more: true,
        };
        let report = ReportPage {
            headline: case.subject.clone(),
            numbers: vec![("events", case.subject.clone())],
            cases: vec![(list.cases[0].clone(), case.clone())],
        };
        for page in [
            render_case(&case, Style::Linked).unwrap(),
            render_case(&case, Style::Inside).unwrap(),
            render_list(&list, Style::Linked).unwrap(),
            render_report(&report).unwrap(),
            render_login(Some(HOSTILE)).unwrap(),
        ] {
            assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
            assert!(!page.contains("onerror=alert(1)>"), "{page}");
            assert!(page.contains("script"), "it is shown as text");
        }
    }

    #[test]
    fn a_page_that_stands_alone_loads_nothing() {
        let page = render_case(&hostile(), Style::Inside).unwrap();
        for foreign in ["href=\"/style", "src=\"", "url(", "@import", "http://", "https://"] {
            assert!(!page.contains(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_case_without_anything_is_still_a_page() {
        let page = render_case(&CasePage::default(), Style::Linked).unwrap();
        assert!(page.contains("</html>") && !page.contains("<svg"), "{page}");
    }

    /// A name from a log that turns the reading direction around must not turn its surroundings.
    #[test]
    fn names_are_isolated_from_their_surroundings() {
        assert!(STYLE.contains("unicode-bidi: isolate"));
    }
}
