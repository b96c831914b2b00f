//! What must hold for rows of csvlog.

use super::*;

/// A row of csvlog with this text as its message, and what becomes of it.
pub(super) fn row(line: u32, message: &str) -> (String, String) {
    let quoted = message.replace('"', "\"\"");
    let row = format!(
        "2026-01-05 09:00:00.{line:03} UTC,\"a\",\"d\",7,\"[local]\",1.7,{line},\"idle\",2026-01-05 08:00:00 UTC,\
         1/1,0,LOG,00000,\"{quoted}\",,,,,,,,,\"psql\",\"client backend\",,0\n"
    );
    let json = serde_json::json!(message);
    let record = format!(
        "ok {{\"timestamp\":\"2026-01-05 09:00:00.{line:03} UTC\",\"user\":\"a\",\"dbname\":\"d\",\"pid\":7,\
         \"remote_host\":\"[local]\",\"session_id\":\"1.7\",\"line_num\":{line},\"ps\":\"idle\",\
         \"session_start\":\"2026-01-05 08:00:00 UTC\",\"vxid\":\"1/1\",\"txid\":0,\"error_severity\":\"LOG\",\
         \"state_code\":\"00000\",\"message\":{json},\"application_name\":\"psql\",\
         \"backend_type\":\"client backend\",\"query_id\":0}}"
    );
    (row, record)
}

#[test]
fn rows_of_csvlog_are_records() {
    let (first, one) = row(1, "connection received");
    let forged = row(9, "forged").0;
    let (long, two) = row(2, &format!("statement: select '\n{forged}{{\"x\":1}}\n\"q\",', \\ \n"));
    let (last, three) = row(3, "disconnection");
    let all: [&str; 3] = [&one, &two, &three];
    check(format!("{first}{long}{last}"), &all);
    check(format!("{first}{long}{last}").replace("UTC,1/1", "UTC,1/1").trim_end(), &all);
    check(gzip(format!("{first}{long}{last}").as_bytes()), &all);
    check(first.replace('\n', "\r\n"), &[&one]);
    check(format!("{{\"b\":2}}\n{first}{{\"b\":2}}\n"), &[r#"ok {"b":2}"#, &one, r#"ok {"b":2}"#]);
}

#[test]
fn broken_rows_cost_only_themselves() {
    let ((first, one), (last, three)) = (row(1, "first"), row(3, "last"));
    let broken = row(2, "second line\nof the text").0;
    for (broken, why) in [
        (broken.replace("\"psql\"", "\"psql\"x"), "csvlog: text behind a quoted column"),
        (broken.replace("\"psql\"", "ps\"ql"), "csvlog: a quote inside a column without quotes"),
        (
            format!("{}\n", broken.get(..80).unwrap()),
            "csvlog: fewer columns than PostgreSQL writes",
        ),
        (format!("{}\n", broken.get(..140).unwrap()), "csvlog: text behind a quoted column"),
        (broken.replace(",7,", ",seven,"), "csvlog: `pid` is not a number"),
        (
            "2026-01-05 09:00:00.001 UTC [7] LOG:  ready\n".to_owned(),
            "not a JSON object: it starts with a letter or digit",
        ),
    ] {
        let why = format!("no {why}");
        check(format!("{first}{broken}{last}{last}"), &[&one, &why, &three, &three]);
    }
    check(
        format!("{first}{}", last.get(..last.len() - 30).unwrap()),
        &[&one, "no csvlog: fewer columns than PostgreSQL writes"],
    );
    check(
        format!("{first}{}", broken.get(..120).unwrap()),
        &[&one, "no csvlog: the input ends inside the record"],
    );
    // A row that is too long is read to its end, so that nothing in it is taken for a row.
    let limits = Limits { record_bytes: 1000, ..Limits::STANDARD };
    let long = row(2, &format!("{}\n{first}\n{{\"x\":1}}", "x".repeat(1000))).0;
    let found = outline(format!("{first}{long}{last}").as_bytes(), limits);
    assert_eq!(found, [one.clone(), "no longer than 1000 bytes".to_owned(), three.clone()]);
    // Also where it breaks in the end, behind many lines that begin as rows do.
    let begun = "2026-01-05 09:00:00.001\n".repeat(20_000);
    let much = "y".repeat(200_000);
    let whole = format!("\n2026-01-05 09:00:00.002 UTC,{much}\"x{much}");
    for broken in [format!("{begun}\"x"), format!("{begun}2026-01-05 09:00:00.002\"x"), whole] {
        let long = row(2, "").0.replace("\"\"", &format!("\"{}{broken}", "x".repeat(1000)));
        let found = outline(format!("{first}{long}{last}").as_bytes(), limits);
        assert_eq!(found, [one.clone(), "no longer than 1000 bytes".to_owned(), three.clone()]);
    }
}
