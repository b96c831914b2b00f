//! Answers of AWS in XML: whatever the text, it is read or refused, nothing panics; what broke off is refused;
//! what is in an element comes back as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;

// As it is: the crate around it brings the SDK's HTTP client and credential chain along.
#[allow(dead_code)]
#[path = "../../crates/interlock-connect-aws/src/api/xml.rs"]
mod xml;

use xml::Element;

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fuzz_target!(|text: &str| {
    if let Ok(root) = Element::read(text) {
        let _ = (root.name().len(), root.needed("Arn"), root.next_page());
        let _ = root.members("Users").filter_map(|it| it.text("UserName")).count();
        let _ = root.texts("GroupList").count();
        let end = text.rfind('>').expect("a document ends");
        assert!(Element::read(&text[..end]).is_err(), "it broke off and was read");
    }
    // Characters that XML has no place for cannot come from a server that writes XML.
    if text
        .chars()
        .all(|it| matches!(it, ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
    {
        let answer =
            format!("<a><L><member>{0}</member><member>{0}</member></L></a>", escaped(text));
        let root = Element::read(&answer).expect("a document that was made here");
        assert!(root.texts("L").all(|it| it == text) && root.texts("L").count() == 2);
    }
});
