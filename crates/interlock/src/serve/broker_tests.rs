//! What the broker's doors answer, and how a use becomes a record.

use super::*;

fn call(form: &[(&str, &str)], authorization: Option<&str>) -> Call {
    let headers = authorization
        .map(|it| (header::AUTHORIZATION, HeaderValue::from_str(it).unwrap()))
        .into_iter()
        .collect();
    Call {
        headers,
        form: form.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
        address: IpAddr::from([192, 0, 2, 1]),
        path: "/broker/token".to_owned(),
    }
}

#[test]
fn a_key_comes_by_http_basic_and_nowhere_else() {
    let packed = |text: &str| format!("Basic {}", STANDARD.encode(text));
    for (value, expected) in [
        (packed("bk_1:bs_2"), Some(("bk_1", "bs_2"))),
        (packed("bk_1:a:b"), Some(("bk_1", "a:b"))),
        (packed("bk_1:").replace("Basic", "basic"), Some(("bk_1", ""))),
        (packed(":bs_2"), None),
        (packed("bk_1"), None),
        ("Basic %%%".to_owned(), None),
        ("Bearer bk_1".to_owned(), None),
    ] {
        let found = call(&[], Some(&value)).key().ok();
        let found = found.as_ref().map(|(key, secret)| (key.as_str(), secret.expose()));
        assert_eq!(found, expected, "{value}");
    }
    assert!(matches!(call(&[], None).key(), Err(Refused::Client)));
    let both = call(&[("client_secret", "x")], Some(&packed("bk_1:bs_2")));
    assert!(matches!(both.key(), Err(Refused::Form("invalid_request", _))));
}

#[test]
fn a_field_counts_once() {
    let it = call(&[("token", "a"), ("token_type_hint", ""), ("x", "1"), ("x", "1")], None);
    assert_eq!(it.once("token").unwrap(), Some("a"));
    assert_eq!(it.once("token_type_hint").unwrap(), None);
    assert_eq!(it.once("absent").unwrap(), None);
    assert!(it.once("x").is_err());
}

/// What the doors write is what the log source reads.
#[test]
fn a_use_is_read_by_its_log_source() {
    let broker = Broker::in_memory(interlock_connect::broker::TokenLife::default());
    let client = interlock_connect::broker::ClientConfig { name: "shop".into(), delivery: None };
    broker.register(&client).unwrap();
    let key = broker.enrol("shop", clock::now()).unwrap();
    let origin = call(&[], None).origin();
    let issued = broker.issue(key.id.id(), &key.secret, clock::now(), &origin).unwrap();
    let _ = broker.introspect(issued.token.expose(), clock::now());
    let wrong = Secret::new("guess");
    assert!(broker.issue(key.id.id(), &wrong, clock::now(), &origin).is_err());
    let doors = Doors::new(ConnectorId("tokens".into()), broker);
    let mut record = 7;
    let lines = doors.records(&doors.broker.events(), &"broker:tokens".into(), &mut record);
    assert_eq!(record, 10);
    let plan = interlock_model::FieldPlan::new();
    let normaliser = interlock_ingest::Normaliser::new(&plan, interlock_model::Limits::STANDARD);
    let seen: Vec<String> = lines
        .into_iter()
        .map(|it| {
            let place = interlock_model::Place { file: it.file, record: it.record };
            let record = interlock_ingest::Record::new(place, it.text, false);
            let Ok(interlock_ingest::Normalised::Event(event)) = normaliser.normalise(&record)
            else {
                panic!("{}", record.text)
            };
            let who = event.actor.principal.as_ref().map(ToString::to_string);
            format!(
                "{} {} {} {}",
                event.place.record,
                event.operation,
                who.unwrap_or_default(),
                event.issued.len()
            )
        })
        .collect();
    assert_eq!(
        seen,
        ["7 issue_token broker:shop 1", "8 introspect_token broker:shop 0", "9 issue_token  0"]
    );
}
