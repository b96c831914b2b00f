//! The command line as people type it. The names are a contract.

use crate::api::history::When;
use crate::api::reading::PAGE;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The most threads that `replay` reads with: more than any machine has use for, and few enough for
/// every system to give.
const THREADS: i64 = 256;
/// The most days that uses are counted over: ten years.
const DAYS: i64 = 3_660;

/// Binds every alert to one identity and its owner, decides by policy, and contains on the real IAM
/// system: verified, reversible, audited.
#[derive(Debug, Parser)]
#[command(name = "interlock", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done or yes, 1 no, 2 wrong use or configuration, 3 provider, store or server not reachable."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    #[command(flatten)]
    pub common: Common,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The configuration folder, as `interlock init` writes it.
    #[arg(long, global = true, value_name = "DIR", env = "INTERLOCK_CONFIG")]
    pub config: Option<PathBuf>,

    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub json: bool,

    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,

    /// Say more about what happens, on standard error; twice for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play a recorded attack on a deploy key: contained for real by the built-in broker, then undone.
    Demo(DemoArgs),
    /// Write a configuration folder with safe starter content.
    Init(InitArgs),
    /// Check a configuration folder: all problems at once, with file, line, column and remedy.
    Check(CheckArgs),
    /// Run the house: take events and alerts in over HTTP, decide, act, prove, record.
    Serve(ServeArgs),
    /// Run recorded events through the whole flow in `recommend` mode and tell the story.
    Replay(ReplayArgs),
    /// Identities: who there is, who owns them, what is missing.
    #[command(subcommand)]
    Identity(IdentityCommand),
    /// Say whether a running house can take work, and what hinders it. Needs no token.
    Status(StatusArgs),
    /// Say what can be revoked today, by whom, through which proven path, and what would stay alive.
    Readiness(ReadinessArgs),
    /// Findings: what detectors claim.
    #[command(subcommand)]
    Finding(FindingCommand),
    /// Cases: the open findings on one identity.
    #[command(subcommand)]
    Case(CaseCommand),
    /// Say what was, or would be, decided and why: of a finding, case, decision, containment or identity.
    Explain(IdArgs),
    /// Containments: what is cut off now, by whom, until when, and how to take it back.
    #[command(subcommand)]
    Containment(ContainmentCommand),
    /// Notices: whose attention was asked for, and for what.
    #[command(subcommand)]
    Notice(NoticeCommand),
    /// Records that were refused.
    #[command(subcommand)]
    Rejected(RejectedCommand),
    /// Contain an identity by hand; decided by the same policies.
    Contain(ContainArgs),
    /// Say yes to a containment's plan.
    Approve(AnswerArgs),
    /// Say no to a containment's plan.
    Reject(AnswerArgs),
    /// Let a containment go on that is held or stuck, once what kept it is mended.
    Resume(ResumeArgs),
    /// Take a containment back: exactly what it changed, to exactly the state before.
    Undo(UndoArgs),
    /// Connectors: what they can do, and whether their permissions are there.
    #[command(subcommand)]
    Connector(ConnectorCommand),
    /// Drills: ways to end access that are proven on canaries.
    #[command(subcommand)]
    Drill(DrillCommand),
    /// Feeds: the ways in that the house opens itself, how they are, and whether they can be had.
    #[command(subcommand)]
    Feed(FeedCommand),
    /// The audit chain: check it, or write it out.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Print a shell completion script.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
    /// Write generated files: man pages, completions, JSON Schemas, OpenAPI, references.
    #[command(hide = true)]
    Generate {
        /// Into which folder.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// `demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// End when the story is told, instead of serving the page until Ctrl-C.
    #[arg(long)]
    pub once: bool,
    /// The port of the page on the loopback address; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
}

/// `init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder to make; it must be empty or absent.
    pub dir: PathBuf,
}

/// `check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The configuration folder; without it the one of `--config`.
    pub dir: Option<PathBuf>,
    /// Fail also when a declared identity lacks an owner, an environment or a way to revoke it.
    #[arg(long)]
    pub strict: bool,
}

/// `serve`
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Listen here instead of where the configuration says, for example `127.0.0.1:7300`.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<std::net::SocketAddr>,
}

