//! A picture of what grew: small lines over a logarithmic axis, in plain SVG.

use super::growth::Series;
use std::fmt::Write as _;

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 150.0;
const MARGIN: f64 = 44.0;

/// One panel for each series, beside each other.
pub fn picture(all: &[Series]) -> String {
    let width = all.len() as f64 * (WIDTH + MARGIN) + MARGIN;
    let height = HEIGHT + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n\
         <title>Processor time of one event against rules, identities and size</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for (number, series) in all.iter().enumerate() {
        panel(&mut out, series, MARGIN + number as f64 * (WIDTH + MARGIN));
    }
    out.push_str("</svg>\n");
    out
}

fn panel(out: &mut String, series: &Series, left: f64) {
    let (bottom, top) = (MARGIN + HEIGHT, MARGIN);
    let most = series.points.iter().map(|it| it.1).fold(0.1_f64, f64::max) * 1.2;
    let (first, last) = match (series.points.first(), series.points.last()) {
        (Some(first), Some(last)) => (first.0.ln(), last.0.ln()),
        _ => return,
    };
    let place = |(value, cost): (f64, f64)| {
        let across = if last > first { (value.ln() - first) / (last - first) } else { 0.5 };
        (left + 14.0 + across * (WIDTH - 28.0), bottom - cost / most * HEIGHT)
    };
    let _ = writeln!(
        out,
        "<path d=\"M{left:.0} {top:.0}V{bottom:.0}H{:.0}\" fill=\"none\" stroke=\"#888888\"/>\n\
         <text x=\"{left:.0}\" y=\"{:.0}\">\u{b5}s per event, by {}</text>",
        left + WIDTH,
        top - 14.0,
        series.what,
    );
    let line: Vec<String> = series
        .points
        .iter()
        .map(|it| {
            let (x, y) = place(*it);
            format!("{x:.1},{y:.1}")
        })
        .collect();
    let _ = writeln!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#1f6f8b\" stroke-width=\"2\"/>",
        line.join(" ")
    );
    for point in &series.points {
        let (x, y) = place(*point);
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#1f6f8b\"/>\n\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{:.2}</text>\n\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            y - 8.0,
            point.1,
            bottom + 16.0,
            point.0,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_drawn() {
        let points = vec![(1.0, 2.0), (10.0, 2.2)];
        let picture = picture(&[Series { what: "rules", points }]);
        assert_eq!(picture.matches("<circle").count(), 2);
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
    }
}
