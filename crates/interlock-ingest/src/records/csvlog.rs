//! A row of PostgreSQL's csvlog as the object that its jsonlog would have written.

use crate::csv::Columns;
use std::fmt::Write as _;

/// How a column becomes one or more keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Text(&'static str),
    Number(&'static str),
    /// `host:port`, or `[local]`.
    Peer,
    /// `function, file:line`.
    Location,
}

use Column::{Location, Number, Peer, Text};

/// The columns in their order, with jsonlog's names.
const COLUMNS: [Column; 26] = [
    Text("timestamp"),
    Text("user"),
    Text("dbname"),
    Number("pid"),
    Peer,
    Text("session_id"),
    Number("line_num"),
    Text("ps"),
    Text("session_start"),
    Text("vxid"),
    Number("txid"),
    Text("error_severity"),
    Text("state_code"),
    Text("message"),
    Text("detail"),
    Text("hint"),
    Text("internal_query"),
    Number("internal_position"),
    Text("context"),
    Text("statement"),
    Number("cursor_position"),
    Location,
    Text("application_name"),
    Text("backend_type"),
    Number("leader_pid"),
    Number("query_id"),
];

/// The JSON text of a row. Columns that later versions add come out as `column_27` and so on.
///
/// # Errors
/// A column that must be a number is none, and which.
pub(super) fn to_json(row: &str) -> Result<String, String> {
    let row = row.strip_suffix('\r').unwrap_or(row);
    let mut json = String::with_capacity(row.len() + 256);
    json.push('{');
    for (at, value) in Columns::of(row).enumerate() {
        let value = value.as_deref();
        match (COLUMNS.get(at), value) {
            (_, None) => {}
            (Some(Text(key)), Some(value)) => text(&mut json, key, value),
            (Some(Number(key)), Some(value)) => number(&mut json, key, value)?,
            (Some(Peer), Some(value)) => peer(&mut json, value)?,
            (Some(Location), Some(value)) => location(&mut json, value),
            (None, Some(value)) => text(&mut json, &format!("column_{}", at + 1), value),
        }
    }
    json.push('}');
    Ok(json)
}

fn key(json: &mut String, key: &str) {
    let comma = if json.ends_with('{') { "" } else { "," };
    let _ = write!(json, "{comma}\"{key}\":");
}

fn text(json: &mut String, name: &str, value: &str) {
    key(json, name);
    json.push('"');
    for it in value.chars() {
        match it {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\0'..='\u{1f}' => {
                let _ = write!(json, "\\u{:04x}", u32::from(it));
            }
            _ => json.push(it),
        }
    }
    json.push('"');
}

fn number(json: &mut String, name: &str, value: &str) -> Result<(), String> {
    let number: i64 = value.parse().map_err(|_| format!("csvlog: `{name}` is not a number"))?;
    key(json, name);
    let _ = write!(json, "{number}");
    Ok(())
}

fn peer(json: &mut String, value: &str) -> Result<(), String> {
    match value.rsplit_once(':') {
        Some((host, port)) => {
            text(json, "remote_host", host);
            number(json, "remote_port", port)
        }
        None => {
            text(json, "remote_host", value);
            Ok(())
        }
    }
}

fn location(json: &mut String, value: &str) {
    let (function, place) = match value.split_once(", ") {
        Some((function, place)) => (Some(function), place),
        None => (None, value),
    };
    if let Some(function) = function {
        text(json, "func_name", function);
    }
    match place.rsplit_once(':') {
        Some((file, line)) if line.parse::<u32>().is_ok() => {
            text(json, "file_name", file);
            let _ = number(json, "file_line_num", line);
        }
        _ => text(json, "file_name", place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_what_jsonlog_writes() {
        let row = concat!(
            "2026-01-05 09:00:00.101 UTC,\"pay\"\"rw\",\"pay\",4242,\"198.51.100.23:51312\",6955b90a.1092,2,",
            "\"authentication\",2026-01-05 08:59:59 UTC,3/17,0,LOG,00000,\"one\n\"\"two\"\"\t\\,\",,\"\",,,,,,",
            "\"auth_failed, auth.c:323\",\"\",\"client backend\",,-77,\"new\"\r"
        );
        let json = to_json(row).unwrap();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let expected = serde_json::json!({
            "timestamp": "2026-01-05 09:00:00.101 UTC", "user": "pay\"rw", "dbname": "pay", "pid": 4242,
            "remote_host": "198.51.100.23", "remote_port": 51312, "session_id": "6955b90a.1092",
            "line_num": 2, "ps": "authentication", "session_start": "2026-01-05 08:59:59 UTC",
            "vxid": "3/17", "txid": 0, "error_severity": "LOG", "state_code": "00000",
            "message": "one\n\"two\"\t\\,", "hint": "", "func_name": "auth_failed", "file_name": "auth.c",
            "file_line_num": 323, "application_name": "", "backend_type": "client backend",
            "query_id": -77, "column_27": "new",
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn addresses_and_sockets() {
        for (peer, host, port) in [
            ("[local]", "[local]", None),
            ("2001:db8::5:51312", "2001:db8::5", Some(51312)),
            ("db.example.com:5432", "db.example.com", Some(5432)),
        ] {
            let json = to_json(&format!("t,,,1,\"{peer}\"")).unwrap();
            let value: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(value["remote_host"], host);
            assert_eq!(value.get("remote_port").and_then(|it| it.as_i64()), port);
        }
        assert_eq!(to_json("t,,,x").unwrap_err(), "csvlog: `pid` is not a number");
    }

    proptest::proptest! {
        #[test]
        fn any_text_in_a_row_comes_back_and_is_no_row_itself(
            message in "([\",\\n\\\\{}é a]|\n2026-01-05 09:00:00\\.000 UTC,\"a\",){0,12}",
        ) {
            let row = |line: u32, message: &str| {
                let message = message.replace('"', "\"\"");
                format!(
                    "2026-01-05 09:00:00.101 UTC,\"a\",\"d\",7,\"[local]\",1.7,{line},\"idle\",\
                     2026-01-05 08:00:00 UTC,1/1,0,LOG,00000,\"{message}\",,,,,,,,,\"psql\",\"client backend\",,0\n"
                )
            };
            let input = [row(1, "first"), row(2, &message), row(3, "last")].concat();
            let limits = interlock_model::Limits::STANDARD;
            let texts: Vec<_> = crate::Records::open(input.as_bytes(), "f".into(), limits)
                .map(|it| serde_json::from_str::<serde_json::Value>(&it.unwrap().text).unwrap())
                .map(|it| it["message"].as_str().unwrap().to_owned())
                .collect();
            proptest::prop_assert_eq!(texts, ["first", &message, "last"]);
        }

        #[test]
        fn any_row_is_an_object_or_refused(row in "[\",a1:\\[\\] \n\\\\]{0,60}") {
            if let Ok(json) = to_json(&row) {
                let value: serde_json::Value = serde_json::from_str(&json).unwrap();
                proptest::prop_assert!(value.is_object());
            }
        }
    }
}
