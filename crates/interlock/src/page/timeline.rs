//! The timeline of a case as an inline picture.

use super::graph::escape;
use super::view::{CasePage, Mark, Row};
use std::fmt::Write as _;

/// The picture's width in its own units.
const WIDTH: f64 = 960.0;
/// Where the time begins, right of the rows' names.
const LEFT: f64 = 96.0;
/// Where it ends.
const RIGHT: f64 = 930.0;
/// One row's height.
const ROW: f64 = 44.0;
/// How near two marks of a row may stand before they are stacked.
const NEAR: f64 = 13.0;
/// How many marks are stacked before they are only counted.
const STACK: usize = 3;

/// Draws what happened when; empty when nothing has a moment.
pub fn draw(page: &CasePage) -> String {
    let (Some(first), Some(last)) = (page.marks.first(), page.marks.last()) else {
        return String::new();
    };
    let span = (last.at - first.at).max(1.0);
    let scale = |at: f64| {
        let share = ((at - first.at) / span).clamp(0.0, 1.0);
        LEFT + 12.0 + share * (RIGHT - LEFT - 40.0)
    };
    let rows: Vec<Row> = [Row::Seen, Row::Decided, Row::Done, Row::Left]
        .into_iter()
        .filter(|row| page.marks.iter().any(|it| it.row == *row))
        .collect();
    let height = 14.0 + ROW * count(rows.len()) + 30.0;
    let mut svg = format!(
        "<svg class=\"timeline\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"Timeline of the case\">"
    );
    for (index, row) in rows.iter().enumerate() {
        let y = 14.0 + ROW * count(index) + ROW / 2.0;
        let _ = write!(
            svg,
            "<text class=\"row\" x=\"0\" y=\"{:.1}\">{}</text><line class=\"rail\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
            y + 4.0,
            name(*row)
        );
        draw_row(&mut svg, page.marks.iter().filter(|it| it.row == *row), y, &scale);
    }
    let y = height - 8.0;
    let _ = write!(
        svg,
        "<text class=\"tick\" x=\"{LEFT}\" y=\"{y:.1}\">{}</text>",
        escape(&first.time)
    );
    if last.at > first.at {
        let _ = write!(
            svg,
            "<text class=\"tick end\" x=\"{RIGHT}\" y=\"{y:.1}\">{}</text>",
            escape(&last.time)
        );
    }
    svg.push_str("</svg>");
    svg
}

fn draw_row<'a>(
    svg: &mut String,
    marks: impl Iterator<Item = &'a Mark>,
    y: f64,
    scale: &impl Fn(f64) -> f64,
) {
    let mut near: Vec<&Mark> = Vec::new();
    let mut place = f64::MIN;
    for it in marks {
        if let Some(end) = it.end {
            span(svg, it, scale(it.at), scale(end), y);
            continue;
        }
        let x = scale(it.at);
        if x - place >= NEAR {
            flush(svg, &mut near, place, y);
            place = x;
        }
        near.push(it);
    }
    flush(svg, &mut near, place, y);
}

/// Draws marks of one place: some stacked, the rest counted.
fn flush(svg: &mut String, near: &mut Vec<&Mark>, place: f64, y: f64) {
    for (index, it) in near.iter().take(STACK).enumerate() {
        shape(svg, it, place, y - 11.0 * count(index));
    }
    if near.len() > STACK {
        let (x, y, many) = (place + 9.0, y + 4.0, near.len());
        let _ = write!(svg, "<text class=\"count\" x=\"{x:.1}\" y=\"{y:.1}\">×{many}</text>");
    }
    near.clear();
}

fn shape(svg: &mut String, it: &Mark, x: f64, y: f64) {
    let tone = it.tone.class();
    let title = format!("<title>{} — {}</title>", escape(&it.time), escape(&it.text));
    let _ = match it.row {
        Row::Seen | Row::Left => {
            write!(
                svg,
                "<circle class=\"mark {tone}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6\">{title}</circle>"
            )
        }
        Row::Decided => write!(
            svg,
            "<path class=\"mark {tone}\" d=\"M{x:.1} {:.1}l7 7l-7 7l-7 -7z\">{title}</path>",
            y - 7.0
        ),
        Row::Done => write!(
            svg,
            "<rect class=\"mark {tone}\" x=\"{:.1}\" y=\"{:.1}\" width=\"12\" height=\"12\" rx=\"2\">{title}</rect>",
            x - 6.0,
            y - 6.0
        ),
    };
}

fn span(svg: &mut String, it: &Mark, from: f64, to: f64, y: f64) {
    // What lasts longer than the picture goes on beyond its edge.
    let to = if to <= from + 8.0 { RIGHT } else { to };
    let _ = write!(
        svg,
        "<rect class=\"span {}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"8\" rx=\"4\"><title>{}</title></rect>",
        it.tone.class(),
        y - 4.0,
        (to - from).max(8.0),
        escape(&it.text)
    );
}

const fn name(row: Row) -> &'static str {
    match row {
        Row::Seen => "seen",
        Row::Decided => "decided",
        Row::Done => "done",
        Row::Left => "still alive",
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful of rows")]
const fn count(it: usize) -> f64 {
    it as f64
}