/// `replay`
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Files, folders (an S3 export tree), or `-` for standard input. The format is recognised.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Use the Sigma rules of this folder instead of the rule pack.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Write a self-contained report with pictures.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// A GeoIP city database (MMDB); without it impossible travel knows only the places that logs name.
    #[arg(long, value_name = "FILE")]
    pub geoip: Option<PathBuf>,
    /// An ASN database (MMDB).
    #[arg(long, value_name = "FILE")]
    pub asn: Option<PathBuf>,
    /// Read with this many threads, 1 to 256; what is found does not depend on it. Without it, one for
    /// each core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=THREADS))]
    pub threads: Option<u16>,
    /// Show no progress bar.
    #[arg(long)]
    pub no_progress: bool,
}

/// `identity …`
#[derive(Debug, Subcommand)]
pub enum IdentityCommand {
    /// List identities.
    List(ListArgs),
    /// Show one identity: owner, principals, credentials, lineage, dependents, revocation.
    Show(IdArgs),
    /// List what is missing: owners, environments, revocation methods.
    Gaps(GapsArgs),
    /// Show what an identity was: its owner, environment and names, and since when.
    History(HistoryArgs),
    /// Write what another place knows of owners as a file of the directory, to be reviewed.
    Import(ImportArgs),
    /// Propose smaller policies, from what an identity was seen to use. Changes nothing.
    LeastPrivilege(LeastPrivilegeArgs),
}

