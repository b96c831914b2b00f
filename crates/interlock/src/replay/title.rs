//! What each story is called: cases on different identities are told apart by name.

use interlock_engine::Story;

/// One title a story, in their order; no two alike.
pub fn titles(stories: &[Story]) -> Vec<String> {
    let names: Vec<[String; 4]> = stories.iter().map(names).collect();
    names
        .iter()
        .enumerate()
        .map(|(index, mine)| {
            let alone = |name: &&String, level: usize| {
                let other = |(at, it): (usize, &[String; 4])| {
                    at != index && it.get(level).is_some_and(|it| it == *name)
                };
                !names.iter().enumerate().any(other)
            };
            let found = mine.iter().enumerate().find(|(level, name)| alone(name, *level));
            found.map(|(_, name)| name).or(mine.last()).cloned().unwrap_or_default()
        })
        .collect()
}

/// Names of a story, each more exact than the one before.
fn names(story: &Story) -> [String; 4] {
    let subject = &story.case.subject;
    let principal = story
        .identity
        .as_ref()
        .and_then(|it| it.principals.first())
        .or_else(|| story.case.findings.first().and_then(|it| it.principal.as_ref()))
        .map(ToString::to_string)
        .unwrap_or_default();
    let is_account = |it: &&str| it.len() == 12 && it.bytes().all(|it| it.is_ascii_digit());
    let account = principal.split(':').find(is_account).map(|it| format!("account {it}"));
    let home = account.or_else(|| principal.split(':').next().map(ToOwned::to_owned));
    let kind =
        story.identity.as_ref().map(|it| it.kind.as_str().replace('_', " ")).unwrap_or_default();
    [
        subject.clone(),
        home.map_or_else(|| subject.clone(), |it| format!("{subject} of {it}")),
        format!("{subject} ({kind} {principal})"),
        format!("{subject} ({})", story.case.id),
    ]
}
