//! What an owner is told of the uses of an identity.

use super::script::*;
use crate::directory::Directory;

fn impact(it: &Directory, now: &str) -> String {
    let id = it.resolve(USER).identity().unwrap().clone();
    it.impact(&id, at(now), &[])
}

#[test]
fn an_owner_is_told_who_uses_it_how_often_and_what_stops() {
    let mut it = directory();
    assert_eq!(
        impact(&it, "08:00"),
        "too little was seen to say who uses it; disabling it stops shop releases"
    );
    for minute in 0..30 {
        for _ in 0..4 {
            it.bind(&told(&format!("09:{minute:02}")).user(USER).key(AKIA).0);
        }
    }
    assert_eq!(
        impact(&it, "09:30"),
        "4 calls a minute from aws-cli at 192.0.2.0/24 in production; last used 60 s ago; disabling it stops shop releases"
    );
    let text = impact(&it, "20:00");
    assert!(text.contains("(1 in the last day)"), "{text}");
    assert!(text.contains("last used 10 hours ago"), "{text}");
}
