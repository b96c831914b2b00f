//! Rule files: whatever the text, problems have places inside the file and nothing panics.
#![no_main]

use interlock_detect::sigma::RuleSet;
use interlock_model::FieldPlan;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (mut rules, problems) = RuleSet::load(&[("fuzz.yml".into(), text.to_owned())]);
    for problem in problems {
        assert!(problem.span.is_none_or(|it| text.get(it).is_some()), "a place outside the file");
    }
    let mut plan = FieldPlan::new();
    let planned = rules.plan(&mut plan);
    assert!(planned.is_ok(), "{planned:?}");
});
