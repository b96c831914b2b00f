//! The graph of a case as an inline picture: where access comes from, what proves it, what breaks.

use super::view::{CasePage, Tone};
use std::fmt::Write as _;

/// The height of one box and the gap below it.
const BOX: f64 = 48.0;
/// With its gap.
const PITCH: f64 = 62.0;
/// Most boxes of one column; what is more is counted.
const MOST: usize = 6;
/// Width of the columns' boxes, and where they begin.
const COLUMNS: [(f64, f64); 4] = [(1.0, 210.0), (262.0, 196.0), (510.0, 200.0), (760.0, 198.0)];
/// Characters of a name that fit into a box.
const FIT: usize = 21;
/// How far right of the credentials their bracket stands.
const BRACKET: f64 = 12.0;

/// One box.
struct Node {
    title: String,
    label: String,
    tone: Tone,
    strong: bool,
}

/// Draws owner and lineage, identity, credentials, dependents; empty when nobody is known.
pub fn draw(page: &CasePage) -> String {
    let Some(identity) = &page.identity else { return String::new() };
    let node = |title: &str, label: &str, tone, strong| Node {
        title: title.to_owned(),
        label: label.to_owned(),
        tone,
        strong,
    };
    let owner = match &identity.owner {
        Some(owner) => node(owner, "owner", Tone::Plain, false),
        None => node("Unowned", "nobody answers for it", Tone::Bad, false),
    };
    let mut origins = vec![owner];
    origins.extend(identity.lineage.iter().map(|it| node(&it.to, &it.says, Tone::Plain, false)));
    let about = vec![node(&identity.name, &identity.kind, Tone::Bad, true)];
    let credentials: Vec<Node> = identity
        .credentials
        .iter()
        .map(|it| {
            node(&it.name, &format!("{}, {}", it.kind, it.status.text), it.status.tone, false)
        })
        .collect();
    let dependents: Vec<Node> = page
        .blast
        .dependents
        .iter()
        .map(|it| {
            let tone = if it.production { Tone::Bad } else { Tone::Careful };
            node(
                &it.name,
                if it.production { "production" } else { "outside production" },
                tone,
                false,
            )
        })
        .collect();
    let columns = [bounded(origins), about, bounded(credentials), bounded(dependents)];
    let tallest = columns.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let height = 28.0 + PITCH * count(tallest);
    let mut svg = format!(
        "<svg class=\"graph\" viewBox=\"0 0 960 {height}\" role=\"img\" aria-label=\"Where the access comes from, what proves it, and what breaks\">"
    );
    let names = ["answers for it, made it", "identity", "credentials", "breaks if it stops"];
    for ((x, _), name) in COLUMNS.iter().zip(names) {
        let _ = write!(svg, "<text class=\"column\" x=\"{x}\" y=\"12\">{name}</text>");
    }
    let top = |column: &[Node], index: usize| {
        24.0 + (count(tallest) - count(column.len())) * PITCH / 2.0 + PITCH * count(index)
    };
    let [origins, about, credentials, dependents] = &columns;
    let [(ox, ow), (ix, iw), (cx, cw), (dx, _)] = COLUMNS;
    let middle = top(about, 0) + BOX / 2.0;
    for index in 0..origins.len() {
        edge(&mut svg, ox + ow, top(origins, index) + BOX / 2.0, ix, middle);
    }
    for index in 0..credentials.len() {
        edge(&mut svg, ix + iw, middle, cx, top(credentials, index) + BOX / 2.0);
    }
    let hub = match (credentials.len(), dependents.len()) {
        (0, _) | (_, 0) => (ix + iw, middle),
        (count, _) => {
            // A bracket: what depends on the identity depends on any of its credentials.
            let x = cx + cw + BRACKET;
            let at = |index| top(credentials, index) + BOX / 2.0;
            for index in 0..count {
                edge(&mut svg, cx + cw, at(index), x, at(index));
            }
            edge(&mut svg, x, at(0), x, at(count - 1));
            (x, middle)
        }
    };
    for index in 0..dependents.len() {
        edge(&mut svg, hub.0, hub.1, dx, top(dependents, index) + BOX / 2.0);
    }
    for (column, (x, width)) in columns.iter().zip(COLUMNS) {
        for (index, it) in column.iter().enumerate() {
            draw_box(&mut svg, it, x, top(column, index), width);
        }
    }
    svg.push_str("</svg>");
    svg
}

/// At most so many boxes; the last one counts the rest.
fn bounded(mut column: Vec<Node>) -> Vec<Node> {
    if column.len() > MOST {
        let rest = column.len() - (MOST - 1);
        column.truncate(MOST - 1);
        let title = format!("{rest} more");
        column.push(Node {
            title,
            label: "not drawn".to_owned(),
            tone: Tone::Plain,
            strong: false,
        });
    }
    column
}

fn edge(svg: &mut String, x1: f64, y1: f64, x2: f64, y2: f64) {
    let bend = f64::midpoint(x1, x2);
    let _ = write!(
        svg,
        "<path class=\"edge\" d=\"M{x1:.1} {y1:.1}C{bend:.1} {y1:.1} {bend:.1} {y2:.1} {x2:.1} {y2:.1}\"/>"
    );
}

fn draw_box(svg: &mut String, it: &Node, x: f64, y: f64, width: f64) {
    let strong = if it.strong { " strong" } else { "" };
    let _ = write!(
        svg,
        "<g class=\"node {}{strong}\"><title>{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BOX}\" rx=\"6\"/><text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text><text class=\"label\" x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
        it.tone.class(),
        escape(&it.title),
        x + 12.0,
        y + 21.0,
        escape(&fitted(&it.title)),
        x + 12.0,
        y + 37.0,
        escape(&fitted(&it.label)),
    );
}

/// The text as far as it fits. Of a path the end tells more, of words the beginning.
fn fitted(text: &str) -> String {
    let length = text.chars().count();
    if length <= FIT {
        return text.to_owned();
    }
    if text.contains(' ') {
        let start: String = text.chars().take(FIT - 1).collect();
        return format!("{}…", start.trim_end());
    }
    let end: String = text.chars().skip(length - (FIT - 1)).collect();
    format!("…{end}")
}

/// Text that stands in markup as what it is.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            it if it.is_control() => out.push(' '),
            it => out.push(it),
        }
    }
    out
}

#[expect(clippy::cast_precision_loss, reason = "a handful of boxes")]
const fn count(it: usize) -> f64 {
    it as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_what_tells_most() {
        assert_eq!(fitted("ci-deploy"), "ci-deploy");
        let long = "github:repo:acme/shop:ref:refs/heads/main";
        assert_eq!(fitted(long), "…:ref:refs/heads/main");
        assert_eq!(fitted("a rather long name in words"), "a rather long name i…");
    }

    #[test]
    fn nothing_in_a_name_becomes_markup() {
        assert_eq!(escape("<a href='x\">&\u{0}\n"), "&lt;a href=&#39;x&quot;&gt;&amp;  ");
    }
}
