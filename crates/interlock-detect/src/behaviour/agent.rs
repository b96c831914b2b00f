//! Which family of client software a user agent names, without its version.

/// The family, in lower case: `aws-cli`, `boto3`, `terraform`, `console`, `chrome`, `boto3 on kali`.
///
/// Empty for an empty agent.
#[must_use]
pub fn family(agent: &str) -> String {
    let text = agent.trim().trim_start_matches('[').trim_end_matches(']');
    let lower: String = text.chars().take(300).collect::<String>().to_ascii_lowercase();
    let base = if CONSOLES.iter().any(|it| lower.starts_with(it)) {
        "console"
    } else if let Some(tool) = TOOLS.iter().find(|it| lower.contains(*it)) {
        tool.trim_end_matches('/')
    } else if lower.starts_with("mozilla/") {
        BROWSERS.iter().find(|(mark, _)| lower.contains(mark)).map_or("browser", |(_, name)| name)
    } else {
        first_product(&lower)
    };
    match DISTRIBUTIONS.iter().find(|it| lower.contains(*it)) {
        Some(distribution) => format!("{base} on {distribution}"),
        None => base.to_owned(),
    }
}

/// Whether a family is used by people at a screen.
#[must_use]
pub fn is_interactive(family: &str) -> bool {
    family == "console" || family == "browser" || BROWSERS.iter().any(|(_, name)| family == *name)
}

/// Whether a family names a system made for penetration tests.
#[must_use]
pub fn is_offensive(family: &str) -> bool {
    DISTRIBUTIONS.iter().any(|it| family.ends_with(it))
}

/// What sort of client a family is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A browser or a console: somebody sits there.
    Screen,
    /// A tool that is typed.
    CommandLine,
    /// Code that calls.
    Library,
    /// A provisioning tool.
    Provisioning,
    /// Nothing says.
    Other,
}

impl Sort {
    /// How many there are.
    pub const COUNT: usize = 5;
}

/// What sort of client this family is.
#[must_use]
pub fn sort(family: &str) -> Sort {
    let base = family.split(" on ").next().unwrap_or_default();
    if is_interactive(base) {
        Sort::Screen
    } else if TOOLS.iter().any(|it| it.trim_end_matches('/') == base) {
        Sort::Provisioning
    } else if TYPED.contains(&base) {
        Sort::CommandLine
    } else if LIBRARIES.iter().any(|it| base.starts_with(it)) {
        Sort::Library
    } else {
        Sort::Other
    }
}

/// Tools that are typed, by the name they give themselves.
const TYPED: [&str; 17] = [
    "aws-cli",
    "azurecli",
    "azurepowershell",
    "bao",
    "curl",
    "gcloud",
    "gh",
    "google-cloud-sdk",
    "gsutil",
    "httpie",
    "k9s",
    "kubectl",
    "okta-cli",
    "postmanruntime",
    "powershell",
    "psql",
    "wget",
];

/// Libraries, by how their names begin.
const LIBRARIES: [&str; 14] = [
    "aws-sdk",
    "azsdk",
    "boto",
    "client-go",
    "go-http-client",
    "google-api",
    "google-cloud",
    "grpc",
    "java",
    "octokit",
    "okhttp",
    "okta-sdk",
    "python-requests",
    "vault",
];

const CONSOLES: [&str; 4] = ["console.", "signin.", "aws internal", "s3console/"];

/// Tools that put other products before their own name, most telling first.
const TOOLS: [&str; 6] = ["terraform/", "pulumi/", "ansible", "aws-cdk", "serverless/", "packer/"];

const BROWSERS: [(&str, &str); 5] = [
    ("edg/", "edge"),
    ("firefox/", "firefox"),
    ("opr/", "opera"),
    ("chrome/", "chrome"),
    ("safari/", "safari"),
];

const DISTRIBUTIONS: [&str; 4] = ["kali", "parrot", "pentoo", "blackarch"];

fn first_product(lower: &str) -> &str {
    let product = lower.split([' ', '/', ';', ',', '(']).next().unwrap_or_default();
    if product.is_empty() { lower.split_whitespace().next().unwrap_or_default() } else { product }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families() {
        for (agent, expected) in [
            ("aws-cli/2.15.24 Python/3.11.8 Darwin/23.3.0", "aws-cli"),
            ("[aws-cli/1.29.0 Python/3.9]", "aws-cli"),
            ("Boto3/1.34.51 md/Botocore#1.34.51 ua/2.0", "boto3"),
            ("Boto3/1.34.0 Python/3.11 Linux/6.6.9-kali", "boto3 on kali"),
            ("aws-sdk-go-v2/1.32.3 os/linux lang/go#1.23.1", "aws-sdk-go-v2"),
            ("APN/1.0 HashiCorp/1.0 Terraform/1.7.4 (+https://www.terraform.io)", "terraform"),
            ("console.amazonaws.com", "console"),
            ("signin.amazonaws.com", "console"),
            ("Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/122.0 Safari/537.36", "chrome"),
            ("Mozilla/5.0 (X11; rv:120.0) Gecko/20100101 Firefox/120.0", "firefox"),
            ("", ""),
            ("/", "/"),
            ("élan", "élan"),
        ] {
            assert_eq!(family(agent), expected, "{agent}");
        }
    }
}
