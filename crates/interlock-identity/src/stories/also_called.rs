//! One account that some records call by its SID and some by its name.

use super::script::*;
use crate::directory::Directory;
use interlock_model::{Event, Outcome, RefusalStage};

const SID: &str = "ad:S-1-5-21-1004336348-1177238915-682003330-1105";
const OTHER: &str = "ad:S-1-5-21-1004336348-1177238915-682003330-1106";
const NAME: &str = r"ad:acme\bob";

fn windows(time: &str, who: &str) -> Told {
    let mut it = told(time).user(who);
    it.0.source = "windows_security";
    it
}

/// A sign-in of the account with this SID, told with this name.
fn both(time: &str, sid: &str, name: &str) -> Event {
    let plain = |it: &str| it.strip_prefix("ad:").unwrap().to_owned();
    windows(time, sid).to("account_name", &format!("{} {}", plain(sid), plain(name))).0
}

/// By its name only, as a refused password is told.
fn refused(time: &str, name: &str) -> Event {
    let mut it = windows(time, name).0;
    it.outcome = Outcome::Refused { code: "0xc000006a".into(), stage: RefusalStage::Credential };
    it
}

fn who(it: &Directory, text: &str) -> Option<String> {
    it.resolve(text).identity().map(ToString::to_string)
}

#[test]
fn a_record_that_tells_both_makes_one_of_them() {
    let mut it = directory();
    it.bind(&both("09:00", SID, NAME));
    assert!(who(&it, SID).is_some());
    assert_eq!(who(&it, NAME), who(&it, SID));
    let refused = it.bind(&refused("09:01", NAME));
    assert_eq!(refused.resolution.identity().map(ToString::to_string), who(&it, SID));
    // The realm is another name of it.
    it.bind(&both("09:02", SID, r"ad:acme.example\bob"));
    assert_eq!(who(&it, r"ad:acme.example\bob"), who(&it, SID));
}

#[test]
fn a_name_of_which_nothing_is_known_is_taken_over_and_its_id_still_leads_there() {
    let mut it = directory();
    let before = it.bind(&refused("08:00", NAME)).resolution.identity().unwrap().to_string();
    it.bind(&both("09:00", SID, NAME));
    assert_eq!(who(&it, NAME), who(&it, SID));
    assert_eq!(who(&it, &before), who(&it, SID));
    // Both are kept over a restart.
    let again = Directory::restore(declared(DIRECTORY), &it.snapshot()).unwrap();
    assert_eq!(who(&again, NAME), who(&it, SID));
    assert_eq!(who(&again, &before), who(&it, SID));
}

#[test]
fn a_record_never_joins_two_of_whom_something_is_known() {
    let mut it = directory();
    it.bind(&windows("08:00", NAME).0);
    it.bind(&both("09:00", SID, NAME));
    assert_ne!(who(&it, NAME), who(&it, SID), "it was used by that name before");
    // Whose name is known keeps it, whatever a later record says.
    let mut it = directory();
    it.bind(&both("09:00", SID, NAME));
    it.bind(&both("09:01", OTHER, NAME));
    assert_eq!(who(&it, NAME), who(&it, SID));
    assert_ne!(who(&it, OTHER), who(&it, SID));
    // What people declared is theirs.
    let mut it = directory_with(
        "  - { id: idn_bob, kind: human, owner: own_platform, principals: ['ad:acme\\bob'] }",
    );
    it.bind(&both("09:00", SID, NAME));
    assert_eq!(who(&it, NAME).as_deref(), Some("idn_bob"));
    assert_ne!(who(&it, SID).as_deref(), Some("idn_bob"));
}

#[test]
fn only_what_succeeded_in_the_security_log_teaches_names_and_few_of_them() {
    let mut it = directory();
    let mut other = both("09:00", SID, NAME);
    other.source = "mapped";
    it.bind(&other);
    let mut denied = both("09:01", SID, NAME);
    denied.outcome = refused("09:01", NAME).outcome;
    it.bind(&denied);
    assert_eq!(who(&it, NAME), None);
    for number in 0..9 {
        it.bind(&both("09:02", SID, &format!(r"ad:acme\name-{number}")));
    }
    let named = (0..9).filter(|it_| who(&it, &format!(r"ad:acme\name-{it_}")).is_some()).count();
    assert_eq!(named, 4);
}
