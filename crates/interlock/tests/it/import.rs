//! `identity import`: what it writes passes `check`, and what it would lose is said first.

use crate::served::{Folder, read};

const CATALOG: &str = "
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: delivery}
spec: {type: team, members: [ana, bo], profile: {email: delivery@example.com}}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ana, annotations: {github.com/user-login: ana-acme}}
spec: {}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop, annotations: {github.com/project-slug: acme/shop}}
spec: {type: service, owner: delivery}
";

#[test]
fn what_is_imported_is_a_sound_file_of_the_directory() {
    let folder = Folder::new();
    let catalogue = folder.path().join("catalogue.yaml");
    std::fs::write(&catalogue, CATALOG).unwrap();
    let catalogue = catalogue.to_str().unwrap();
    let from = ["identity", "import", "--from", "backstage", catalogue];
    let shown = folder.run(&from);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.out.contains("github:repo:acme/shop:*"), "{shown:?}");
    let into = folder.path().join("content/directory/catalogue.yaml");
    let into = into.to_str().unwrap();
    let with = [&from[..], &["--into", into]].concat();
    let written = folder.run(&with);
    assert_eq!(written.code, 0, "{written:?}");
    let checked = folder.run(&["check"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let before = read(into.as_ref());
    let many: String = (0..30).map(|it| format!("- {{id: own_t{it}, contact: x}}\n")).collect();
    std::fs::write(into, format!("teams:\n{many}")).unwrap();
    let refused = folder.run(&with);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("--accept-loss"), "{refused:?}");
    let accepted = folder.run(&[&with[..], &["--accept-loss"]].concat());
    assert_eq!(accepted.code, 0, "{accepted:?}");
    assert_eq!(read(into.as_ref()), before);
    let wrong = folder.run(&["identity", "import", "--from", "codeowners", catalogue]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
}