/// `identity gaps`
#[derive(Debug, Args)]
pub struct GapsArgs {
    /// About so many: the gaps of one identity stay together.
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = page)]
    pub limit: usize,
    /// Only those of identities whose id comes after this one, as the list before says.
    #[arg(long, value_name = "ID")]
    pub after: Option<String>,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `identity history`
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The identity: id, principal, name or access key id. One that is gone is found by its id.
    pub id: String,
    /// Only what held then: a moment, a day such as `2026-03-15` or a month such as `2026-03`, in UTC.
    #[arg(long, value_name = "TIME")]
    pub at: Option<When>,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `identity import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// What the file is.
    #[arg(long)]
    pub from: ImportSource,
    /// The file.
    pub file: PathBuf,
    /// Of `CODEOWNERS`: whose it is, `owner/name`.
    #[arg(long, value_name = "NAME")]
    pub repository: Option<String>,
    /// The file of the directory to write, such as `house/content/directory/catalogue.yaml`. Default: it is
    /// shown.
    #[arg(long, value_name = "FILE")]
    pub into: Option<PathBuf>,
    /// It is right that most of what the file declared before is gone.
    #[arg(long)]
    pub accept_loss: bool,
}

/// What can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportSource {
    /// A Backstage catalogue.
    Backstage,
    /// A `CODEOWNERS` file of GitHub.
    Codeowners,
}

/// `identity least-privilege`
#[derive(Debug, Args)]
pub struct LeastPrivilegeArgs {
    /// The identity: id, principal, name or access key id.
    pub id: String,
    /// Over how many days uses count, and no longer than they were counted. Default: 90.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=DAYS))]
    pub days: Option<u16>,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `readiness`
#[derive(Debug, Args)]
pub struct ReadinessArgs {
    /// Show everything, also what is ready.
    #[arg(long)]
    pub all: bool,
    /// At most so many; an identity's stay together.
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = page)]
    pub limit: usize,
    /// Where to ask.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `drill …`
#[derive(Debug, Subcommand)]
pub enum DrillCommand {
    /// List drills and what came of them.
    List(ServerArgs),
    /// Run one now, and wait for its end.
    Run {
        /// Its name, from the configuration.
        id: String,
        #[command(flatten)]
        server: ServerArgs,
    },
}

/// `finding …`
#[derive(Debug, Subcommand)]
pub enum FindingCommand {
    /// List findings, newest first.
    List(ListArgs),
    /// Show one finding with its evidence.
    Show(IdArgs),
}

/// `case …`
#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// List cases, last updated first.
    List(ListArgs),
    /// Show one case: findings, decision, containments.
    Show(IdArgs),
    /// Close a case: what has not begun does not begin any more. Needs the role `security`.
    Close(CloseArgs),
}

/// `containment …`
#[derive(Debug, Subcommand)]
pub enum ContainmentCommand {
    /// List what is contained or about to be, last requested first.
    List(ContainmentListArgs),
    /// Show one containment: steps, proof, what stays alive, the way back.
    Show(IdArgs),
}

/// `containment list`
#[derive(Debug, Args)]
pub struct ContainmentListArgs {
    /// List those too that are over: taken back, or closed before anything was written.
    #[arg(long)]
    pub all: bool,
    /// At most so many.
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = page)]
    pub limit: usize,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `notice …`
#[derive(Debug, Subcommand)]
pub enum NoticeCommand {
    /// List notices, newest first.
    List(NoticeListArgs),
}

/// `notice list`
#[derive(Debug, Args)]
pub struct NoticeListArgs {
    /// Only those of this containment.
    #[arg(long, value_name = "ID")]
    pub containment: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = page)]
    pub limit: usize,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `rejected …`
#[derive(Debug, Subcommand)]
pub enum RejectedCommand {
    /// List refused records with their place and the reason, newest first.
    List(ListArgs),
}

/// `status`
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The address of a running `serve`. Without it the one of the configuration.
    #[arg(long, value_name = "URL", env = "INTERLOCK_SERVER")]
    pub server: Option<String>,
}

/// `case close`
#[derive(Debug, Args)]
pub struct CloseArgs {
    /// The case's id.
    pub id: String,
    /// Why; kept in the record.
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Lists.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// At most so many.
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = page)]
    pub limit: usize,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// One thing by its id.
#[derive(Debug, Args)]
pub struct IdArgs {
    /// Its id, as lists print it. Identities are also found by principal, name or access key id.
    pub id: String,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `contain`
#[derive(Debug, Args)]
pub struct ContainArgs {
    /// The identity: id, principal, name or access key id.
    pub identity: String,
    /// What to do.
    #[arg(long, value_name = "KIND", value_parser = intents())]
    pub intent: String,
    /// Only this credential of it, for example `aws:access-key:AKIA…`.
    #[arg(long, value_name = "CREDENTIAL")]
    pub credential: Option<String>,
    /// Why; kept in the record.
    #[arg(long, value_name = "TEXT", default_value = "asked on the command line")]
    pub why: String,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `approve`, `reject`
#[derive(Debug, Args)]
pub struct AnswerArgs {
    /// The containment's id.
    pub id: String,
    /// A remark; kept in the record.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Answer only if the plan's digest starts with these 12 digits or more. Without it `approve` shows the
    /// plan and asks, on a terminal.
    #[arg(long, value_name = "DIGEST")]
    pub plan: Option<String>,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `resume`
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// The containment's id.
    pub id: String,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `undo`
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// The containment's id.
    pub id: String,
    /// Accept that this makes a credential valid again that may be stolen.
    #[arg(long)]
    pub accept_re_arm: bool,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Where the running house is, and who asks.
#[derive(Debug, Clone, Args)]
pub struct ServerArgs {
    /// The address of a running `serve`. Without it what is only read comes from the store of the
    /// configuration, and what is done goes to the address of the configuration.
    #[arg(long, value_name = "URL", env = "INTERLOCK_SERVER")]
    pub server: Option<String>,
    /// A file that holds the API token; else the variable `INTERLOCK_TOKEN`.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// `connector …`
#[derive(Debug, Subcommand)]
pub enum ConnectorCommand {
    /// List connectors and their actions: what each stops, leaves alive, and how it is taken back.
    List,
    /// Try every read a connector needs, and say which permission is missing.
    Test {
        /// Its name; all without it.
        id: Option<String>,
    },
    /// Ask a running house to look for identities now; without a name, say how far connectors have looked.
    Discover {
        /// The connector's name.
        id: Option<String>,
        /// It is right that most of what was there is gone.
        #[arg(long, requires = "id")]
        accept_loss: bool,
        /// Where to ask.
        #[command(flatten)]
        server: ServerArgs,
    },
}

/// `feed …`
#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// List the feeds of the configuration; with `--server` how they are in the running house.
    List(ServerArgs),
    /// Try to reach what each feed reads; nothing is taken from it.
    Test {
        /// Its name; all without it.
        id: Option<String>,
    },
}

/// `audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check an export with nothing but the file and the public key; without a file, the store.
    Verify {
        /// The export.
        file: Option<PathBuf>,
        /// The public key, as text or as a file.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
    /// Write the chain out, with signed checkpoints.
    Export {
        /// The file to write; `-` for standard output.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
}

/// How many a list shows: at least one, and no more than the API gives at once.
fn page(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|it| (1..=PAGE).contains(it));
    number.ok_or_else(|| format!("{text} is not in 1..={PAGE}"))
}

fn intents() -> clap::builder::PossibleValuesParser {
    let names = interlock_model::ActionKind::ALL
        .into_iter()
        .filter(|it| *it != interlock_model::ActionKind::Restore)
        .map(interlock_model::ActionKind::as_str);
    clap::builder::PossibleValuesParser::new(names)
}
