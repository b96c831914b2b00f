//! What must hold for any bytes.

mod rows;

use rows::row;

use crate::{Normalised, Normaliser, Record, Records, samples};
use flate2::Compression;
use flate2::write::GzEncoder;
use interlock_model::{FieldPlan, FieldValue, Limits, Place, Rejected};
use proptest::prelude::*;
use std::io::{self, Read, Write as _};
use std::sync::Arc;

const GOOD: &str = r#"{"n":1,"t":"x { \" } \\","l":[{"a":null},[]]}"#;

/// Gives its bytes in pieces of these sizes, over and over.
struct Dripping<'a> {
    bytes: &'a [u8],
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Dripping<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()].min(into.len()).min(self.bytes.len());
        self.turn += 1;
        let (now, later) = self.bytes.split_at(size);
        into[..size].copy_from_slice(now);
        self.bytes = later;
        Ok(size)
    }
}

fn records(input: impl Read, limits: Limits) -> Vec<Result<Record, Rejected>> {
    Records::open(input, Arc::from("f"), limits).collect()
}

/// `ok <n>` and `no <n>: why` for each record.
fn outline(bytes: &[u8], limits: Limits) -> Vec<String> {
    let all = records(bytes, limits);
    for (index, it) in all.iter().enumerate() {
        let place = match it {
            Ok(it) => &it.place,
            Err(it) => &it.place,
        };
        assert_eq!(place.record, index as u64, "numbered without gaps");
    }
    all.into_iter()
        .map(|it| match it {
            Ok(it) => format!("ok {}", it.text),
            Err(it) => format!("no {}", it.why),
        })
        .collect()
}

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(
        outline(bytes.as_ref(), Limits::STANDARD),
        expected,
        "{}",
        String::from_utf8_lossy(bytes.as_ref())
    );
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn every_form_is_recognised() {
    let (a, b) = (r#"ok {"a":1}"#, r#"ok {"b":2}"#);
    for text in [
        "{\"a\":1}\n{\"b\":2}\n",
        "{\"a\":1}\r\n\r\n  {\"b\":2}",
        r#"{"a":1}{"b":2}"#,
        r#"{"a":1} {"b":2},"#,
        r#"[{"a":1},{"b":2}]"#,
        "[\n  {\"a\":1},\n  {\"b\":2}\n]\n",
        r#"{"Records":[{"a":1},{"b":2}]}"#,
        r#"{"x":{"Records":[1]},"y":"Records","Records":[{"a":1},{"b":2}],"z":[{"c":3}]}"#,
        "{\n\"Records\" : [\n{\"a\":1},\n{\"b\":2}\n]\n}",
        "{\"Records\":[{\"a\":1}]}\n{\"Records\":[{\"b\":2}]}",
        r#"{"Records":[],"Events":[{"a":1}],"Findings":[{"b":2}]}"#,
        r#"{"records":[{"a":1}]}{"@odata.context":"c","value":[{"b":2}]}"#,
        "\u{feff}{\"a\":1}\n\u{feff}{\"b\":2}\n",
    ] {
        check(text, &[a, b]);
        check(gzip(text.as_bytes()), &[a, b]);
    }
    let two_members = [gzip(b"{\"a\":1}\n{\"b\""), gzip(b":2}\n")].concat();
    check(two_members, &[a, b]);
    let pretty = "{\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  }\n}";
    check(pretty, &[&format!("ok {pretty}")]);
    check(format!("{pretty}\n{pretty}"), &[&format!("ok {pretty}"), &format!("ok {pretty}")]);
    for nothing in ["", "\n\n", "[]", "{\"Records\":[]}", "\u{feff}", " , "] {
        check(nothing, &[]);
    }
}

#[test]
fn syslog_lines_are_opened() {
    for head in [
        "<34>1 2026-01-05T09:00:00.003Z db1 postgres 77 - [x@1 a=\"{\"] ",
        "<5>Jan  5 09:00:00 db1 postgres[77]: ",
        "Jan 15 09:00:00 db1 bao[77]:",
        "2026-01-05T09:00:00+01:00 db1 app: @cee: ",
    ] {
        let (a, b) = (r#"ok {"a":1}"#, r#"ok {"b":2}"#);
        check(format!("{head}{{\"a\":1}}\n{head}{{\"b\":2}}\n"), &[a, b]);
        let broken = format!(
            "{head}{{\"a\":1}}\n{head}{{\"x\":\n{head}{{\"x\":[1\n{head}no object\n{head}{{\"b\":2}}"
        );
        let found = outline(broken.as_bytes(), Limits::STANDARD);
        assert_eq!(found.len(), 5, "{found:?}");
        assert_eq!((found[0].as_str(), found[4].as_str()), (a, b), "{found:?}");
    }
}

#[test]
fn what_is_broken_costs_only_itself() {
    let (a, b) = (r#"ok {"a":1}"#, r#"ok {"b":2}"#);
    for (broken, why) in [
        ("{\"x\":\"y", "the line ends inside a string"),
        ("{\"x\":1,", "the record breaks off before the next line"),
        ("{\"x\":", "the record breaks off before the next line"),
        ("{\"x\":[", "the record breaks off before the next line"),
        ("{\"x\" 1}", "`1` where `:` was expected"),
        ("{\"x\":1}}", "`}` follows the record on its line"),
        ("{\"x\":nul}", "a value that is neither number, string, true, false nor null"),
        ("{\"x\":01}", "a value that is neither number, string, true, false nor null"),
        ("{\"x\":\"\\q\"}", "an escape that JSON does not have"),
        ("{\"x\":\"\0\"}", "byte 0x00 inside a string"),
        ("{x:1}", "`x` where a key or `}` was expected"),
        ("{\"x\":1,}", "`}` where a key was expected"),
        ("nonsense", "not a JSON object: it starts with a letter or digit"),
        ("\"text\"", "not a JSON object: it starts with `\"`"),
        ("\0\0\0", "not a JSON object: it starts with byte 0x00"),
        ("[2026-01-01] started", "not a JSON object, nor an array of objects"),
        ("]", "not a JSON object: it starts with `]`"),
    ] {
        check(format!("{{\"a\":1}}\n{broken}\n{{\"b\":2}}\n"), &[a, &format!("no {why}"), b]);
    }
    // Also as the first line, where nothing is known of the input yet.
    for broken in [
        "{\"x\":\"y",
        "{\"x\":1,",
        "{\"x\":",
        "{\"x\":[",
        "{\"x\" 1}",
        "{\"x\":1}}",
        "nonsense",
        "[x]",
    ] {
        let found =
            outline(format!("{broken}\n{{\"a\":1}}\n{{\"b\":2}}\n").as_bytes(), Limits::STANDARD);
        assert_eq!(found.len(), 3, "{broken}: {found:?}");
        assert_eq!(found[1..], [a, b], "{broken}");
    }
}

#[test]
fn broken_elements_cost_only_themselves() {
    let (a, b) = (r#"ok {"a":1}"#, r#"ok {"b":2}"#);
    for (broken, why) in [
        (r#"{"x" 1,"y":[{"z":"]}"}]}"#, "`1` where `:` was expected"),
        ("17", "not a JSON object: it starts with a letter or digit"),
        (r#"[{"c":3}]"#, "not a JSON object: it starts with `[`"),
        (r#""a,b""#, "not a JSON object: it starts with `\"`"),
        (r#"{"x":1} y"#, "`y` follows the record on its line"),
        (r#"{"x":1"#, "`{` where a key was expected"),
        (r#"{"x":{"y":1"#, "`{` where a key was expected"),
    ] {
        for (open, close) in
            [("[", "]"), (r#"{"Records":["#, "]}"), (r#"{"v":0,"Records":["#, r#"],"w":0}"#)]
        {
            let text = format!(r#"{open}{{"a":1}},{broken},{{"b":2}}{close}"#);
            check(text, &[a, &format!("no {why}"), b]);
            let text = format!("{open}\n  {{\"a\":1}},\n  {broken},\n  {{\"b\":2}}\n{close}");
            check(text, &[a, &format!("no {why}"), b]);
        }
    }
    check(
        r#"{"Records":[1,{"a":1}]}"#,
        &["no not a JSON object: it starts with a letter or digit", a],
    );
}

#[test]
fn an_end_that_comes_too_early_is_named_once() {
    let a = r#"ok {"a":1}"#;
    check(r#"{"a":1}{"b"#, &[a, "no the input ends inside the record"]);
    check(r#"[{"a":1},{"b"#, &[a, "no the input ends inside the record"]);
    check(r#"[{"a":1},"#, &[a, "no the input ends before its array of records is closed"]);
    check(
        r#"{"Records":[{"a":1}"#,
        &[a, "no the input ends before its array of records is closed"],
    );
    check(r#"{"Records":[{"a":1}],"b""#, &[a, "no the input ends inside the record"]);
    check("[", &["no the input ends inside an array"]);
    check("{\n  \"a\":1,\n  \"b\"", &["no the input ends inside the record"]);
}

#[test]
fn gzip_that_breaks_off_gives_all_before_and_says_so_once() {
    let text: String =
        (0..2000).map(|it| format!("{{\"n\":{it},\"m\":{}}}\n", it * 7919 % 1000)).collect();
    let packed = gzip(text.as_bytes());
    for keep in [packed.len() - 1, packed.len() - 9, packed.len() / 2] {
        let found = outline(&packed[..keep], Limits::STANDARD);
        let (last, good) = found.split_last().unwrap();
        assert_eq!(last, "no the input cannot be read further: the gzip data breaks off", "{keep}");
        assert!(
            good.iter().enumerate().all(|(n, it)| it.starts_with(&format!("ok {{\"n\":{n},"))),
            "{keep}"
        );
        assert!(good.len() > 500, "{keep}: {}", good.len());
    }
    let mut damaged = packed.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 8].fill(0xff);
    let found = outline(&damaged, Limits::STANDARD);
    assert!(found.last().unwrap().contains("the gzip data is damaged"), "{:?}", found.last());
}

#[test]
fn a_gzip_bomb_stops_at_its_bound() {
    let packed = gzip(format!("{{\"a\":1}}\n{}", " ".repeat(1 << 20)).as_bytes());
    let limits = Limits { unpacked_bytes: 200_000, ..Limits::STANDARD };
    let found = outline(&packed, limits);
    assert_eq!(
        found,
        [r#"ok {"a":1}"#, "no the input cannot be read further: unpacks to more than 200000 bytes"]
    );
}

#[test]
fn a_reader_that_fails_is_named() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("disk is gone"))
        }
    }
    let input = (&b"{\"a\":1}\n{\"b\":"[..]).chain(Failing);
    let found: Vec<_> =
        records(input, Limits::STANDARD).into_iter().map(|it| it.map(|it| it.text)).collect();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].as_deref(), Ok(r#"{"a":1}"#));
    assert_eq!(
        found[1].as_ref().unwrap_err().why,
        "the input cannot be read further: disk is gone"
    );
}

/// Bytes without end or storage.
struct Repeating {
    head: &'static [u8],
    left: u64,
    tail: &'static [u8],
}

impl Read for Repeating {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if !self.head.is_empty() {
            return self.head.read(into);
        }
        if self.left > 0 {
            let size = into.len().min(self.left as usize);
            into[..size].fill(b'x');
            self.left -= size as u64;
            return Ok(size);
        }
        self.tail.read(into)
    }
}

#[test]
fn a_long_line_is_passed_over_not_held() {
    let limits = Limits { record_bytes: 1000, ..Limits::STANDARD };
    for head in [&b"{\"a\":\""[..], b"xx", b"[{\"a\":\""] {
        let input = Repeating { head, left: 300 << 20, tail: b"\"}\n{\"b\":2}\n" };
        let mut records = Records::open(input, Arc::from("f"), limits);
        assert!(records.next().unwrap().is_err());
        assert_eq!(&*records.next().unwrap().unwrap().text, r#"{"b":2}"#);
        assert!(records.held() < 200 << 10, "{}", records.held());
    }
    let fits = format!("{{\"a\":\"{}\"}}", "x".repeat(1000 - 8));
    let over = format!("{{\"a\":\"{}\"}}", "x".repeat(1001 - 8));
    let found = outline(format!("{fits}\n{over}\n{fits}").as_bytes(), limits);
    assert_eq!(
        found,
        [format!("ok {fits}"), "no longer than 1000 bytes".to_owned(), format!("ok {fits}")]
    );
}

#[test]
fn deep_nesting_is_refused_before_anything_recurses() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    check(format!("{deep}\n{{\"b\":2}}\n"), &["no nested deeper than 128 levels", r#"ok {"b":2}"#]);
    let normaliser = Normaliser::new(&FieldPlan::new(), Limits::STANDARD);
    let record = Record::new(place(), deep.into(), false);
    assert_eq!(normaliser.normalise(&record).unwrap_err().why, "nested deeper than 128 levels");
}

#[test]
fn what_is_not_utf8_is_refused_alone() {
    let bytes = [&b"{\"a\":1}\n{\"x\":\"\xff\xfe\"}\n{\"b\":2}\n"[..]].concat();
    check(bytes, &[r#"ok {"a":1}"#, "no not UTF-8 at byte 6 of the record", r#"ok {"b":2}"#]);
}

fn place() -> Place {
    Place { file: Arc::from("f"), record: 0 }
}

#[test]
fn wanted_fields_are_found_wherever_their_path_leads() {
    let mut wanted = FieldPlan::new();
    let paths = [
        "requestParameters.a.b",
        "requestParameters.list",
        "requestParameters.items.n",
        "requestParameters.o",
        "requestParameters.escaped",
        "requestParameters.none",
        "requestParameters.absent",
        "eventName",
        "requestParameters.k8s.io/x",
        "data.inner",
    ];
    let slots: Vec<_> = paths.iter().map(|it| wanted.slot(it).unwrap()).collect();
    let text = r#"{"eventVersion":"1.08","eventTime":"2026-01-01T00:00:00Z","eventSource":"s","eventName":"N",
        "requestParameters":{"a.b":1,"a":{"b":"two"},"list":["x",["y"],{"z":1},null],"items":[{"n":1},{"n":true}],
        "o":{"p":1},"escaped":"a\nb","none":null,"k8s.io/x":"dotted"},"data":{"inner":"aside"}}"#;
    let normaliser = Normaliser::new(&wanted, Limits::STANDARD);
    let record = Record::new(place(), text.into(), false);
    let Ok(Normalised::Event(event)) = normaliser.normalise(&record) else { panic!("an event") };
    let shown: Vec<String> = slots
        .iter()
        .map(|slot| format!("{:?}", event.fields.all(*slot).collect::<Vec<_>>()))
        .collect();
    assert_eq!(
        shown,
        [
            r#"[Number(1.0), Text("two")]"#,
            r#"[Composite, Text("x"), Text("y"), Null]"#,
            "[Number(1.0), Bool(true)]",
            "[Composite]",
            r#"[Text("a\nb")]"#,
            "[Null]",
            "[]",
            r#"[Text("N")]"#,
            r#"[Text("dotted")]"#,
            r#"[Text("aside")]"#,
        ]
    );
    assert_eq!(event.fields.keywords().count(), 0);
    wanted.want_keywords();
    let normaliser = Normaliser::new(&wanted, Limits::STANDARD);
    let Ok(Normalised::Event(event)) = normaliser.normalise(&record) else { panic!("an event") };
    let mut words: Vec<&str> = event.fields.keywords().collect();
    words.sort_unstable();
    assert_eq!(
        words,
        ["1.08", "2026-01-01T00:00:00Z", "N", "a\nb", "aside", "dotted", "s", "two", "x", "y"]
    );
}

/// A webhook's body is read alike whether its headers stand beside it or not.
#[test]
fn fields_of_a_delivered_body_are_those_of_the_bare_one() {
    let mut wanted = FieldPlan::new();
    let slot = wanted.slot("member.login").unwrap();
    let event = wanted.slot("github_event").unwrap();
    let normaliser = Normaliser::new(&wanted, Limits::STANDARD);
    let body = r#"{"action":"added","member":{"login":"mallory"},"sender":{"login":"dana"},
        "repository":{"full_name":"acme/pay","updated_at":"2026-03-02T09:00:00Z"}}"#;
    let delivered = format!(r#"{{"payload":{body},"github_event":"member"}}"#);
    for (text, header) in [(body, None), (&delivered, Some("member"))] {
        let record = Record::new(place(), text.into(), false);
        let Ok(Normalised::Event(found)) = normaliser.normalise(&record) else { panic!("{text}") };
        assert_eq!(found.fields.all(slot).collect::<Vec<_>>(), [FieldValue::Text("mallory")]);
        assert_eq!(found.fields.text(event), header);
    }
}

#[test]
fn text_that_is_an_object_or_a_list_is_looked_into() {
    let mut wanted = FieldPlan::new();
    let paths = ["request.a.b", "request", "list.n", "words.x", "broken.a", "plain.a"];
    let slots: Vec<_> = paths.iter().map(|it| wanted.slot(it).unwrap()).collect();
    let text = r#"{"eventVersion":"1.08","eventTime":"2026-01-01T00:00:00Z","eventSource":"s","eventName":"N",
        "request":"{\"a\":\"{\\\"b\\\":7}\"}","list":"[{\"n\":1},{\"n\":\"é\"}]",
        "words":"[\"[{\\\"x\\\":1}]\"]","broken":"{\"a\":","plain":"a"}"#;
    let normaliser = Normaliser::new(&wanted, Limits::STANDARD);
    let record = Record::new(place(), text.into(), false);
    let Ok(Normalised::Event(event)) = normaliser.normalise(&record) else { panic!("an event") };
    let shown: Vec<String> = slots
        .iter()
        .map(|slot| format!("{:?}", event.fields.all(*slot).collect::<Vec<_>>()))
        .collect();
    assert_eq!(
        shown,
        [
            "[Number(7.0)]",
            r#"[Text("{\"a\":\"{\\\"b\\\":7}\"}")]"#,
            r#"[Number(1.0), Text("é")]"#,
            "[]",
            "[]",
            "[]",
        ]
    );
}

#[test]
fn planted_secrets_are_nowhere_in_what_comes_out() {
    let secret = "wJalrXUtnFEMI-planted-EXAMPLEKEY";
    let inner = format!(
        r#"{{"eventVersion":"1.08","eventTime":"2026-01-01T00:00:00Z","eventSource":"iam.amazonaws.com",
        "eventName":"CreateAccessKey","recipientAccountId":"111122223333","requestParameters":{{"userName":"ci","newPassword":"{secret}"}},
        "responseElements":{{"accessKey":{{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","secretAccessKey":"{secret}"}}}}}}"#
    );
    let text = serde_json::to_string(&inner).unwrap();
    let packed = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &inner);
    for whole in [
        inner.clone(),
        format!(r#"{{"detail-type":"x","detail":{inner}}}"#),
        format!(r#"{{"Message":{text}}}"#),
        format!(r#"{{"Events":[{{"CloudTrailEvent":{text}}}]}}"#),
        format!(r#"{{"specversion":"1.0","id":"1","data_base64":"{packed}"}}"#),
        format!(r#"{{"message":{{"data":"{packed}","messageId":"1"}},"subscription":"s"}}"#),
        format!(r#"{{"ackId":"a","message":{{"message_id":"1","data":"{packed}"}}}}"#),
    ] {
        let mut wanted = FieldPlan::new();
        wanted.slot("requestParameters.newPassword");
        wanted.want_keywords();
        let normaliser = Normaliser::new(&wanted, Limits::STANDARD);
        for record in records(whole.as_bytes(), Limits::STANDARD) {
            let record = record.unwrap();
            assert!(!format!("{record:?}").contains("planted"), "{record:?}");
            assert!(!record.text.contains(&packed), "{record:?}");
            let Ok(Normalised::Event(event)) = normaliser.normalise(&record) else {
                panic!("{record:?}")
            };
            assert!(!format!("{event:?}").contains("planted"), "{event:?}");
            assert_eq!(event.issued.len(), 1);
        }
        // Also when the record was cut by someone else.
        let record = Record::new(place(), whole.into(), false);
        if let Ok(Normalised::Event(event)) = normaliser.normalise(&record) {
            assert!(!format!("{event:?}").contains("planted"), "{event:?}");
        }
    }
}

#[test]
fn an_alert_may_come_bare_where_the_sender_says_so() {
    let text = r#"{"id":"a","time":"2026-01-05T09:00:00Z","title":"t","severity":"low"}"#;
    let normaliser = Normaliser::new(&FieldPlan::new(), Limits::STANDARD);
    let record = |alert_hint| Record::new(place(), text.into(), alert_hint);
    assert!(matches!(normaliser.normalise(&record(true)), Ok(Normalised::Alert(_))));
    assert!(normaliser.normalise(&record(false)).is_err());
}

fn garbage() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        "[\\[\\]{}\",:\\\\ a1]{0,30}".prop_map(String::into_bytes),
        "[\",\n{ a]{0,30}".prop_map(|it| row(1, "x").0.replace("\"x\"", &it).into_bytes()),
        "<1>1 [\"{}:\\] a1\n]{0,30}".prop_map(String::into_bytes),
    ]
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let samples = samples::all();
    (proptest::sample::select(samples), any::<prop::sample::Index>(), garbage(), any::<bool>())
        .prop_map(|(mut bytes, at, noise, cut)| {
            let at = at.index(bytes.len() + 1);
            if cut {
                bytes.truncate(at);
            }
            let at = at.min(bytes.len());
            bytes.splice(at..at, noise);
            bytes
        })
}

proptest! {
    #[test]
    fn any_bytes_come_out_numbered_and_once(bytes in prop_oneof![garbage(), mutated()]) {
        let first = outline(&bytes, Limits::STANDARD);
        prop_assert_eq!(&first, &outline(&bytes, Limits::STANDARD));
        let normaliser = Normaliser::new(&FieldPlan::new(), Limits::STANDARD);
        for record in records(&bytes[..], Limits::STANDARD).into_iter().flatten() {
            let once = format!("{:?}", normaliser.normalise(&record));
            prop_assert_eq!(once, format!("{:?}", normaliser.normalise(&record)));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}|[\\[\\]{}\",:\\\\ a1\n]{0,60}", alert_hint: bool) {
        let normaliser = Normaliser::new(&FieldPlan::new(), Limits::STANDARD);
        let record = Record::new(place(), text.into(), alert_hint);
        let _ = normaliser.normalise(&record);
    }

    #[test]
    fn how_the_reader_cuts_changes_nothing(
        bytes in prop_oneof![garbage(), mutated()],
        sizes in proptest::collection::vec(1..200_usize, 1..6),
        record_bytes in prop_oneof![Just(20_usize), Just(300), Just(4 << 20)],
    ) {
        let limits = Limits { record_bytes, ..Limits::STANDARD };
        let dripping = Dripping { bytes: &bytes, sizes, turn: 0 };
        prop_assert_eq!(records(&bytes[..], limits), records(dripping, limits));
    }

    #[test]
    fn a_cut_record_is_framed_as_json_reads_it(text in "[\\[\\]{}\",:\\\\ a1tn\n]{0,40}") {
        for record in records(text.as_bytes(), Limits::STANDARD).into_iter().flatten() {
            let read = serde_json::from_str::<serde_json::Value>(&record.text);
            prop_assert!(read.is_ok_and(|it| it.is_object()), "{}", record.text);
        }
    }

    #[test]
    fn garbage_between_good_lines_loses_no_good_line(noise in proptest::collection::vec(garbage(), 1..8)) {
        let mut bytes = format!("{GOOD}\n").into_bytes();
        let mut good = 1;
        for piece in &noise {
            bytes.extend(piece.iter().filter(|it| **it != b'\n'));
            bytes.extend(format!("\n{GOOD}\n").bytes());
            good += 1;
        }
        let found = outline(&bytes, Limits::STANDARD);
        let wanted = format!("ok {GOOD}");
        prop_assert_eq!(found.iter().filter(|it| **it == wanted).count(), good, "{:?}", found);
    }

    #[test]
    fn fields_are_those_that_a_full_parse_finds(
        keys in proptest::collection::vec(("[ab]{1,2}", "[ab]{1,2}", "[a-z\\\\\n\"é]{0,6}"), 0..6),
    ) {
        let mut object = serde_json::Map::new();
        for (outer, inner, text) in &keys {
            let at = object.entry(outer.clone()).or_insert_with(|| serde_json::json!({}));
            at[inner] = serde_json::json!(text);
        }
        let value = serde_json::json!({
            "eventVersion": "1.08", "eventTime": "2026-01-01T00:00:00Z", "eventSource": "s", "eventName": "n",
            "p": object.clone(),
        });
        let mut wanted = FieldPlan::new();
        let all: Vec<String> = ["a", "b", "aa", "ab", "ba", "bb"].map(String::from).to_vec();
        let mut slots = Vec::new();
        for outer in &all {
            for inner in &all {
                slots.push((outer, inner, wanted.slot(&format!("p.{outer}.{inner}")).unwrap()));
            }
        }
        let normaliser = Normaliser::new(&wanted, Limits::STANDARD);
        let record = Record::new(place(), value.to_string().into(), false);
        let Ok(Normalised::Event(event)) = normaliser.normalise(&record) else { panic!("an event") };
        for (outer, inner, slot) in slots {
            let expected = object.get(outer).and_then(|it| it.get(inner)).and_then(|it| it.as_str());
            let found: Vec<_> = event.fields.all(slot).collect();
            prop_assert_eq!(found, expected.map(FieldValue::Text).into_iter().collect::<Vec<_>>());
        }
    }
}
